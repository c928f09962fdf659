"""The counts that one class alone may have, given what is printed about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.constraints import Average, ClassRanges, Constraints
from reportgen.audit.scores import Range, class_ratio

Integers = NDArray[np.int64]

SCALE = 10**12
"""Sums of scores are kept as whole numbers of this unit, rounded outwards: bounds stay safe."""


def scaled_scores(
    constraints: Constraints, average: Average, index: int, missed: Integers, false: Integers
) -> tuple[Integers, Integers]:
    """Return weight · score × `SCALE` of one class, rounded down and rounded up."""
    weight = average.weights[index]
    support, total = constraints.supports[index], constraints.total
    shape = np.broadcast(missed, false).shape
    if not weight:
        return np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    ratio = class_ratio(average.score, support, total, missed, false)
    numerator, denominator = (np.broadcast_to(part, shape) for part in ratio)
    defined = denominator > 0
    down, rest = np.divmod(numerator * SCALE, np.where(defined, denominator, 1))
    undefined = constraints.zero_division * SCALE
    low = np.where(defined, down, undefined)
    high = np.where(defined, down + (rest > 0), undefined)
    return weight * low, weight * high


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


def score_bounds(
    constraints: Constraints, average: Average, index: int, counts: ClassCounts
) -> tuple[int, int]:
    """Return the lowest weight · score × `SCALE` of one class, rounded down, and the highest.

    For a number of misses every score falls as the false positives rise, so only the ends of a row
    can be extreme.
    """
    ends = [
        scaled_scores(constraints, average, index, counts.missed, false)
        for false in (counts.low, counts.high)
    ]
    return min(int(low.min()) for low, _ in ends), max(int(high.max()) for _, high in ends)


def class_counts(constraints: Constraints) -> tuple[ClassCounts, ...]:
    """Return each class's counts, the classes on their own."""
    return tuple(
        count_class(support, constraints.total, ranges)
        for support, ranges in zip(constraints.supports, constraints.classes, strict=True)
    )


def count_class(support: int, total: int, ranges: ClassRanges) -> ClassCounts:
    """Return the counts of one class of `support` examples among `total`."""
    first, last = _true_positives(support, total, ranges)
    true = np.arange(last, first - 1, -1, dtype=np.int64)
    low, high = np.zeros_like(true), np.full_like(true, total - support)
    if ranges.precision is not None:
        low, high = _narrow(low, high, *_by_precision(ranges.precision, true, total))
    if ranges.f1 is not None:
        low, high = _narrow(low, high, *_by_f1(ranges.f1, true, support, total))
    if ranges.specificity is not None and total > support:
        low, high = _narrow(low, high, *_by_specificity(ranges.specificity, total - support, true))
    if ranges.npv is not None:
        low, high = _narrow(low, high, *_by_npv(ranges.npv, support - true, total - support))
    kept = low <= high
    return ClassCounts(support, support - true[kept], low[kept], high[kept])


def _true_positives(support: int, total: int, ranges: ClassRanges) -> tuple[int, int]:
    """Return the fewest and most true positives that recall and F1 leave room for."""
    low, high = Fraction(0), Fraction(support)
    if ranges.recall is not None and support:
        low = max(low, ranges.recall.low * support)
        high = min(high, ranges.recall.high * support)
    if ranges.f1 is not None and ranges.f1.low <= 1:
        # At least TP are predicted, and at most TP and all examples of the other classes.
        low = max(low, ranges.f1.low * support / (2 - ranges.f1.low))
        if ranges.f1.high < 2:
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


def _by_specificity(wanted: Range, negatives: int, true: Integers) -> tuple[Integers, Integers]:
    """Bound the false positives by 1 − FP / negatives."""
    low, high = ceil((1 - wanted.high) * negatives), floor((1 - wanted.low) * negatives)
    return np.full_like(true, low), np.full_like(true, high)


def _by_npv(wanted: Range, missed: Integers, negatives: int) -> tuple[Integers, Integers]:
    """Bound the false positives by TN / (TN + FN), where TN = negatives − FP.

    0 / 0 is printed as 0 or as 1.
    """
    least, most = np.zeros_like(missed), np.full_like(missed, negatives)
    if wanted.low >= 1:
        least = np.full_like(missed, negatives + 1)
    elif wanted.low > 0:
        odds = wanted.low / (1 - wanted.low)
        least = -(-missed * odds.numerator // odds.denominator)
    if wanted.high < 1:
        odds = wanted.high / (1 - wanted.high)
        most = np.minimum(missed * odds.numerator // odds.denominator, negatives)
    nothing_missed = (1, 0)
    if Fraction(1) in wanted:
        nothing_missed = (0, negatives)
    elif Fraction(0) in wanted:
        nothing_missed = (0, 0)
    least = np.where(missed == 0, nothing_missed[0], least)
    most = np.where(missed == 0, nothing_missed[1], most)
    return negatives - most, negatives - least
