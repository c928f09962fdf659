"""Arrays as `.npz` bytes, written and read without pickle."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

EVALUATION = "classes.npz"
"""File of an evaluation in the store: predicted classes, named `test`."""


class UnfitArray(ValueError):  # noqa: N818
    """An array is missing, or is not of the shape, type or range that its reader needs."""


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the arrays as `.npz`, not compressed; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            # A fixed date (the format's first) instead of the time of writing.
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, content.getbuffer())
    return buffer.getvalue()


def unpack_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays in `.npz` bytes; raises UnfitArray where they are no such archive."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    # Damaged bytes make zipfile, zlib and the parser of NumPy's header raise each of these.
    except (
        ValueError,
        KeyError,
        EOFError,
        OSError,
        RuntimeError,
        AttributeError,
        SyntaxError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise UnfitArray("not an archive of arrays") from error


def take_array(
    arrays: Mapping[str, NDArray[Any]], name: str, dtype: DTypeLike, shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """Return an array after checking its type and shape; None in `shape` allows any length.

    Raises UnfitArray, which states what was expected.
    """
    array = arrays.get(name)
    if array is None:
        raise UnfitArray(f"array {name} is missing")
    check_array(array, name, dtype, shape)
    return array


def check_array(
    array: NDArray[Any], name: str, dtype: DTypeLike, shape: tuple[int | None, ...]
) -> None:
    """Check an array's type and shape; raises UnfitArray."""
    fits = len(array.shape) == len(shape) and all(
        wanted is None or wanted == found for wanted, found in zip(shape, array.shape, strict=True)
    )
    if array.dtype != np.dtype(dtype) or not fits:
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise UnfitArray(
            f"array {name} is {array.dtype} {list(array.shape)} "
            f"instead of {np.dtype(dtype)} [{wanted}]"
        )


def smallest_dtype(classes: int) -> np.dtype[Any]:
    """Return the smallest unsigned type for class indices below `classes`, to store them in."""
    return np.min_scalar_type(max(classes - 1, 0))


def pack_classes(array: NDArray[np.int32], classes: int) -> NDArray[Any]:
    """Return class indices in the type in which they are stored."""
    return array.astype(smallest_dtype(classes))


def take_classes(
    arrays: Mapping[str, NDArray[Any]], name: str, classes: int, *shape: int | None
) -> NDArray[np.int32]:
    """Return the class indices that `pack_classes` made, of this shape; raises UnfitArray."""
    array = take_array(arrays, name, smallest_dtype(classes), shape).astype(np.int32)
    check_classes(array, name, classes)
    return array


def check_classes(array: NDArray[np.int32], name: str, classes: int) -> None:
    """Check that an array contains only class indices; raises UnfitArray."""
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < classes:
        odd = int(array.max() if array.max() >= classes else array.min())
        raise UnfitArray(f"array {name} names class {odd} of {classes}")


def check_probabilities(array: NDArray[np.floating[Any]], name: str) -> None:
    """Check that each row of `[n, classes]` is a distribution; raises UnfitArray.

    Sums may differ from 1 by 0.001, the rounding error of float32 values or of bfloat16 logits.
    """
    if not np.isfinite(array).all():
        raise UnfitArray(f"array {name} contains values that are not numbers")
    if array.size and (array.min() < 0 or np.abs(array.sum(axis=1) - 1).max() > 1e-3):
        raise UnfitArray(f"array {name} has rows that are not probabilities")
