"""A data set that was found and whose files were hashed, before its arrays are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from reportgen.config.keys import digest
from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.errors import DataDamaged, DataUnavailable
from reportgen.wording import number_of


@dataclass(frozen=True)
class SourceFile:
    """One file, or the images of one folder, that were found and hashed."""

    path: Path
    name: str
    """As the report prints it; without `.gz`, and without the folders of this machine."""
    usage: str
    """What it contains, such as `Training images`."""
    bytes: int
    """Uncompressed."""
    sha256: str
    """Of the uncompressed content: the same whether the file is compressed or not."""


def describe_file(path: Path, usage: str, content: bytes) -> SourceFile:
    """Return the entry of a file that holds `content` as it is."""
    return SourceFile(path, path.name, usage, len(content), sha256(content).hexdigest())


@dataclass(frozen=True)
class Source:
    """The files of one data set, and how to read them."""

    name: str
    title: str
    files: tuple[SourceFile, ...]
    read: Callable[[Data], DataArrays] = field(repr=False, compare=False)
    """Reads the arrays; raises DataDamaged where a file is not what it should be."""
    stand_in_for: str | None = None
    """The data set that was asked for, where this one replaces it."""
    stand_in_reason: str | None = None
    """Why, in one sentence."""

    @property
    def digest(self) -> str:
        """SHA-256 of the content of all files, independent of where they are."""
        return digest(
            {"name": self.name, "files": [[file.usage, file.sha256] for file in self.files]}
        )


def read_arrays(source: Source, data: Data) -> DataArrays:
    """Return the inputs and labels of `source`, cut to the limits that `data` sets.

    Raises DataDamaged where a file is not what it should be, and DataUnavailable where a setting
    of `data` does not fit what the source contains.
    """
    arrays = source.read(data)
    _check_limits(arrays, source)
    _check_normalization(arrays, data)
    return arrays


def _check_limits(arrays: DataArrays, source: Source) -> None:
    counts = np.bincount(arrays.train_labels, minlength=len(arrays.classes))
    if not counts.all():
        name = arrays.classes[int(counts.argmin())]
        raise DataDamaged(
            f"{source.title}: no training example of the class {name!r} is left, so no model can "
            "learn it; raise data.train_limit, or add examples"
        )


def _check_normalization(arrays: DataArrays, data: Data) -> None:
    """Raise DataUnavailable where mean and std do not fit the channels of the images."""
    is_uint8 = arrays.train_inputs.dtype == np.uint8
    if data.normalize.standardize and is_uint8:
        raise DataUnavailable(
            "data.normalize.standardize applies to tables and to images of floating-point numbers; "
            "for images of 8 bits give mean and std"
        )
    for name in ("mean", "std"):
        numbers = getattr(data.normalize, name)
        if is_uint8 and isinstance(numbers, tuple) and len(numbers) != arrays.input_shape[0]:
            raise DataUnavailable(
                f"data.normalize.{name} has {len(numbers)} numbers, but the images have "
                f"{number_of(arrays.input_shape[0], 'channel')}; give one number or "
                f"one for each channel"
            )
