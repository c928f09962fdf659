"""What all tables of an experiment file have in common."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DatasetName = Literal["mnist", "fashion-mnist", "kmnist", "digits"]
DEFAULT_DATASET: DatasetName = "mnist"
Split = Literal["test", "train"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


def slugify(name: str) -> str:
    """Return `name` as a slug: lower-case ASCII letters and digits joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class Settings(BaseModel):
    """The base of every table in an experiment file: frozen, closed to unknown keys, finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
