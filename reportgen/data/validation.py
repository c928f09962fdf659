"""Training examples that a sweep holds out to compare configurations on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source
from reportgen.data.subsets import draw_subset


def draw_held_out(
    labels: NDArray[np.integer[Any]], fraction: float, seed: int
) -> NDArray[np.int64]:
    """Return the positions of the training examples that are held out, ascending.

    Each class is held out in the same proportion (`draw_subset`); one example at least is held out,
    and one is left.
    """
    size = min(max(1, round(len(labels) * fraction)), len(labels) - 1)
    return draw_subset(labels, size, seed)


def hold_out(source: Source, fraction: float, seed: int) -> Source:
    """Return the source of a data set whose test set is a part of the training set of `source`.

    The test set of `source` is no part of it.
    """

    def read(data: Data) -> DataArrays:
        arrays = source.read(data)
        held_out = draw_held_out(arrays.train_labels, fraction, seed)
        left = np.setdiff1d(np.arange(len(arrays.train_labels)), held_out)
        return DataArrays(
            train_inputs=arrays.train_inputs[left],
            train_labels=arrays.train_labels[left],
            test_inputs=arrays.train_inputs[held_out],
            test_labels=arrays.train_labels[held_out],
            classes=arrays.classes,
        )

    return replace(source, name=f"{source.name}, {fraction:g} held out by {seed}", read=read)
