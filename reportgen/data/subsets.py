"""Parts of the training examples: nested, stratified by class, and drawn anew for each seed.

Studies fit models to them, and a sweep holds one out to compare configurations on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source
from reportgen.errors import DataDamaged


def draw_subset(labels: NDArray[np.integer[Any]], size: int, seed: int) -> NDArray[np.int64]:
    """Return the positions of `size` training examples, ascending.

    Each class is put into a random order; the j-th of its n examples then comes at (j − ½) / n on a
    common scale, and the first `size` of all are taken. So what a smaller subset of the same seed
    contains is in every larger one too, and a class has its share: of K classes, one with the share
    s of all examples has it to within (1 + K s) / 2, which is one example where all are equal.
    """
    order = _shuffle(labels.astype(np.int64).tobytes(), seed)
    return np.sort(order[:size]).astype(np.int64)


@lru_cache(maxsize=4)
def _shuffle(labels: bytes, seed: int) -> NDArray[np.intp]:
    """Return all positions in the order in which they are taken; it serves for every size."""
    classes, rng = np.frombuffer(labels, np.int64), np.random.default_rng(seed)
    place = np.empty(len(classes))
    for each in np.unique(classes):
        members = np.flatnonzero(classes == each)
        place[rng.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    # Classes of equal size are at the same places: which of them comes first is random too.
    return np.lexsort((rng.permutation(len(classes)), place))


def digest_positions(positions: NDArray[np.int64]) -> str:
    """Return the SHA-256 of positions, as `Subset` has it."""
    return sha256(positions.astype("<i8").tobytes()).hexdigest()


def draw_held_out(
    labels: NDArray[np.integer[Any]],
    fraction: float,
    seed: int,
    groups: NDArray[Any] | None = None,
) -> NDArray[np.int64]:
    """Return the positions of the training examples that are held out, ascending.

    Each class is held out in the same proportion (`draw_subset`); one example at least is held out,
    and one is left. With `groups`, `[n]`, whole groups are held out (`_draw_groups`).
    """
    size = min(max(1, round(len(labels) * fraction)), len(labels) - 1)
    if groups is not None:
        return _draw_groups(labels, groups, size, seed)
    return draw_subset(labels, size, seed)


def _draw_groups(
    labels: NDArray[np.integer[Any]], groups: NDArray[Any], size: int, seed: int
) -> NDArray[np.int64]:
    """Return the positions of about `size` examples in whole groups, ascending.

    Groups are taken in random order, each where it brings the counts of the classes nearer to their
    shares of `size` and leaves examples of each class. Sums of whole numbers, so that every machine
    draws the same.
    """
    names, of = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max()) + 1), dtype=np.int64)
    np.add.at(counts, (of, labels), 1)
    total = counts.sum(axis=0)
    held, missing = np.zeros_like(total), int((total * size).sum())
    chosen = np.zeros(len(names), dtype=bool)
    for group in np.random.default_rng(seed).permutation(len(names)):
        more = held + counts[group]
        distance = int(abs(more * len(labels) - total * size).sum())
        if distance < missing and (more[total > 0] < total[total > 0]).all():
            held, missing, chosen[group] = more, distance, True
    return np.flatnonzero(chosen[of]).astype(np.int64)


def hold_out(source: Source, fraction: float, seed: int) -> Source:
    """Return the source of a data set whose test set is a part of the training set of `source`.

    The test set of `source` is no part of it. Groups of examples that depend on each other
    (`data.groups`) are held out as a whole; reading raises DataDamaged where fewer than two can be.
    """

    def read(data: Data) -> DataArrays:
        arrays = source.read(data)
        groups = arrays.train_groups if arrays.is_drawn or data.groups else None
        held_out = draw_held_out(arrays.train_labels, fraction, seed, groups)
        if groups is not None and len(np.unique(groups[held_out])) < 2:
            raise DataDamaged(
                f"{source.title}: fewer than two of the {len(np.unique(groups)):,} groups of the "
                f"training set can be held out for the sweep with a share of {fraction:g}; set a "
                "larger training.validation_fraction, or add groups"
            )
        left = np.setdiff1d(np.arange(len(arrays.train_labels)), held_out)
        return DataArrays(
            train_inputs=arrays.train_inputs[left],
            train_labels=arrays.train_labels[left],
            test_inputs=arrays.train_inputs[held_out],
            test_labels=arrays.train_labels[held_out],
            classes=arrays.classes,
        )

    return replace(source, name=f"{source.name}, {fraction:g} held out by {seed}", read=read)
