"""The inputs and labels of a source, read once into arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data import digits
from reportgen.data.folders import SourceFile
from reportgen.data.idx import Bytes, content_digest, damage, read_content, to_array
from reportgen.data.selection import even_quotas, spread
from reportgen.data.sources import Source
from reportgen.errors import DataDamaged

Inputs = NDArray[np.uint8] | NDArray[np.float32]
"""uint8: levels of an image, normalised where they are trained on; float32: trained on as it is."""
Labels = NDArray[np.int32]
"""Indices into the class names."""


@dataclass(frozen=True)
class DataArrays:
    """What is trained on, and what is evaluated."""

    train_inputs: Inputs
    """`[n_train, channels, height, width]` for images, `[n_train, features]` for tables."""
    train_labels: Labels
    """`[n_train]`"""
    test_inputs: Inputs
    """`[n, channels, height, width]` or `[n, features]`, of the type of `train_inputs`."""
    test_labels: Labels
    """`[n]`"""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example: `(channels, height, width)` or `(features,)`."""
        return self.train_inputs.shape[1:]

    @property
    def are_images(self) -> bool:
        """Whether each example is an image, not a row of a table."""
        return self.train_inputs.ndim == 4


def read_arrays(source: Source, data: Data) -> DataArrays:
    """Return the inputs and labels of `source`, cut to the limits that `data` sets.

    Raises DataDamaged where a file is no longer what it was when it was checked.
    """
    images = _read_digits(source) if source.is_digits else _read_files(source)
    train = _limit(images.train_inputs, images.train_labels, data.train_limit)
    test = _limit(images.test_inputs, images.test_labels, data.test_limit)
    return DataArrays(*train, *test)


def _read_files(source: Source) -> DataArrays:
    train, train_labels, test, test_labels = (to_array(_read_again(file)) for file in source.files)
    return _gather(train, train_labels, test, test_labels)


def _read_digits(source: Source) -> DataArrays:
    (file,) = source.files
    _read_again(file)
    images, labels = digits.read_digits(file.path)
    train, test = digits.split_digits(labels)
    return _gather(images[train], labels[train], images[test], labels[test])


def _gather(train: Bytes, train_labels: Bytes, test: Bytes, test_labels: Bytes) -> DataArrays:
    """Return grey images, `[n, height, width]`, with the axis of their one channel."""
    return DataArrays(
        train[:, None], train_labels.astype(np.int32), test[:, None], test_labels.astype(np.int32)
    )


def _read_again(file: SourceFile) -> Bytes:
    content = read_content(file.path)
    found = content_digest(content)
    if found != file.sha256:
        fault = f"it changed after it was checked: SHA-256 was {file.sha256} and is {found}"
        raise DataDamaged(damage(file.path, fault))
    return content


def _limit(inputs: Inputs, labels: Labels, limit: int | None) -> tuple[Inputs, Labels]:
    """Return `limit` examples, evenly from each class, in the order of the file."""
    if limit is None or limit >= len(labels):
        return inputs, labels
    chosen = spread(labels, even_quotas(np.bincount(labels), limit))
    return inputs[chosen], labels[chosen]
