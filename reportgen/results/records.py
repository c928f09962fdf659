"""What a run leaves behind, as frozen records without torch.

Everything that is JSON is a pydantic model; arrays stand beside them in dataclasses and travel as
`.npz` files without pickle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.config.spec import SCHEMA as SCHEMA
from reportgen.config.spec import Ingredients as Ingredients
from reportgen.config.spec import Record as Record
from reportgen.config.spec import RunSpec as RunSpec


class Layer(Record):
    """One leaf module, as the summary table prints it."""

    type: str
    """Class name, such as `Conv2d`."""
    output_shape: tuple[int, ...]
    """Without the batch dimension."""
    parameters: int
    trainable_parameters: int
    multiply_adds: int
    details: str
    """The module's own description of its settings, such as `1, 32, kernel_size=(3, 3)`."""


class ModelSummary(Record):
    """The layer table of a model, with its totals. Sizes are in MB of 2²⁰ bytes."""

    layers: tuple[Layer, ...]
    parameters: int
    trainable_parameters: int
    multiply_adds: int
    """For one example."""
    input_mb: float
    forward_backward_mb: float
    parameters_mb: float
    total_mb: float
    source: str
    """Source text of the function that builds the model."""


class Epoch(Record):
    """One pass over the training set."""

    loss: float
    """Mean training loss over the epoch, while the weights were changing."""
    accuracy: float
    """Share of training examples predicted right, while the weights were changing."""
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    seconds: float


class Costs(Record):
    """What a run cost."""

    train_seconds: float
    seconds_per_1000: float
    """Seconds to classify 1,000 test images."""
    peak_memory_bytes: int
    """Largest resident memory of the process that trained the run."""


class Provenance(Record):
    """Where the numbers of a run come from."""

    python: str
    torch: str
    numpy: str
    numba: str
    platform: str
    device: str
    """Such as `cpu` or `cuda (NVIDIA H100)`."""
    threads: int
    precision: str
    commit: str | None
    """Commit of the code, where it ran from a git checkout."""
    dirty: bool | None
    started: str
    """ISO 8601, UTC."""
    ended: str
    resumed_from_epoch: int | None = None


@dataclass(frozen=True)
class RunResult:
    """One model, trained once with one seed, and evaluated."""

    key: str
    ingredients: Ingredients
    summary: ModelSummary
    history: tuple[Epoch, ...]
    costs: Costs
    provenance: Provenance
    probabilities: NDArray[np.float32]
    """Class probabilities on the test set, `[n, classes]`; rows sum to 1."""
    train_predictions: NDArray[np.int32]
    """Predicted classes on the training set, by the final weights, `[n_train]`."""

    @property
    def spec(self) -> RunSpec:
        """What was trained."""
        return self.ingredients.spec


class DataFile(Record):
    """One file of a data set, as it was read."""

    name: str
    bytes: int
    sha256: str
    usage: str
    """What it holds, such as `Training images`."""


class Baseline(Record):
    """An older method, fitted on the same training set."""

    slug: str
    name: str
    fit_seconds: float
    predict_seconds: float


class DatasetRecord(Record):
    """A data set as it was used: everything about it but the inputs."""

    name: str
    title: str
    stand_in_for: str | None
    """The data set that the experiment asked for, where this one stands in for it."""
    stand_in_reason: str | None
    sha256: str
    """Of the inputs and labels that were trained on and evaluated."""
    train: int
    test: int
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    """Of one example: channels, height, width of an image; the number of features of a table row;
    empty where only predictions are known."""
    files: tuple[DataFile, ...]
    baselines: tuple[Baseline, ...]


@dataclass(frozen=True)
class Dataset:
    """A data set's record with the arrays that a report needs."""

    record: DatasetRecord
    train_labels: NDArray[np.int32]
    """`[n_train]`; empty where only predictions are known."""
    test_labels: NDArray[np.int32]
    """`[n]`"""
    test_inputs: NDArray[np.uint8] | NDArray[np.float32] | None
    """`[n, channels, height, width]`, for the figures that show test images; None for tables and
    for imported predictions."""
    baseline_predictions: dict[str, NDArray[np.int32]]
    """Baseline slug → predicted classes on the test set, `[n]`."""


Outcome = Literal["reused", "trained", "resumed"]


class RunOutcome(Record):
    """What this build did about one run."""

    model: str
    """Slug."""
    seed: int
    key: str
    outcome: Outcome
