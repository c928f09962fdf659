"""The counts that one class alone may have, given what is printed about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.question import ClassRanges, Question, Range

Integers = NDArray[np.int64]

F1_SCALE = 10**12
"""Sums of F1 are kept as whole numbers of this unit, rounded outwards, so that bounds are safe."""


def scaled_f1(support: int, missed: Integers, false: Integers) -> tuple[Integers, Integers]:
    """Return F1 × `F1_SCALE` of misses and false positives, rounded down and rounded up."""
    true_positives = support - missed
    down, rest = np.divmod(2 * true_positives * F1_SCALE, support + true_positives + false)
    return down, down + (rest > 0)


@dataclass(frozen=True)
class ClassCounts:
    """All (misses, false positives) of one class that agree with what is printed about it.

    What is printed bounds the false positives that go with each number of misses to an interval,
    so the counts are kept as rows: a number of misses, and the interval.
    """

    support: int
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

    def points(self) -> Iterator[tuple[int, int]]:
        """Yield every (misses, false positives)."""
        rows = zip(self.missed.tolist(), self.low.tolist(), self.high.tolist(), strict=True)
        for missed, low, high in rows:
            for false in range(low, high + 1):
                yield missed, false

    @cached_property
    def f1_bounds(self) -> tuple[int, int]:
        """The lowest F1 of any point, rounded down, and the highest, rounded up, × `F1_SCALE`."""
        # Only the ends of a row can be extreme.
        lowest = scaled_f1(self.support, self.missed, self.high)[0].min()
        return int(lowest), int(scaled_f1(self.support, self.missed, self.low)[1].max())


def class_counts(question: Question) -> tuple[ClassCounts, ...]:
    """Return each class's counts, the classes on their own."""
    return tuple(
        count_class(support, question.total, ranges)
        for support, ranges in zip(question.supports, question.classes, strict=True)
    )


def count_class(support: int, total: int, ranges: ClassRanges) -> ClassCounts:
    """Return the counts of one class of `support` examples among `total`."""
    first, last = _hits(support, total, ranges)
    true_positives = np.arange(last, first - 1, -1, dtype=np.int64)
    low, high = np.zeros_like(true_positives), np.full_like(true_positives, total - support)
    if ranges.precision is not None:
        low, high = _narrow(low, high, *_by_precision(ranges.precision, true_positives, total))
    if ranges.f1 is not None:
        low, high = _narrow(low, high, *_by_f1(ranges.f1, true_positives, support, total))
    kept = low <= high
    return ClassCounts(support, support - true_positives[kept], low[kept], high[kept])


def _hits(support: int, total: int, ranges: ClassRanges) -> tuple[int, int]:
    """Return the fewest and most true positives that recall and F1 leave room for."""
    low, high = Fraction(0), Fraction(support)
    if ranges.recall is not None:
        low = max(low, ranges.recall.low * support)
        high = min(high, ranges.recall.high * support)
    if ranges.f1 is not None:
        # At least TP are predicted, and at most TP and all examples of the other classes.
        low = max(low, ranges.f1.low * support / (2 - ranges.f1.low))
        high = min(high, ranges.f1.high * total / (2 - ranges.f1.high))
    return ceil(low), floor(high)


def _narrow(
    low: Integers, high: Integers, other_low: Integers, other_high: Integers
) -> tuple[Integers, Integers]:
    return np.maximum(low, other_low), np.minimum(high, other_high)


def _by_precision(
    precision: Range, true_positives: Integers, total: int
) -> tuple[Integers, Integers]:
    """Bound the false positives by TP / (TP + FP); 0 / 0 is printed as 0 or as 1."""
    low, high = _bound(true_positives, precision, true_positives, total)
    if precision.low <= 0:
        never_right = (0, total)
    else:
        never_right = (0, 0) if Fraction(1) in precision else (1, 0)
    return np.where(true_positives == 0, never_right[0], low), np.where(
        true_positives == 0, never_right[1], high
    )


def _by_f1(
    f1: Range, true_positives: Integers, support: int, total: int
) -> tuple[Integers, Integers]:
    """Bound the false positives by 2·TP / (n + TP + FP)."""
    low, high = _bound(2 * true_positives, f1, support + true_positives, total)
    never_right = (0, total) if f1.low <= 0 else (1, 0)
    return np.where(true_positives == 0, never_right[0], low), np.where(
        true_positives == 0, never_right[1], high
    )


def _bound(
    numerator: Integers, allowed: Range, rest: Integers, total: int
) -> tuple[Integers, Integers]:
    """Return the lowest and highest x with `numerator / (rest + x)` in `allowed`."""
    if allowed.high <= 0:
        return np.ones_like(rest), np.zeros_like(rest)
    least = -(-numerator * allowed.high.denominator // allowed.high.numerator) - rest
    if allowed.low <= 0:
        return least, np.full_like(rest, total)
    return least, numerator * allowed.low.denominator // allowed.low.numerator - rest
