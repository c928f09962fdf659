"""What one run trains, and all that its key is made of: frozen records without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA = 2
"""Version of the records on disk; another version is a miss in the store."""


class Record(BaseModel):
    """The base of every record: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RunSpec(Record):
    """All that says how one run is trained; no name, title or path."""

    architecture: str
    dropout: float
    input_shape: tuple[int, ...]
    """Channels, height, width of an image, or the number of features of a table row."""
    classes: int
    mean: float | tuple[float, ...]
    """Pixels in [0, 1] become (pixel − mean) / std: one number, or one for each channel."""
    std: float | tuple[float, ...]
    optimizer: Literal["adam", "sgd"]
    loss: Literal["cross-entropy"] = "cross-entropy"
    learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    validation_fraction: float
    seed: int
    precision: Literal["float32", "bfloat16"]
    """Resolved for this machine, never `auto`."""


class Ingredients(Record):
    """All that can change a run's numbers, and nothing else; its digest is the run's key."""

    schema_version: int = SCHEMA
    spec: RunSpec
    data_sha256: str
    training_source: dict[str, str]
    """File of the training room → SHA-256 of its syntax tree."""
    torch: str
    numpy: str
    numba: str
    """Compiles the convolutions of a CPU."""
    device: Literal["cpu", "cuda", "mps"]
