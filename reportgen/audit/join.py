"""Searching close to counts that almost fit, many millions of combinations at once.

The classes are split into two halves. Many random combinations near the given counts are drawn for
each half; two of them fit together where their misses and false positives both sum to the number
of wrong examples, which sorting finds without trying every pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import ClassCounts, Integers
from reportgen.audit.constraints import Constraints, Counts, Floats, satisfies

DRAWS = 4000
"""Combinations of each half."""
REACH = 4
"""How many misses and false positives away from the given counts to look."""
MOST_NEIGHBOURS = 120
MOST_ERRORS = 40
MOST_PAIRS = 200_000
MOST_CHECKS = 20

Point = tuple[int, int]


@dataclass(frozen=True)
class _Half:
    """Combinations of some of the classes, and their sums."""

    missed: Integers
    """`[classes, draws]`"""
    false: Integers
    averages: Floats
    """`[averages, draws]`: summed over classes."""

    @property
    def key(self) -> Integers:
        """`[draws]`: both sums in one number."""
        return _key(self.missed.sum(axis=0), self.false.sum(axis=0))


def _key(missed: Integers, false: Integers) -> Integers:
    return missed * 2**31 + false


def find_near(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range, points: Sequence[Point]
) -> Counts | None:
    """Return counts near `points` (misses, false positives) that satisfy `constraints`."""
    if len(classes) < 2:
        return None
    random = np.random.default_rng(0)
    middle = len(classes) // 2
    every = range(len(classes))
    first = _draw(constraints, every[:middle], classes, points, random)
    second = _draw(constraints, every[middle:], classes, points, random)
    for left, right in _fitting(constraints, errors, first, second, points):
        missed = np.concatenate([first.missed[:, left], second.missed[:, right]])
        false = np.concatenate([first.false[:, left], second.false[:, right]])
        true_positives = np.array(constraints.supports) - missed
        counts = tuple(zip(true_positives.tolist(), (true_positives + false).tolist(), strict=True))
        if satisfies(constraints, counts):
            return counts
    return None


def _draw(
    constraints: Constraints,
    indexes: range,
    classes: Sequence[ClassCounts],
    points: Sequence[Point],
    random: np.random.Generator,
) -> _Half:
    drawn = [random.choice(_neighbours(classes[index], points[index]), DRAWS) for index in indexes]
    missed, false = np.array(drawn).transpose(2, 0, 1)
    averages = np.zeros((len(constraints.averages), DRAWS))
    for row, index in enumerate(indexes):
        averages += constraints.average_values(
            index, missed[row].astype(np.float64), false[row].astype(np.float64)
        )
    return _Half(missed, false, averages)


def _neighbours(counts: ClassCounts, point: Point) -> Integers:
    """Return `[points, 2]`: misses and false positives near a point, the point among them."""
    row = int(np.searchsorted(counts.missed, point[0]))
    rows = range(max(0, row - REACH), min(len(counts.missed), row + REACH + 1))
    near, spread = [point], max(2, MOST_NEIGHBOURS // (4 * len(rows)))
    for index in rows:
        # Along a strip of nearly constant F1, a miss more is a false positive less.
        centre = point[1] - (int(counts.missed[index]) - point[0])
        for middle in (centre, point[1]):
            low = max(int(counts.low[index]), middle - spread)
            high = min(int(counts.high[index]), middle + spread)
            near.extend((int(counts.missed[index]), false) for false in range(low, high + 1))
    return np.array(sorted(set(near)), dtype=np.int64)


def _fitting(
    constraints: Constraints, errors: range, first: _Half, second: _Half, points: Sequence[Point]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of draws whose sums are what they must be, as far as floats can tell."""
    order = np.argsort(second.key, kind="stable")
    sorted_keys = second.key[order]
    for wrong in _nearest_errors(errors, sum(missed for missed, _ in points)):
        rest = _key(wrong - first.missed.sum(axis=0), wrong - first.false.sum(axis=0))
        start = np.searchsorted(sorted_keys, rest, "left")
        count = np.searchsorted(sorted_keys, rest, "right") - start
        kept = np.cumsum(count) <= MOST_PAIRS
        left = np.repeat(np.flatnonzero(kept), count[kept])
        ends = np.cumsum(count[kept])
        offset = np.arange(len(left)) - np.repeat(ends - count[kept], count[kept])
        right = order[start[left] + offset]
        fits = _averages_fit(constraints, first, second, left, right)
        yield from zip(left[fits][:MOST_CHECKS], right[fits][:MOST_CHECKS], strict=True)


def _nearest_errors(errors: range, wanted: int) -> list[int]:
    low = min(max(wanted - MOST_ERRORS // 2, errors.start), errors.stop - 1)
    near = range(low, min(low + MOST_ERRORS, errors.stop))
    return sorted(near, key=lambda wrong: abs(wrong - wanted))


def _averages_fit(
    constraints: Constraints, first: _Half, second: _Half, left: Integers, right: Integers
) -> NDArray[np.bool_]:
    fits = np.ones(len(left), dtype=np.bool_)
    for average, here, there in zip(
        constraints.averages, first.averages, second.averages, strict=True
    ):
        values = here[left] + there[right]
        fits &= (values >= float(average.allowed.low)) & (values <= float(average.allowed.high))
    return fits
