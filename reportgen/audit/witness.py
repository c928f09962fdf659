"""Looking for counts that satisfy a question.

A search that may fail: what it finds is checked in exact arithmetic, and finding nothing proves
nothing. It starts from counts near the printed figures, then moves one class at a time to where the
sums over all classes come closest to what they must be, and shakes a class or two where that gets
stuck. Random, but seeded: the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from reportgen.audit.classes import ClassCounts
from reportgen.audit.join import find_near
from reportgen.audit.question import Counts, Question, Range, satisfies

ATTEMPTS = 4
STEPS = 150
"""Moves of one class, in each attempt."""

Point = tuple[int, int]
"""Misses and false positives of one class."""
Window = tuple[float, float]


@dataclass(frozen=True)
class Sums:
    """What the figures of the whole table depend on, summed over classes."""

    missed: int
    false: int
    f1: float
    weighted: float

    def plus(self, support: int, point: Point, sign: int = 1) -> Sums:
        """Return the sums with one class more, or with sign −1 one less."""
        missed, false = point
        f1 = sign * 2 * (support - missed) / (2 * support - missed + false)
        return Sums(
            self.missed + sign * missed,
            self.false + sign * false,
            self.f1 + f1,
            self.weighted + support * f1,
        )


@dataclass(frozen=True)
class Goal:
    """What the sums should be: as many misses as false positives, and inside these windows."""

    errors: Window
    f1: Window
    weighted: Window

    def distance(self, sums: Sums, support: int, point: Point) -> float:
        """Return how far `sums` with one more class at `point` are from the goal, in examples."""
        missed, false = point
        f1 = 2 * (support - missed) / (2 * support - missed + false)
        all_missed, all_false = sums.missed + missed, sums.false + false
        # One example more or less moves the F1 of a class by about one in its support.
        return (
            (all_missed - all_false) ** 2
            + _outside(all_missed, self.errors) ** 2
            + (support * _outside(sums.f1 + f1, self.f1)) ** 2
            + _outside(sums.weighted + support * f1, self.weighted) ** 2
            + max(0, missed + false - all_missed) ** 2
        )


def find_counts(question: Question, classes: Sequence[ClassCounts], errors: range) -> Counts | None:
    """Return counts that satisfy the question, where the search finds any."""
    goal = Goal(
        (errors.start, errors.stop - 1),
        _window(question.macro_f1, len(classes)),
        _window(question.weighted_f1, question.total),
    )
    random = Random(0)
    for attempt in range(ATTEMPTS):
        position = random.random() if attempt else 0.5
        start = [_start(question, index, classes[index], position) for index in range(len(classes))]
        counts = _descend(question, classes, goal, start, random)
        counts = counts or find_near(question, classes, errors, start)
        if counts is not None:
            return counts
    return None


def _start(question: Question, index: int, counts: ClassCounts, position: float) -> Point:
    """Return a point with about as many misses as false positives.

    `position` is where in the range of the figure that says most about it the class should lie.
    """
    ranges = question.classes[index]
    hints = (ranges.recall, ranges.f1, question.accuracy, question.macro_f1, question.weighted_f1)
    hint = next((found for found in hints if found is not None), Range(Fraction(1), Fraction(1)))
    share = 1 - float(hint.low) - position * float(hint.high - hint.low)
    return _nearest(counts, round(counts.support * share), round(counts.support * share))


def _nearest(counts: ClassCounts, missed: int, false: int) -> Point:
    row = min(int(np.searchsorted(counts.missed, missed)), len(counts.missed) - 1)
    return int(counts.missed[row]), min(max(false, int(counts.low[row])), int(counts.high[row]))


def _descend(
    question: Question,
    classes: Sequence[ClassCounts],
    goal: Goal,
    points: list[Point],
    random: Random,
) -> Counts | None:
    """Move `points` towards the goal; return counts where they reach it."""
    sums = Sums(0, 0, 0.0, 0.0)
    for support, point in zip(question.supports, points, strict=True):
        sums = sums.plus(support, point)
    for step in range(STEPS):
        index = random.randrange(len(points))
        counts, now = classes[index], points[index]
        others = sums.plus(counts.support, now, sign=-1)
        moved = _move(counts, now, others, goal, random, shake=step % 25 > 22)
        points[index], sums = moved, others.plus(counts.support, moved)
        if goal.distance(others, counts.support, moved) < 1e-12:
            found = as_counts(question.supports, points)
            if satisfies(question, found):
                return found
    return None


def _move(
    counts: ClassCounts, now: Point, others: Sums, goal: Goal, random: Random, shake: bool
) -> Point:
    candidates = list(_candidates(counts, now, others, goal, random))
    if shake:
        return random.choice(candidates)
    random.shuffle(candidates)
    return min(candidates, key=lambda point: goal.distance(others, counts.support, point))


def _candidates(
    counts: ClassCounts, now: Point, others: Sums, goal: Goal, random: Random
) -> Iterator[Point]:
    yield now
    balance = others.missed - others.false
    lacking = round(goal.errors[0]) - others.missed
    # Along a strip of nearly constant F1, a miss more is a false positive less.
    along = now[0] - (now[0] - now[1] + balance) // 2
    wanted = {now[0] + step for step in range(-3, 4)} | {along - 1, along, along + 1, lacking}
    wanted |= {round(goal.errors[1]) - others.missed, int(random.choice(counts.missed))}
    for missed in wanted:
        row = int(np.searchsorted(counts.missed, missed))
        if row == len(counts.missed):
            continue
        there, low, high = int(counts.missed[row]), int(counts.low[row]), int(counts.high[row])
        for false in {balance + there, now[1], now[1] - 1, now[1] + 1, low, high}:
            yield there, min(max(false, low), high)


def as_counts(supports: Sequence[int], points: Sequence[Point]) -> Counts:
    """Return true positives and predicted totals from misses and false positives."""
    return tuple(
        (n - missed, n - missed + false)
        for n, (missed, false) in zip(supports, points, strict=True)
    )


def _window(wanted: Range | None, scale: int) -> Window:
    """Return a range of a sum, a little inside what is allowed: floats only steer."""
    if wanted is None:
        return float("-inf"), float("inf")
    low, high = float(wanted.low * scale), float(wanted.high * scale)
    inset = 0.001 * (high - low)
    return low + inset, high - inset


def _outside(value: float, window: Window) -> float:
    return max(0.0, window[0] - value, value - window[1])
