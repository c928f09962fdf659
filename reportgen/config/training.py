"""Settings of `[training]`: how networks are trained, and the seeds of all models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from reportgen.config.settings import Settings

Precision = Literal["auto", "float32", "tf32", "bfloat16"]


class Augmentation(Settings):
    """How training examples are altered, at random in every epoch; 0 leaves them as they are."""

    shift: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    """Pixels, at most, in each direction."""
    rotation: Annotated[float, Field(ge=0.0, le=180.0)] = 0.0
    """Degrees, at most, in each direction."""
    noise: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    """Standard deviation of what is added to each pixel in [0, 1], or to each feature."""


class TrainingSettings(Settings):
    """How a network is trained."""

    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    momentum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Of `sgd` and `rmsprop`."""
    nesterov: bool = False
    """Whether the momentum of `sgd` looks ahead (Nesterov)."""
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 0.001
    schedule: Literal["constant", "step", "cosine", "one-cycle"] = "constant"
    """How the learning rate changes: not at all, in steps, along half a cosine to 0 over all
    epochs, or up and down once."""
    warmup_epochs: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Epochs in which the learning rate rises from 0, before its schedule begins."""
    step_epochs: Annotated[int, Field(ge=1, le=10_000)] = 10
    """After how many epochs the schedule `step` lowers the rate, each time."""
    step_factor: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    """Factor of the rate at each step of the schedule `step`."""
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the target that is spread over all classes."""
    gradient_clip: Annotated[float, Field(ge=0.0)] = 0.0
    """Largest norm of all gradients together; 0 clips nothing."""
    batch_size: Annotated[int, Field(ge=1, le=65536)] = 64
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 10
    validation_fraction: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the training set held out to draw a validation curve, in whole groups where the data
    have them; 0 trains on all of it."""
    patience: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Epochs without a lower validation loss after which training stops; the weights of the best
    epoch are used. 0 never stops early."""
    augmentation: Augmentation = Augmentation()


class Training(TrainingSettings):
    """How every network is trained, and the seeds that every model is fitted with."""

    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...], Field(min_length=1)] = (
        0,
        1,
        2,
    )
    precision: Precision = "auto"
    """`auto` is bfloat16 on hardware that multiplies it faster (AMX, AVX-512 BF16, NVIDIA's Ampere
    and later), else float32. `tf32` is float32 with factors that a GPU rounds to TensorFloat-32."""


def _optional(field: FieldInfo) -> Any:
    annotation: Any = field.annotation
    for constraint in field.metadata:
        annotation = Annotated[annotation, constraint]
    return (annotation | None, None)


if TYPE_CHECKING:
    TrainingOverrides = TrainingSettings
else:
    TrainingOverrides = create_model(
        "TrainingOverrides",
        __base__=Settings,
        __doc__="How one network is trained, where it differs from `[training]`.",
        **{name: _optional(field) for name, field in TrainingSettings.model_fields.items()},
    )
