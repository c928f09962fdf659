"""The counts that one class may have in one evaluation, given what is printed about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.scores import NOT_AFFINE, Range, class_ratio

Integers = NDArray[np.int64]
_LARGEST = 2**62


@dataclass(frozen=True)
class ClassCounts:
    """All (misses, false positives) of one class that agree with what is printed about it.

    What is printed bounds the false positives that go with each number of misses to an interval,
    so the counts are kept as rows: a number of misses, and the interval.
    """

    missed: Integers
    """`[rows]`, ascending: false negatives."""
    low: Integers
    """`[rows]`: the fewest false positives."""
    high: Integers
    """`[rows]`: the most."""

    @cached_property
    def size(self) -> int:
        """How many points there are."""
        return int((self.high - self.low + 1).sum())

    def points(self) -> Integers:
        """Return `[points, 2]`: every (misses, false positives)."""
        sizes = self.high - self.low + 1
        starts = np.repeat(self.low - np.cumsum(sizes) + sizes, sizes)
        return np.stack([np.repeat(self.missed, sizes), np.arange(sizes.sum()) + starts], axis=1)

    def rows(self, chosen: slice) -> ClassCounts:
        """Return some of the rows."""
        return ClassCounts(self.missed[chosen], self.low[chosen], self.high[chosen])


def affine_ratio(score: str, support: int, total: int) -> tuple[list[int], list[int]]:
    """Return numerator and denominator of a score as `[constant, per miss, per false positive]`."""
    found = [class_ratio(score, support, total, *point) for point in ((0, 0), (1, 0), (0, 1))]
    parts = [r.numerator for r in found], [r.denominator for r in found]
    numerator, denominator = ([a, b - a, c - a] for a, b, c in parts)
    return numerator, denominator


def count_class(support: int, total: int, ranges: Mapping[str, Range]) -> ClassCounts:
    """Return the counts of one class of `support` examples among `total`.

    `ranges`: score → the range in which it must lie. Scores that are no ratio of affine functions
    of the counts leave them open.
    """
    missed = np.arange(support + 1, dtype=np.int64)
    low, high = np.zeros_like(missed), np.full_like(missed, total - support)
    for score, wanted in ranges.items():
        if score in NOT_AFFINE:
            continue
        numerator, denominator = affine_ratio(score, support, total)
        for sign, bound in ((1, wanted.low), (-1, wanted.high)):
            # sign · (numerator − bound · denominator) ≥ 0, in whole numbers.
            constant, per_miss, per_false = (
                sign * (bound.denominator * n - bound.numerator * d)
                for n, d in zip(numerator, denominator, strict=True)
            )
            low, high = _narrow(constant, per_miss, per_false, missed, low, high)
        low, high = _leave_out_undefined(score, support, total, wanted, missed, low, high)
    kept = low <= high
    return ClassCounts(missed[kept], low[kept], high[kept])


def _narrow(
    constant: int, per_miss: int, per_false: int, missed: Integers, low: Integers, high: Integers
) -> tuple[Integers, Integers]:
    """Bound the false positives f by constant + per_miss · m + per_false · f ≥ 0."""
    # Where int64 could overflow, Python's own whole numbers are used.
    large = abs(constant) + abs(per_miss) * int(missed.max(initial=0)) >= _LARGEST
    rest = constant + per_miss * (missed.astype(object) if large else missed)
    if per_false > 0:
        low = np.maximum(low, np.minimum(-(rest // per_false), high + 1))
    elif per_false < 0:
        high = np.minimum(high, rest // -per_false)
    else:
        high = np.where(rest >= 0, high, low - 1)
    return low.astype(np.int64), high.astype(np.int64)


def _leave_out_undefined(
    score: str,
    support: int,
    total: int,
    wanted: Range,
    missed: Integers,
    low: Integers,
    high: Integers,
) -> tuple[Integers, Integers]:
    """Leave the ends of rows out where the score is 0 / 0, unless it may be printed as 0 or 1."""
    if wanted.shows_undefined:
        return low, high
    undefined = [
        class_ratio(score, support, total, missed, end).denominator + np.zeros_like(missed) == 0
        for end in (low, high)
    ]
    return low + undefined[0], high - (undefined[1] & (low + undefined[0] <= high))
