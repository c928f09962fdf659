"""The results of a run, as frozen records without torch.

Everything that is JSON is a pydantic model; arrays are beside them in dataclasses and travel as
`.npz` files without pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reportgen.config.spec import SCHEMA as SCHEMA
from reportgen.config.spec import Ingredients as Ingredients
from reportgen.config.spec import Record as Record
from reportgen.config.spec import RunSpec as RunSpec
from reportgen.config.spec import TrainingSpec as TrainingSpec


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


CLEAN_EXAMPLES = 5_000
"""Training examples, at the most, of which the accuracy without dropout is measured."""


class Epoch(Record):
    """One pass over the training set."""

    loss: float
    """Mean training loss over the epoch, while the weights were changing."""
    accuracy: float
    """Share of training examples predicted right, while the weights were changing."""
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    clean_accuracy: float | None = None
    """Share of up to `CLEAN_EXAMPLES` training examples predicted right after the epoch, without
    dropout or augmentation; None where neither is used."""
    seconds: float
    """Of training: measuring `clean_accuracy` and the validation set are not part of it."""

    @property
    def measures(self) -> tuple[float | None, ...]:
        """All losses and accuracies: what does not depend on how fast a machine is."""
        return (
            *(self.loss, self.accuracy, self.clean_accuracy),
            *(self.validation_loss, self.validation_accuracy),
        )


class Costs(Record):
    """What a run cost."""

    train_seconds: float
    seconds_per_1000: float
    """Seconds to classify 1,000 test images."""
    peak_memory_bytes: int
    """Largest resident memory of the process that trained the run."""


class Provenance(Record):
    """With which software and hardware a run was computed."""

    python: str
    versions: dict[str, str]
    """Library → version, of those that the run used."""
    platform: str
    processor: str | None = None
    """Name, instruction sets, and the settings that leave some of them out; None where unknown."""
    device: str
    """Such as `cpu` or `cuda (NVIDIA H100)`."""
    threads: int
    precision: str | None
    """None where the estimator does not choose one."""
    commit: str | None
    """Commit of the code, where it ran from a git checkout."""
    dirty: bool | None
    started: str
    """ISO 8601, UTC."""
    ended: str
    resumed_from_epoch: int | None = None


class RunRecord(Record):
    """One model, fitted once with one seed: all about it but its predictions.

    The same record is written by the process that fits the run, kept in the store, included in the
    evidence and printed in the report.
    """

    key: str
    ingredients: Ingredients
    summary: ModelSummary | None
    """The layers of a network."""
    history: tuple[Epoch, ...] = ()
    """One entry for each epoch; empty where nothing is trained by epochs."""
    kept_epoch: int | None = None
    """Epoch whose weights were evaluated, counted from 1, where training could stop early."""
    costs: Costs | None
    """None for predictions that were made elsewhere."""
    provenance: Provenance | None
    plugin_files: dict[str, str] = Field(default_factory=dict)
    """File of the plug-in → its text as it was run; empty for what is shipped or installed."""

    @property
    def spec(self) -> RunSpec:
        """What was fitted."""
        return self.ingredients.spec


@dataclass(frozen=True)
class Evaluation:
    """What one run predicts for one evaluation set."""

    classes: NDArray[np.int32]
    """Predicted classes, `[n]`."""
    probabilities: NDArray[np.float32] | NDArray[np.float64] | None
    """Class probabilities `[n, classes]`, rows sum to 1; None where the run gives labels alone.
    Double precision where they were made elsewhere."""


@dataclass(frozen=True)
class Run:
    """One fitted and evaluated run."""

    record: RunRecord
    evaluations: Mapping[str, Evaluation]
    """Evaluation set, `test` or `train`, → what the run predicts for it."""

    @property
    def key(self) -> str:
        """Digest of the run's ingredients."""
        return self.record.key

    @property
    def spec(self) -> RunSpec:
        """What was fitted."""
        return self.record.ingredients.spec


class DataFile(Record):
    """One file of a data set, as it was read."""

    name: str
    bytes: int
    sha256: str
    usage: str
    """What it holds, such as `Training images`."""


class DatasetRecord(Record):
    """A data set as it was used: everything about it but the inputs."""

    name: str
    title: str
    stand_in_for: str | None
    """The data set that the experiment asked for, where this one replaces it."""
    stand_in_reason: str | None
    sha256: str
    """Of the inputs and labels that were trained on and evaluated."""
    train: int
    test: int
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    """Of one example: channels, height, width of an image; the number of features of a table row;
    empty where only predictions are known."""
    dtype: Literal["uint8", "float32"] = "uint8"
    """Type of the inputs: levels of pixels, or numbers that models are trained on as they are."""
    is_drawn: bool = False
    """Whether the test set was drawn at random from the examples of one source."""
    shared: int = 0
    """Test examples whose inputs, byte by byte, are those of a training example too."""
    files: tuple[DataFile, ...]

    @property
    def example(self) -> str:
        """The word for one example in prose."""
        return "image" if len(self.input_shape) == 3 else "example"


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
    train_groups: NDArray[np.str_] | None = None
    """Name of the group of each training example, `[n_train]`; None where each is independent of
    all others."""
    test_groups: NDArray[np.str_] | None = None
    """Name of the group of each test example, `[n]`; None where the data name none."""

    @cached_property
    def train_clusters(self) -> NDArray[np.int32] | None:
        """Number of the group of each training example, `[n_train]`, from 0."""
        return number_groups(self.train_groups)


def number_groups(
    groups: NDArray[Any] | None, rows: NDArray[Any] | slice = slice(None)
) -> NDArray[np.int32] | None:
    """Return the number of each example's group, from 0, in the order of their names or numbers.

    Of the examples at `rows`, or of all. None where there are no groups.
    """
    if groups is None:
        return None
    return np.unique(groups[rows], return_inverse=True)[1].astype(np.int32)


Outcome = Literal["reused", "trained", "resumed"]


class RunOutcome(Record):
    """How this build obtained one run."""

    model: str
    """Slug."""
    seed: int
    key: str
    outcome: Outcome
