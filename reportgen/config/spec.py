"""What one run fits, and all that its key is made of: frozen records without torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_serializer
from pydantic_core.core_schema import SerializerFunctionWrapHandler

SCHEMA = 3
"""Version of the records on disk; another version is a miss in the store."""

Kind = Literal["network", "estimator", "predictions"]
"""A torch network, a scikit-learn estimator, or predictions that were made elsewhere."""


class Record(BaseModel):
    """The base of every record: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CompactRecord(Record):
    """A record that is written without the fields that have their default value.

    A setting that is added later with a default that changes nothing changes no key.
    """

    @model_serializer(mode="wrap")
    def _leave_out_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            name: value
            for name, value in handler(self).items()
            if fields[name].is_required() or getattr(self, name) != fields[name].default
        }


class TrainingSpec(CompactRecord):
    """How the weights of a network are found."""

    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"]
    momentum: float = 0.0
    nesterov: bool = False
    learning_rate: float
    schedule: Literal["constant", "step", "cosine", "one-cycle"] = "constant"
    warmup_epochs: int = 0
    step_epochs: int = 0
    """0 where the schedule has no steps."""
    step_factor: float = 1.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    gradient_clip: float = 0.0
    """0 clips nothing."""
    batch_size: int
    epochs: int
    """At most, where training stops early."""
    patience: int = 0
    """0 never stops early."""
    shift: float = 0.0
    """Pixels, at most, to each side."""
    rotation: float = 0.0
    """Degrees, at most, to each side."""
    noise: float = 0.0
    """Standard deviation, of pixels in [0, 1] or of features."""
    loss: Literal["cross-entropy"] = "cross-entropy"
    validation_fraction: float = 0.0
    mean: float | tuple[float, ...]
    """Pixels in [0, 1] become (pixel − mean) / std: one number, or one for each channel."""
    std: float | tuple[float, ...]
    precision: Literal["float32", "tf32", "bfloat16"]
    """Resolved for this machine, never `auto`."""


class RunSpec(Record):
    """All that defines one run; no name, title or path."""

    kind: Kind
    reference: str
    """What is fitted: the name of a shipped architecture, or the reference of a plug-in."""
    options: dict[str, JsonValue]
    """Keyword arguments of the constructor; shipped architectures have every default filled in."""
    input_shape: tuple[int, ...]
    """Channels, height, width of an image; number of features of a table; () for predictions."""
    classes: int
    seed: int
    training: TrainingSpec | None
    """None for what is not trained by epochs."""


class Subset(Record):
    """Part of the training examples: what a study has a model fitted to, or is validated on."""

    size: int
    positions_sha256: str
    """Of their positions in the training set, ascending, as int64 in little-endian order."""


Method = Literal["fine-tuning", "replay", "ewc", "joint"]
"""How a network that learns tasks one after the other keeps what it has learned; `joint` learns all
at once."""


class TaskSequence(Record):
    """Groups of classes that a network learns one after the other, for a study.

    A network with as many outputs as a group has classes answers with places within the group.
    """

    method: Method
    classes: int
    """Of each task."""
    epochs: int
    """Of each task."""
    buffer: int
    """Examples of earlier tasks that `replay` keeps; 0 elsewhere."""
    penalty: float
    """Strength of `ewc`; 0 elsewhere."""


class Ingredients(CompactRecord):
    """All that can change a run's numbers, and nothing else; its digest is the run's key."""

    # Not a default value, which would be left out.
    schema_version: int = Field(default_factory=lambda: SCHEMA)
    spec: RunSpec
    data_sha256: str
    sources: dict[str, str]
    """Digest of each source file that this run's numbers follow from, by name."""
    versions: dict[str, str]
    """Version of each library that this run's numbers follow from."""
    device: Literal["cpu", "cuda", "mps"] | None
    """None where nothing is computed."""
    subset: Subset | None = None
    """None for all training examples."""
    tasks: TaskSequence | None = None
    """None where all classes are learned at once."""
    held_out: int | None = None
    """How many training examples a sweep holds out and evaluates on, in place of the test set."""
    validation: Subset | None = None
    """Which of the examples that it is given a network validates on, in whole groups; None where it
    validates on none, or draws them one by one."""

    @property
    def is_ordinary(self) -> bool:
        """Whether it is a run of the experiment itself, not one that a study or sweep asks for."""
        return self.subset is None and self.tasks is None and self.held_out is None
