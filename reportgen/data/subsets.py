"""Parts of the training examples: nested, stratified by class, and drawn anew for each seed."""

from __future__ import annotations

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
    rng = np.random.default_rng(seed)
    place = np.empty(len(labels))
    for each in np.unique(labels):
        members = np.flatnonzero(labels == each)
        place[rng.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    # Classes of equal size are at the same places: which of them comes first is random too.
    order = np.lexsort((rng.permutation(len(labels)), place))
    return np.sort(order[:size]).astype(np.int64)


def digest_positions(positions: NDArray[np.int64]) -> str:
    """Return the SHA-256 of positions, as `Subset` has it."""
    return sha256(positions.astype("<i8").tobytes()).hexdigest()
