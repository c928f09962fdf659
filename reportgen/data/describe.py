"""The record of a data set in a report: counts, files, digest."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.keys import digest, file_digests, package_version
from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source
from reportgen.results.records import SCHEMA, DataFile, Dataset, DatasetRecord


def describe_dataset(source: Source, images: DataArrays) -> Dataset:
    """Return the record of a data set, with the arrays that a report needs."""
    record = DatasetRecord(
        name=source.name,
        title=source.title,
        stand_in_for=source.stand_in_for,
        stand_in_reason=source.stand_in_reason,
        sha256=images.sha256,
        train=len(images.train_labels),
        test=len(images.test_labels),
        classes=images.classes,
        input_shape=images.input_shape,
        dtype="uint8" if images.train_inputs.dtype == "uint8" else "float32",
        is_drawn=images.is_drawn,
        shared=count_shared(images.train_inputs, images.test_inputs),
        files=tuple(
            DataFile(name=file.name, bytes=file.bytes, sha256=file.sha256, usage=file.usage)
            for file in source.files
        ),
    )
    return Dataset(
        record=record,
        train_labels=images.train_labels,
        test_labels=images.test_labels,
        test_inputs=images.test_inputs if images.are_images else None,
        train_groups=images.train_groups,
        test_groups=images.test_groups,
    )


def dataset_key(source: Source, data: Data) -> str:
    """Return the key under which the described data set is kept: a digest of all it follows from.

    Imports neither scikit-learn nor torch.
    """
    return digest(
        {
            "schema": SCHEMA,
            "source": source.digest,
            "stand_in": [source.stand_in_for, source.stand_in_reason],
            # `fallback` decides only what is found, which `source` names.
            "settings": data.model_dump(mode="json", exclude={"fallback"}),
            "code": file_digests(Path(__file__).parent),
            "numpy": package_version("numpy"),
            "scikit-learn": package_version("scikit-learn"),
        }
    )


def count_shared(train: NDArray[Any], test: NDArray[Any]) -> int:
    """Return how many examples of `test` have the same bytes as one of `train`.

    Both are `[n, ...]`, of one type and shape of example.
    """
    known = set(_digests(train))
    return sum(digest in known for digest in _digests(test))


def _digests(examples: NDArray[Any]) -> list[bytes]:
    rows = np.ascontiguousarray(examples)
    return [blake2b(row.data, digest_size=16).digest() for row in rows]
