"""Data sets in the store: what a report needs of one, so that a rebuild reads no image file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reportgen.results.arrays import (
    UnfitArray,
    check_classes,
    pack_arrays,
    take_array,
    unpack_arrays,
)
from reportgen.results.records import Dataset, DatasetRecord
from reportgen.results.store import Entry, Store

ARRAYS = "arrays.npz"

_BASELINE = "baseline/"


def save_dataset(store: Store, key: str, dataset: Dataset) -> None:
    """Keep a data set under a key; raises StoreError where it cannot be written."""
    arrays: dict[str, NDArray[np.uint8]] = {
        "train_labels": dataset.train_labels,
        "test_labels": dataset.test_labels,
        "test_images": dataset.test_images,
    }
    for slug, predicted in dataset.baseline_predictions.items():
        arrays[_BASELINE + slug] = predicted
    record = dataset.record.model_dump(mode="json")
    store.write("dataset", key, record, {ARRAYS: pack_arrays(arrays)})


def load_dataset(store: Store, key: str) -> Dataset | None:
    """Return the data set of this key, or None where no whole and sensible one is kept.

    Raises:
        StoreError: the store cannot be read.
    """
    entry = store.read("dataset", key)
    if entry is None:
        return None
    try:
        return _decode(entry)
    except (ValidationError, UnfitArray, KeyError) as problem:
        store.set_aside("dataset", key, entry, str(problem).splitlines()[0])
        return None


def _decode(entry: Entry) -> Dataset:
    record = DatasetRecord.model_validate(entry.record)
    arrays = unpack_arrays(entry.files[ARRAYS])
    _, height, width = record.input_shape
    return Dataset(
        record=record,
        train_labels=_take_classes(arrays, "train_labels", record.train, record),
        test_labels=_take_classes(arrays, "test_labels", record.test, record),
        test_images=take_array(arrays, "test_images", "uint8", (record.test, height, width)),
        baseline_predictions={
            baseline.slug: _take_classes(arrays, _BASELINE + baseline.slug, record.test, record)
            for baseline in record.baselines
        },
    )


def _take_classes(
    arrays: dict[str, NDArray[np.uint8]], name: str, length: int, record: DatasetRecord
) -> NDArray[np.uint8]:
    array = take_array(arrays, name, "uint8", (length,))
    check_classes(array, name, len(record.classes))
    return array
