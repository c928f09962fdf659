"""Which examples are used where not all are: evenly from each class, without randomness."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]


def even_quotas(counts: ArrayLike, limit: int) -> Counts:
    """Return how many examples to take of each class so that they are as even as can be.

    `counts`: `[classes]`, the examples available. The quotas add up to `limit`, or to all examples;
    two classes differ by more than one example only where one of them is used up.
    """
    available = np.asarray(counts, dtype=np.int64)
    quotas = np.zeros_like(available)
    remaining = min(limit, int(available.sum()))
    while remaining:
        open_classes = np.flatnonzero(quotas < available)
        each = max(remaining // len(open_classes), 1)
        chosen = open_classes[:remaining]
        added = np.minimum(available[chosen] - quotas[chosen], each)
        quotas[chosen] += added
        remaining -= int(added.sum())
    return quotas


def stratified_quotas(counts: ArrayLike, total: int) -> Counts:
    """Return how many examples each class gives so that `total` has the classes' proportions.

    `counts`: `[classes]`. Fractions are settled by the largest remainders, earlier classes first.
    """
    available = np.asarray(counts, dtype=np.int64)
    quotas, remainders = np.divmod(available * total, available.sum())
    most = np.argsort(-remainders, kind="stable")
    quotas[most[: total - int(quotas.sum())]] += 1
    return quotas


def spread(labels: NDArray[np.integer], quotas: Counts) -> NDArray[np.intp]:
    """Return the indices of `quotas[c]` examples of each class c, in ascending order.

    They are spread evenly over the whole file: MNIST's test set begins with the tidier writers, so
    its first thousand examples are easier than the rest.
    """
    chosen = []
    for label, quota in enumerate(quotas):
        members = np.flatnonzero(labels == label)
        # The middle of each of `quota` equal stretches.
        chosen.append(members[(2 * np.arange(quota) + 1) * len(members) // (2 * max(quota, 1))])
    return np.sort(np.concatenate(chosen))
