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
from operator import add

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import SCALE, ClassCounts, scaled_scores
from reportgen.audit.constraints import Average, Constraints, Counts, satisfies
from reportgen.audit.witness import as_counts

MOST_STATES = 20_000
MOST_STEPS = 60_000
MOST_CELLS = 40_000_000
MOST_POINTS = 100_000

State = tuple[int, int, tuple[Fraction, ...], int, int, int, tuple[int, int] | None]
"""Sums over the classes so far: misses, false positives, each average, n·P and P² where kappa or
the Matthews correlation is printed; the largest number of misses and false positives of one class;
and those of the positive class where binary scores are printed."""
Points = tuple[tuple[int, int], ...]


def enumerate_counts(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range
) -> tuple[bool, Counts | None]:
    """Try all counts; return whether that was possible, and the counts found if any."""
    zero = (Fraction(0),) * len(constraints.averages)
    states: dict[State, Points] = {(0, 0, zero, 0, 0, 0, None): ()}
    for index, counts in enumerate(classes[:-1]):
        if len(states) * counts.size > MOST_STEPS:
            return False, None
        states = _add_class(constraints, states, index, counts, errors.stop - 1)
        if len(states) > MOST_STATES:
            return False, None
    return _finish(constraints, states, classes[-1], errors)


def _add_class(
    constraints: Constraints,
    states: dict[State, Points],
    index: int,
    counts: ClassCounts,
    most: int,
) -> dict[State, Points]:
    added: dict[State, Points] = {}
    marked = bool(constraints.binary) and index == constraints.positive
    options = [(*point, *_parts(constraints, index, point)) for point in counts.points()]
    for (all_missed, all_false, sums, chance, spread, largest, positive), points in states.items():
        for missed, false, scores, by_chance, square in options:
            if all_missed + missed > most or all_false + false > most:
                continue
            state = (
                all_missed + missed,
                all_false + false,
                tuple(map(add, sums, scores)),
                chance + by_chance,
                spread + square,
                max(largest, missed + false),
                (missed, false) if marked else positive,
            )
            added.setdefault(state, (*points, (missed, false)))
    return added


def _parts(
    constraints: Constraints, index: int, point: tuple[int, int]
) -> tuple[tuple[Fraction, ...], int, int]:
    """Return what a class adds to each average, to Σ n·P and to Σ P², where these are needed.

    Where they are not, they are 0: fewer states that way.
    """
    support, zero = constraints.supports[index], constraints.zero_division
    scores = tuple(
        average.value(index, point, support, constraints.total, zero)
        for average in constraints.averages
    )
    if constraints.kappa is None and constraints.mcc is None:
        return scores, 0, 0
    predicted = support - point[0] + point[1]
    return scores, support * predicted, predicted**2 if constraints.mcc is not None else 0


def _finish(
    constraints: Constraints, states: dict[State, Points], last: ClassCounts, errors: range
) -> tuple[bool, Counts | None]:
    by_balance: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for missed, false in last.points():
        by_balance[missed - false].append((missed, false))
    for (all_missed, all_false, *_), points in states.items():
        for missed, false in by_balance.get(all_false - all_missed, ()):
            if all_missed + missed not in errors:
                continue
            counts = as_counts(constraints.supports, (*points, (missed, false)))
            if satisfies(constraints, counts):
                return True, counts
    return True, None


def rule_out(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range
) -> bool | None:
    """Return True where no counts have the sums asked for, None where there are too many to try."""
    least = sum(int(counts.missed[0]) for counts in classes)
    least_false = sum(int(counts.low.min()) for counts in classes)
    shape = (errors.stop - least, errors.stop - least_false)
    points = sum(counts.size for counts in classes)
    if points > MOST_POINTS or shape[0] * shape[1] * points > MOST_CELLS:
        return None
    possible = set(errors)
    for average in constraints.averages or (None,):
        lowest, highest = _reach(constraints, average, classes, shape)
        possible = {
            wrong
            for wrong in possible
            if _may_fit(average, lowest, highest, (wrong - least, wrong - least_false))
        }
        if not possible:
            return True
    return False


def _may_fit(average: Average | None, lowest: Grid, highest: Grid, cell: tuple[int, int]) -> bool:
    if min(cell) < 0 or int(highest[cell]) < 0:
        return False
    if average is None:
        return True
    wanted = average.allowed.scaled(SCALE)
    return int(highest[cell]) >= wanted.low and int(lowest[cell]) <= wanted.high


Grid = NDArray[np.int64]
_FAR = 2**62
"""More than any scaled sum: marks sums that cannot be reached."""


def _reach(
    constraints: Constraints,
    average: Average | None,
    classes: Sequence[ClassCounts],
    shape: tuple[int, int],
) -> tuple[Grid, Grid]:
    """Return the lowest and highest sum of an average × `SCALE` for every sum of misses and false
    positives above the least, `[misses, false positives]`; 0 where there is no average.
    """
    lowest, highest = np.full(shape, _FAR), np.full(shape, -_FAR)
    lowest[0, 0] = highest[0, 0] = 0
    for index, counts in enumerate(classes):
        points = np.array(list(counts.points()))
        scores = (np.zeros(len(points), dtype=np.int64),) * 2
        if average is not None:
            scores = scaled_scores(constraints, average, index, points[:, 0], points[:, 1])
        moves = points - [counts.missed[0], counts.low.min()]
        lowest, highest = _extend(moves, scores, lowest, highest)
    return lowest, highest


def _extend(
    moves: NDArray[np.int64],
    scores: tuple[NDArray[np.int64], NDArray[np.int64]],
    lowest: Grid,
    highest: Grid,
) -> tuple[Grid, Grid]:
    new_lowest, new_highest = np.full_like(lowest, _FAR), np.full_like(highest, -_FAR)
    height, width = lowest.shape
    for (down, right), low, high in zip(moves.tolist(), *scores, strict=True):
        if down >= height or right >= width:
            continue
        old, new = np.s_[: height - down, : width - right], np.s_[down:, right:]
        np.minimum(new_lowest[new], lowest[old] + low, out=new_lowest[new])
        np.maximum(new_highest[new], highest[old] + high, out=new_highest[new])
    return new_lowest, new_highest
