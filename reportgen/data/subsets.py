"""Parts of the training examples: nested, stratified by class, and drawn anew for each seed."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
