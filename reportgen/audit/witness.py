"""Looking for counts that satisfy the constraints.

A search that may fail: what it finds is checked in exact arithmetic, and finding nothing proves
nothing. It starts from counts near the printed figures, then moves one class at a time to where the
sums over all classes come closest to what they must be, and shakes a class or two where that gets
stuck. Random, but seeded: the same every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from reportgen.audit.classes import ClassCounts, Integers
from reportgen.audit.constraints import Constraints, Counts, Floats, satisfies
from reportgen.audit.join import find_near
from reportgen.audit.scores import Range

ATTEMPTS = 4
STEPS = 150
"""Moves of one class, in each attempt."""

Point = tuple[int, int]
"""Misses and false positives of one class."""


@dataclass(frozen=True)
class Goal:
    """What the sums over classes should be."""

    constraints: Constraints
    errors: tuple[int, int]

    def parts(self, index: int, points: Integers) -> Floats:
        """Return `[sums, points]`: what one class adds to each sum at each of its points.

        The sums are misses, false positives, each average, Σ n·P and Σ P².
        """
        missed, false = points.T.astype(np.float64)
        support = self.constraints.supports[index]
        predicted = support - missed + false
        averages = self.constraints.average_values(index, missed, false)
        return np.vstack([missed, false, averages, support * predicted, predicted**2])

    def distance(self, sums: Floats, points: Integers) -> Floats:
        """Return how far `[sums, points]` are from the goal, in examples, squared."""
        missed, false, chance, spread = sums[0], sums[1], sums[-2], sums[-1]
        total = float(self.constraints.total)
        # Each class's misses and false positives need room among the errors of the others.
        largest = points.sum(axis=1)
        distance = (missed - false) ** 2 + np.maximum(0, largest - missed) ** 2
        distance += _outside(missed, *self.errors) ** 2
        for average, values in zip(self.constraints.averages, sums[2:-2], strict=True):
            # One example more or less moves the score of a class by about one in its support.
            scale = total / sum(average.weights)
            distance += (scale * _outside(values, *_window(average.allowed))) ** 2
        covariance = total * (total - missed) - chance
        margins = (total**2 - spread) * (total**2 - sum(n * n for n in self.constraints.supports))
        for wanted, numerator, denominator in (
            (self.constraints.kappa, covariance, total**2 - chance),
            (self.constraints.mcc, covariance, np.sqrt(np.maximum(margins, 1e-9))),
        ):
            if wanted is not None:
                values = numerator / np.maximum(denominator, 1e-9)
                distance += (total * _outside(values, *_window(wanted))) ** 2
        return np.asarray(distance)


def find_counts(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range
) -> Counts | None:
    """Return counts that satisfy the constraints, where the search finds any."""
    goal = Goal(constraints, (errors.start, errors.stop - 1))
    random = np.random.default_rng(0)
    for attempt in range(ATTEMPTS):
        position = random.random() if attempt else 0.5
        start = [
            _start(constraints, index, counts, position) for index, counts in enumerate(classes)
        ]
        counts = _descend(classes, goal, start, random)
        counts = counts or find_near(constraints, classes, errors, start)
        if counts is not None:
            return counts
    return None


def _start(constraints: Constraints, index: int, counts: ClassCounts, position: float) -> Point:
    """Return a point with about as many misses as false positives.

    `position` is where in the range of the figure that says most about it the class should lie.
    """
    ranges = constraints.classes[index]
    averages = [
        Range(average.allowed.low / scale, average.allowed.high / scale)
        for average in constraints.averages
        for scale in (sum(average.weights),)
    ]
    hints = (ranges.recall, ranges.f1, ranges.precision, constraints.accuracy, *averages)
    agreement = (constraints.kappa, constraints.mcc)
    certain = Range(Fraction(1), Fraction(1))
    hint = next((found for found in (*hints, *agreement) if found is not None), certain)
    share = 1 - float(hint.low) - position * float(hint.high - hint.low)
    return _nearest(counts, round(counts.support * share), round(counts.support * share))


def _nearest(counts: ClassCounts, missed: int, false: int) -> Point:
    row = min(int(np.searchsorted(counts.missed, missed)), len(counts.missed) - 1)
    return int(counts.missed[row]), min(max(false, int(counts.low[row])), int(counts.high[row]))


def _descend(
    classes: Sequence[ClassCounts], goal: Goal, points: list[Point], random: np.random.Generator
) -> Counts | None:
    """Move `points` towards the goal; return counts where they reach it."""
    parts = np.hstack([goal.parts(index, np.array([point])) for index, point in enumerate(points)])
    for step in range(STEPS):
        index = int(random.integers(len(points)))
        others = parts.sum(axis=1) - parts[:, index]
        candidates = _candidates(classes[index], points[index], others, goal, random)
        added = goal.parts(index, candidates)
        distances = goal.distance(others[:, None] + added, candidates)
        shake = step % 25 > 22
        chosen = int(random.integers(len(candidates))) if shake else int(distances.argmin())
        points[index] = int(candidates[chosen, 0]), int(candidates[chosen, 1])
        parts[:, index] = added[:, chosen]
        if distances[chosen] < 1e-12:
            found = as_counts(goal.constraints.supports, points)
            if satisfies(goal.constraints, found):
                return found
    return None


def _candidates(
    counts: ClassCounts, now: Point, others: Floats, goal: Goal, random: np.random.Generator
) -> Integers:
    """Return `[points, 2]`: where the class might move, in random order."""
    balance = round(float(others[0] - others[1]))
    others_missed = round(float(others[0]))
    # Along a strip of nearly constant F1, a miss more is a false positive less.
    along = now[0] - (now[0] - now[1] + balance) // 2
    wanted = {now[0] + step for step in range(-3, 4)} | {along - 1, along, along + 1}
    wanted |= {end - others_missed for end in goal.errors}
    wanted.add(int(random.choice(counts.missed)))
    rows = np.unique(np.searchsorted(counts.missed, sorted(wanted)))
    rows = rows[rows < len(counts.missed)]
    there, low, high = counts.missed[rows], counts.low[rows], counts.high[rows]
    false = np.stack(
        [balance + there, *(np.full_like(there, now[1] + step) for step in (-1, 0, 1)), low, high]
    )
    points = np.stack([np.broadcast_to(there, false.shape), np.clip(false, low, high)], axis=-1)
    every = np.unique(np.vstack([points.reshape(-1, 2), [now]]), axis=0)
    return random.permutation(every)


def as_counts(supports: Sequence[int], points: Sequence[Point]) -> Counts:
    """Return true positives and predicted totals from misses and false positives."""
    return tuple(
        (n - missed, n - missed + false)
        for n, (missed, false) in zip(supports, points, strict=True)
    )


def _window(wanted: Range) -> tuple[float, float]:
    """Return a range a little inside what is allowed: floats only steer."""
    low, high = float(wanted.low), float(wanted.high)
    inset = 0.001 * (high - low)
    return low + inset, high - inset


def _outside(values: Floats, low: float, high: float) -> Floats:
    return np.maximum(0.0, np.maximum(low - values, values - high))
