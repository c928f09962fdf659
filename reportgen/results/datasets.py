"""Data sets in the store: what a report needs of one, so that no image file is read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.results.arrays import (
    UnfitArray,
    check_array,
    pack_arrays,
    pack_classes,
    take_classes,
    unpack_arrays,
)
from reportgen.results.records import Dataset, DatasetRecord
from reportgen.results.store import Entry, Store

ARRAYS = "arrays.npz"


def save_dataset(store: Store, key: str, dataset: Dataset) -> None:
    """Keep a data set under a key; raises StoreError where it cannot be written."""
    classes = len(dataset.record.classes)
    arrays: dict[str, NDArray[Any]] = {
        "train_labels": pack_classes(dataset.train_labels, classes),
        "test_labels": pack_classes(dataset.test_labels, classes),
    }
    if dataset.test_inputs is not None:
        arrays["test_inputs"] = dataset.test_inputs
    for name, groups in (("train", dataset.train_groups), ("test", dataset.test_groups)):
        if groups is not None:
            arrays[f"{name}_groups"] = groups
    record = dataset.record.model_dump(mode="json")
    store.write("dataset", key, record, {ARRAYS: pack_arrays(arrays)})


def load_dataset(store: Store, key: str) -> Dataset | None:
    """Return the data set of this key, or None where no valid one is kept; raises StoreError."""
    return store.load("dataset", key, _decode)


def _decode(entry: Entry) -> Dataset:
    record = DatasetRecord.model_validate(entry.record)
    arrays = unpack_arrays(entry.files[ARRAYS])
    classes = len(record.classes)
    images = arrays.get("test_inputs")
    if images is not None:
        dtype = "float32" if images.dtype == "float32" else "uint8"
        check_array(images, "test_inputs", dtype, (record.test, *record.input_shape))
    return Dataset(
        record=record,
        train_labels=take_classes(arrays, "train_labels", classes, record.train),
        test_labels=take_classes(arrays, "test_labels", classes, record.test),
        test_inputs=images,
        train_groups=_take_groups(arrays, "train_groups", record.train),
        test_groups=_take_groups(arrays, "test_groups", record.test),
    )


def _take_groups(
    arrays: Mapping[str, NDArray[Any]], name: str, length: int
) -> NDArray[np.str_] | None:
    groups = arrays.get(name)
    if groups is not None and (groups.dtype.kind, groups.shape) != ("U", (length,)):
        raise UnfitArray(f"array {name} has no name for each example")
    return groups
