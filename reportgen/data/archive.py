"""A `.npz` file of arrays: inputs and labels, already split or still to be split.

x_train, y_train, x_test, y_test
x, y
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.assembly import Examples, assemble
from reportgen.data.labels import Texts, labels_as_text
from reportgen.data.source import Source, describe_file
from reportgen.data.tables import load_arrays, read_bytes
from reportgen.errors import DataDamaged

Arrays = dict[str, NDArray[Any]]

NAMES = {
    "x_train": ("x_train", "train_images", "train_inputs", "train_x", "train_data"),
    "y_train": ("y_train", "train_labels", "train_y", "train_targets"),
    "x_test": ("x_test", "test_images", "test_inputs", "test_x", "test_data"),
    "y_test": ("y_test", "test_labels", "test_y", "test_targets"),
    "x": ("x", "images", "inputs", "data", "features"),
    "y": ("y", "labels", "label", "target", "targets"),
    "groups_test": ("groups_test", "test_groups"),
    "groups": ("groups",),
}
"""Array → the names that it may have, in either case."""
ALLOWED = "x_train, y_train, x_test and y_test, or x and y, which are split"


def find_archive(path: Path, name: str, title: str) -> Source:
    """Return the hashed archive at `path`; raises DataDamaged, DataUnavailable."""
    content = read_bytes(path)
    file = describe_file(path, "Inputs and labels", content)
    return Source(name, title, (file,), partial(_read, path, content))


def _read(path: Path, content: bytes, data: Data) -> DataArrays:
    return assemble_arrays(load_arrays(path, content), str(path), data)


def assemble_arrays(arrays: Arrays, where: str, data: Data) -> DataArrays:
    """Return the arrays of a data set from named ones (`NAMES`); `where` names their origin.

    Raises DataDamaged where arrays are missing or cannot be trained on.
    """
    found = _by_role(arrays)
    if {"x_train", "y_train", "x_test", "y_test"} <= found.keys():
        train = _examples(found, "x_train", "y_train", where)
        test = _examples(found, "x_test", "y_test", where)
        return assemble(train, _with_groups(test, found.get("groups_test"), where), data)
    if found.keys() >= {"x", "y"}:
        examples = _examples(found, "x", "y", where)
        return assemble(_with_groups(examples, found.get("groups"), where), None, data)
    if found.keys() >= {"x_train", "y_train"} and not found.keys() & {"x_test", "y_test"}:
        return assemble(_examples(found, "x_train", "y_train", where), None, data)
    there = ", ".join(arrays) or "none"
    raise DataDamaged(f"{where}: expected the arrays {ALLOWED}; it has {there}")


def _by_role(arrays: Arrays) -> dict[str, tuple[str, NDArray[Any]]]:
    """Return the arrays by the first name of `NAMES`, each with its own name."""
    lower = {name.lower(): (name, array) for name, array in arrays.items()}
    roles = {
        role: next((lower[alias] for alias in aliases if alias in lower), None)
        for role, aliases in NAMES.items()
    }
    return {role: found for role, found in roles.items() if found is not None}


def _examples(
    found: dict[str, tuple[str, NDArray[Any]]], inputs: str, labels: str, where: str
) -> Examples:
    (input_name, values), (label_name, raw) = found[inputs], found[labels]
    texts = _texts(raw, f"{where}: {label_name}")
    what = f"{where}: {input_name}"
    return Examples(shape_inputs(values, what), texts, lambda index: f"{what}[{index}]", what)


def _texts(values: NDArray[Any], what: str) -> Texts:
    return labels_as_text(values, lambda index: f"{what}[{index}]", what)


def _with_groups(part: Examples, groups: tuple[str, NDArray[Any]] | None, where: str) -> Examples:
    if groups is None:
        return part
    name, values = groups
    texts = _texts(values, f"{where}: {name}")
    if len(texts) != len(part.labels):
        raise DataDamaged(
            f"{where}: {name} has {len(texts):,} groups for {len(part.labels):,} examples"
        )
    return replace(part, groups=texts.astype(object))


def shape_inputs(values: NDArray[Any], what: str) -> NDArray[Any]:
    """Return inputs as uint8 or floating point, `[n, channels, height, width]` or `[n, features]`.

    Images may come without the axis of their one channel, or with the channels last. Raises
    DataDamaged where `values` are of another shape or type; `what` names the array.
    """
    if values.dtype.kind not in "biuf":
        raise DataDamaged(f"{what}: inputs must be numbers, not {values.dtype}")
    if values.ndim == 2:
        return values.astype(np.float64)
    if values.ndim == 3:
        values = values[:, None]
    elif values.ndim == 4 and values.shape[1] not in (1, 3) and values.shape[3] in (1, 3):
        values = np.moveaxis(values, 3, 1)
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        raise DataDamaged(
            f"{what}: the shape is {list(values.shape)}; allowed are [n, features] and, for "
            "images, [n, height, width], [n, channels, height, width] or [n, height, width, "
            "channels] of 1 or 3 channels"
        )
    return np.ascontiguousarray(_levels(values))


def _levels(values: NDArray[Any]) -> NDArray[Any]:
    """Return images of whole numbers from 0 to 255 as uint8, others as floating point."""
    if values.dtype.kind == "f":
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if values.size and values.min() >= 0 and values.max() <= 255:
        return values.astype(np.uint8)
    return values.astype(np.float64)
