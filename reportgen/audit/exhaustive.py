"""Trying all counts: exact answers where there are few enough to try.

The classes are added one after the other; what matters of the classes so far is only a few sums.
`enumerate_counts` keeps every sum and gives the exact answer. `rule_out` keeps, for every sum of
misses and of false positives, the lowest and the highest sum of F1: what it rules out is
impossible, what it does not rule out may or may not be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import F1_SCALE, ClassCounts, scaled_f1
from reportgen.audit.question import Counts, Question, satisfies
from reportgen.audit.witness import as_counts

MOST_STATES = 20_000
MOST_STEPS = 60_000
MOST_CELLS = 40_000_000
MOST_POINTS = 100_000

State = tuple[int, int, Fraction, Fraction, int]
"""Sums over the classes so far: misses, false positives, F1, support × F1; and the largest number
of misses and false positives of one class."""
Points = tuple[tuple[int, int], ...]


def enumerate_counts(
    question: Question, classes: Sequence[ClassCounts], errors: range
) -> tuple[bool, Counts | None]:
    """Try all counts; return whether that was possible, and the counts found if any."""
    states: dict[State, Points] = {(0, 0, Fraction(0), Fraction(0), 0): ()}
    for counts in classes[:-1]:
        if len(states) * counts.size > MOST_STEPS:
            return False, None
        states = _add_class(question, states, counts, errors.stop - 1)
        if len(states) > MOST_STATES:
            return False, None
    return _finish(question, states, classes[-1], errors)


def _add_class(
    question: Question, states: dict[State, Points], counts: ClassCounts, most: int
) -> dict[State, Points]:
    added: dict[State, Points] = {}
    n = counts.support
    options = [
        (missed, false, *_scores(question, n, missed, false)) for missed, false in counts.points()
    ]
    for (missed_sum, false_sum, f1_sum, weighted_sum, largest), points in states.items():
        for missed, false, f1, weighted in options:
            if missed_sum + missed > most or false_sum + false > most:
                continue
            state = (
                missed_sum + missed,
                false_sum + false,
                f1_sum + f1,
                weighted_sum + weighted,
                max(largest, missed + false),
            )
            added.setdefault(state, (*points, (missed, false)))
    return added


def _scores(question: Question, support: int, missed: int, false: int) -> tuple[Fraction, Fraction]:
    """Return F1 and support × F1, each only where it is asked for: fewer states that way."""
    true_positives = support - missed
    f1 = Fraction(2 * true_positives, support + true_positives + false)
    zero = Fraction(0)
    macro = f1 if question.macro_f1 is not None else zero
    return macro, support * f1 if question.weighted_f1 is not None else zero


def _finish(
    question: Question, states: dict[State, Points], last: ClassCounts, errors: range
) -> tuple[bool, Counts | None]:
    by_balance: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for missed, false in last.points():
        by_balance[missed - false].append((missed, false))
    for (missed_sum, false_sum, *_), points in states.items():
        for missed, false in by_balance.get(false_sum - missed_sum, ()):
            if missed_sum + missed not in errors:
                continue
            counts = as_counts(question.supports, (*points, (missed, false)))
            if satisfies(question, counts):
                return True, counts
    return True, None


def rule_out(question: Question, classes: Sequence[ClassCounts], errors: range) -> bool | None:
    """Return True where no counts have the sums asked for, None where there are too many to try."""
    least = sum(int(counts.missed[0]) for counts in classes)
    least_false = sum(int(counts.low.min()) for counts in classes)
    shape = (errors.stop - least, errors.stop - least_false)
    points = sum(counts.size for counts in classes)
    if points > MOST_POINTS or shape[0] * shape[1] * points > MOST_CELLS:
        return None
    lowest, highest = _reach(classes, shape)
    for wrong in errors:
        cell = wrong - least, wrong - least_false
        if min(cell) >= 0 and _may_fit(question, int(lowest[cell]), int(highest[cell])):
            return False
    return True


def _may_fit(question: Question, low: int, high: int) -> bool:
    if high < 0:
        return False
    wanted = question.macro_f1
    if wanted is None:
        return True
    scale = len(question.supports) * F1_SCALE
    return high >= wanted.low * scale and low <= wanted.high * scale


Grid = NDArray[np.int64]
_FAR = 2**62
"""More than any sum of F1 × `F1_SCALE`: marks sums that cannot be reached."""


def _reach(classes: Sequence[ClassCounts], shape: tuple[int, int]) -> tuple[Grid, Grid]:
    """Return the lowest and highest sum of F1 × `F1_SCALE` for every sum of misses and false
    positives above the least, `[misses, false positives]`.
    """
    lowest, highest = np.full(shape, _FAR), np.full(shape, -_FAR)
    lowest[0, 0] = highest[0, 0] = 0
    for counts in classes:
        lowest, highest = _extend(counts, lowest, highest)
    return lowest, highest


def _extend(counts: ClassCounts, lowest: Grid, highest: Grid) -> tuple[Grid, Grid]:
    new_lowest, new_highest = np.full_like(lowest, _FAR), np.full_like(highest, -_FAR)
    points = np.array(list(counts.points()))
    scores = scaled_f1(counts.support, points[:, 0], points[:, 1])
    moves = points - [counts.missed[0], counts.low.min()]
    height, width = lowest.shape
    for (down, right), low, high in zip(moves.tolist(), *scores, strict=True):
        if down >= height or right >= width:
            continue
        old, new = np.s_[: height - down, : width - right], np.s_[down:, right:]
        np.minimum(new_lowest[new], lowest[old] + low, out=new_lowest[new])
        np.maximum(new_highest[new], highest[old] + high, out=new_highest[new])
    return new_lowest, new_highest
