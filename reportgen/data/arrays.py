"""The inputs and labels of a data set in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.selection import even_quotas, spread
from reportgen.results.records import number_groups

Inputs = NDArray[np.uint8] | NDArray[np.float32]
"""uint8: levels of an image, normalised where they are trained on; float32: trained on as it is."""
Labels = NDArray[np.int32]
"""Indices into the class names."""
Groups = NDArray[np.str_]


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
    classes: tuple[str, ...]
    """Names of the classes, 2 to 1,000."""
    is_drawn: bool = False
    """Whether the test set was drawn at random from the examples of one source."""
    train_groups: Groups | None = None
    """Name of the group of each training example, `[n_train]`; None where each is independent of
    all others."""
    test_groups: Groups | None = None
    """Name of the group of each test example, `[n]`; None where the data name none."""

    @classmethod
    def split(
        cls,
        inputs: Inputs,
        labels: Labels,
        groups: Groups | None,
        classes: tuple[str, ...],
        test: NDArray[np.integer[Any]],
    ) -> DataArrays:
        """Return examples, those in the rows `test`, ascending, as test set."""
        train = np.setdiff1d(np.arange(len(labels)), test)
        return cls(
            inputs[train],
            labels[train],
            inputs[test],
            labels[test],
            classes,
            is_drawn=True,
            train_groups=None if groups is None else groups[train],
            test_groups=None if groups is None else groups[test],
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example: `(channels, height, width)` or `(features,)`."""
        return self.train_inputs.shape[1:]

    @cached_property
    def train_clusters(self) -> Labels | None:
        """Number of the group of each training example, `[n_train]`, from 0."""
        return number_groups(self.train_groups)

    @property
    def sha256(self) -> str:
        """SHA-256 of the four arrays."""
        return arrays_digest(
            self.train_inputs, self.train_labels, self.test_inputs, self.test_labels
        )

    @property
    def are_images(self) -> bool:
        """Whether each example is an image, not a row of a table."""
        return self.train_inputs.ndim == 4


def arrays_digest(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of arrays, each after its type and shape."""
    hashed = sha256()
    for array in arrays:
        hashed.update(f"{array.dtype.str}{array.shape}".encode())
        hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()


def limit_examples(arrays: DataArrays, data: Data) -> DataArrays:
    """Return as many examples as `data` allows, evenly from each class, in their order."""
    train = _chosen(arrays.train_labels, data.train_limit)
    test = _chosen(arrays.test_labels, data.test_limit)
    train_groups, test_groups = arrays.train_groups, arrays.test_groups
    return replace(
        arrays,
        train_inputs=arrays.train_inputs[train],
        train_labels=arrays.train_labels[train],
        test_inputs=arrays.test_inputs[test],
        test_labels=arrays.test_labels[test],
        train_groups=None if train_groups is None else train_groups[train],
        test_groups=None if test_groups is None else test_groups[test],
    )


def _chosen(labels: Labels, limit: int | None) -> slice | NDArray[np.intp]:
    if limit is None or limit >= len(labels):
        return slice(None)
    return spread(labels, even_quotas(np.bincount(labels), limit))
