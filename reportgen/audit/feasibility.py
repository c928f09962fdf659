"""Looking for evaluations that give all figures, or showing that there are none.

Two programmes are put to the solver (`programme`). In the first, the margins of each class are
whole numbers, and a score that is no linear function of them is a variable between the planes that
enclose it (McCormick 1976): where it has no solution, nothing has. In the second, each class takes
one of a list of margins, with its scores as they are: all margins where they are few, else some of
them near the first solution. Where it lists all and has no solution, nothing has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from reportgen.audit.classes import ClassCounts, Integers, affine_ratio
from reportgen.audit.constraints import Constraints, Demand, Floats, weights
from reportgen.audit.programme import WIDENED, Expression, Programme
from reportgen.audit.question import (
    INFINITE,
    Found,
    Question,
    divide,
    evaluation_of,
    square_points,
    try_all,
)
from reportgen.audit.scores import NOT_AFFINE, class_ratio

MOST_LISTED = 1_500
"""Margins in a programme that lists them all, or some."""
FEWEST_SAMPLED, MOST_CELLS = 12, 60

Counts = Mapping[tuple[int, ...], Sequence[ClassCounts]]
Margins = list[tuple[Expression, Expression]]
"""Misses and false positives of each class of an evaluation."""


def find_evaluations(question: Question) -> Found:
    """Answer a question, as far as it can be decided."""
    counts = {supports: question.counts(supports) for supports in set(question.supports)}
    if any(not each.size for each in chain(*counts.values())):
        return "impossible"
    if len(question.supports) == 1 and question.is_square and not question.any_number:
        return try_all(question, counts[question.supports[0]])
    relaxed = _solve_relaxed(question, counts)
    if relaxed is None or relaxed == "impossible" or isinstance(relaxed, tuple):
        return relaxed
    demands = question.constraints.demands
    several = len(question.supports) > 1 and not question.is_square
    # Of several evaluations, these figures are no sums over classes.
    apart = several and any(demand.average is None for demand in demands)
    cells = len(question.supports) * len(question.constraints.supports)
    if question.any_number or apart or (several and cells > MOST_CELLS):
        return None
    return _solve_listed(question, counts, relaxed)


def _require_margins(programme: Programme, margins: Margins) -> None:
    """Require what every matrix keeps."""
    wrong, given = Expression(), Expression()
    for missed, false in margins:
        wrong, given = wrong + missed, given + false
    programme.require(wrong + given * -1, 0, 0)
    for missed, false in margins:
        programme.require(missed + false + wrong * -1, -np.inf, 0)


def _solve_relaxed(question: Question, counts: Counts) -> Found | list[Floats]:
    """Solve for the margins alone; return evaluations where these give all figures."""
    programme, every, whole = Programme(), list[Margins](), not question.any_number
    for supports in question.supports:
        margins = [
            (
                programme.variable(int(each.missed[0]), int(each.missed[-1]), whole),
                programme.variable(int(each.low.min()), int(each.high.max()), whole),
            )
            for each in counts[supports]
        ]
        _require_margins(programme, margins)
        every.append(margins)
    for demand in question.constraints.demands:
        if demand.average is None:
            if len(every) == 1 and demand.metric != "mcc" and whole:
                _require_overall(programme, question.constraints, demand, every[0])
        elif demand.average[1] not in NOT_AFFINE:
            _require_mean(programme, question, demand, every, counts)
    solution = programme.solve()
    if solution is None or isinstance(solution, str):
        return None if solution is None else "impossible"
    found = [
        np.array([[part.value(solution) for part in pair] for pair in margins]) for margins in every
    ]
    evaluations = tuple(
        evaluation_of(supports, np.round(pairs).tolist())
        for supports, pairs in zip(question.supports, found, strict=True)
    )
    return evaluations if question.fits(evaluations) else found


def _require_mean(
    programme: Programme,
    question: Question,
    demand: Demand,
    every: Sequence[Margins],
    counts: Counts,
) -> None:
    summed, score = Expression(), (demand.average or ("", ""))[1]
    for supports, margins in zip(question.supports, every, strict=True):
        for k, share in enumerate(weights(question.constraints, demand, supports)):
            if share:
                sizes = (supports[k], sum(supports))
                term = _enclose(programme, score, sizes, margins[k], counts[supports][k])
                summed += term * (float(share) / len(every))
    programme.require_range(summed, demand.allowed)


def _enclose(
    programme: Programme,
    score: str,
    sizes: tuple[int, int],
    margins: tuple[Expression, Expression],
    counts: ClassCounts,
) -> Expression:
    """Return a score as an expression: exact where it is linear, else enclosed by four planes."""
    numerator, denominator = (
        Expression(constant=part[0]) + margins[0] * part[1] + margins[1] * part[2]
        for part in affine_ratio(score, *sizes)
    )
    bottom = affine_ratio(score, *sizes)[1]
    if not bottom[1] and not bottom[2] and bottom[0]:
        return numerator * (1 / bottom[0])
    missed = counts.missed.astype(np.float64)
    ends = [counts.low.astype(np.float64), counts.high.astype(np.float64)]
    scores = np.array([divide(class_ratio(score, *sizes, missed, end), np.nan) for end in ends])
    widths = [bottom[0] + bottom[1] * missed + bottom[2] * end for end in ends]
    if np.isnan(scores).any():
        # A score that is 0 / 0 counts as 0 or as 1.
        scores = np.append(np.nan_to_num(scores), [0, 1])
    (s0, s1), (d0, d1) = ((float(np.min(x)), float(np.max(x))) for x in (scores, widths))
    value = programme.variable(s0 - 1e-9, s1 + 1e-9, whole=False)
    for s, d, sign in ((s0, d0, 1), (s1, d1, 1), (s1, d0, -1), (s0, d1, -1)):
        # sign · (score − s) · (denominator − d) ≥ 0, where score · denominator is the numerator.
        plane = numerator + denominator * -s + value * -d + Expression(constant=s * d)
        programme.require(plane * (sign / max(d1, 1)), -1e-6, np.inf)
    return value


def _require_overall(
    programme: Programme, constraints: Constraints, demand: Demand, margins: Margins
) -> None:
    """Require a figure of one matrix that is a ratio of linear functions of its margins."""
    total = constraints.total
    true, chance = Expression(constant=total), Expression()
    for n, (missed, false) in zip(constraints.supports, margins, strict=True):
        true += missed * -1
        chance += (Expression(constant=n) + missed * -1 + false) * (n / total)
    elsewhere = margins[-1][1] if constraints.outside else Expression()
    top, bottom = true, Expression(constant=total) + elsewhere * -1
    if demand.metric == "kappa":
        top, bottom = true + chance * -1, Expression(constant=total) + chance * -1
    elif demand.metric == "micro_f1":
        bottom = Expression(constant=total) + elsewhere * -0.5
    scale = 1 / total / max(float(demand.allowed.high - demand.allowed.low), 1e-9)
    for bound, sign in ((demand.allowed.low, 1), (demand.allowed.high, -1)):
        programme.require((top + bottom * -float(bound)) * (sign * scale), -WIDENED, np.inf)


@dataclass(frozen=True)
class _Cell:
    """Some classes of an evaluation that are decided together, and the points they may take."""

    members: tuple[int, ...]
    points: Integers
    """`[points, 2]`: misses and false positives of the first member."""
    chosen: Sequence[int]
    """The variable of each point."""

    def sum_of(self, values: Floats | Integers) -> Expression:
        """Return the value at the point that is taken."""
        return Expression(self.chosen, values.astype(np.float64))

    def margins(self) -> Margins:
        """Return the margins of each member."""
        pair = (self.sum_of(self.points[:, 0]), self.sum_of(self.points[:, 1]))
        return [pair, pair[::-1]][: len(self.members)]

    def pairs(self, solution: Floats) -> list[list[int]]:
        """Return the margins of each member in a solution."""
        point = self.points[int(np.argmax(solution[self.chosen]))].tolist()
        return [point, point[::-1]][: len(self.members)]


def _solve_listed(question: Question, counts: Counts, centres: Sequence[Floats]) -> Found:
    """Let each cell take one of its points: all, or some where there are too many."""
    size = sum(each.size for supports in question.supports for each in counts[supports])
    complete, programme, every = size <= MOST_LISTED, Programme(), list[list[_Cell]]()
    most = max(FEWEST_SAMPLED, MOST_LISTED // sum(map(len, question.supports)))
    for supports, centre in zip(question.supports, centres, strict=True):
        listed = list(_points(question, counts[supports], None if complete else centre, most))
        if any(not len(points) for _, points in listed):
            return "impossible" if complete else None
        every.append([_Cell(m, points, programme.choice(len(points))) for m, points in listed])
        if not question.is_square:
            _require_margins(programme, _margins_of(every[-1]))
    for demand in question.constraints.demands:
        complete &= _require_listed(programme, question, demand, every)
    solution = programme.solve()
    if solution is None or isinstance(solution, str):
        return "impossible" if solution is not None and complete else None
    evaluations = tuple(
        evaluation_of(supports, [pair for cell in cells for pair in cell.pairs(solution)])
        for supports, cells in zip(question.supports, every, strict=True)
    )
    return evaluations if question.fits(evaluations) else None


def _margins_of(cells: Sequence[_Cell]) -> Margins:
    return [pair for cell in cells for pair in cell.margins()]


def _require_listed(
    programme: Programme, question: Question, demand: Demand, every: Sequence[Sequence[_Cell]]
) -> bool:
    """Require a figure; return whether nothing is ruled out that gives it."""
    if demand.average is not None or question.is_square:
        summed = Expression()
        for supports, cells in zip(question.supports, every, strict=True):
            for cell in cells:
                values = question.values(demand, supports, cell.members, cell.points)
                undefined = np.isnan(values)
                values[undefined] = float(demand.allowed.low)
                refused = undefined & (not demand.allowed.shows_undefined) | (
                    abs(values) >= INFINITE
                )
                programme.forbid(cell.chosen, refused)
                summed += cell.sum_of(np.where(refused, 0, values) / len(every))
        programme.require_range(summed, demand.allowed)
        return True
    if len(every) > 1:
        return True
    if demand.metric == "mcc":
        _require_correlation(programme, question.constraints, demand, every[0])
        return False
    _require_overall(programme, question.constraints, demand, _margins_of(every[0]))
    return True


def _require_correlation(
    programme: Programme, constraints: Constraints, demand: Demand, cells: Sequence[_Cell]
) -> None:
    """Require the Matthews correlation of several classes, its root linearised at the supports.

    With Pₖ predictions of class k it is (N·TP − Σ nₖ·Pₖ) / √((N² − Σ Pₖ²)·(N² − Σ nₖ²)).
    """
    n, total = constraints.supports, constraints.total
    covariance, spread = Expression(constant=total), Expression(constant=1.0)
    for k, cell in enumerate(cells):
        missed, false = cell.points.T
        predicted = n[k] - missed + false
        covariance += cell.sum_of(-missed - n[k] / total * predicted)
        spread += cell.sum_of(-((predicted / total) ** 2))
    usual = 1 - sum((size / total) ** 2 for size in n)
    # √s ≈ √u + (s − u) / 2√u, and √u · √u is u.
    product = Expression(constant=usual / 2) + spread * 0.5
    width = float(demand.allowed.high - demand.allowed.low)
    for bound, sign in ((demand.allowed.low, 1), (demand.allowed.high, -1)):
        row = covariance * (1 / total) + product * -float(bound)
        programme.require(row * (sign / width), -WIDENED, np.inf)


def _points(
    question: Question, counts: Sequence[ClassCounts], centre: Floats | None, most: int
) -> Iterator[tuple[tuple[int, ...], Integers]]:
    """Yield the members of each cell and its points: all, or some near `centre`."""
    if question.is_square:
        points = _sample(counts[0], centre[0], 2 * most) if centre is not None else None
        yield (0, 1), square_points(*counts) if points is None else points
        return
    for k, each in enumerate(counts):
        yield (k,), each.points() if centre is None else _sample(each, centre[k], most)


def _sample(counts: ClassCounts, centre: Floats, most: int) -> Integers:
    """Return some points: near `centre`, and spread more thinly farther away."""
    if counts.size <= most:
        return counts.points()
    steps = np.array([0, 1, 2, 3, 5, 9, 20, 60, 200, 1000, 5000])
    row = int(np.searchsorted(counts.missed, round(float(centre[0]))))
    rows = np.clip(row + np.concatenate([steps, -steps]), 0, len(counts.missed) - 1)
    missed, low, high = (part[rows] for part in (counts.missed, counts.low, counts.high))
    # Along a strip of nearly constant F1, a miss more is a false positive less.
    nearest = round(float(centre[1])) - missed + round(float(centre[0]))
    near = [nearest, nearest * 0 + round(float(centre[1]))]
    columns = [*near, *(each + step for each in near for step in (-1, 1, 4)), missed, low, high]
    points = np.stack(
        [np.tile(missed, len(columns)), np.concatenate([np.clip(c, low, high) for c in columns])],
        axis=1,
    )
    points = np.unique(points, axis=0)
    distances = np.abs(points - np.round(centre)).sum(axis=1)
    order = np.argsort(distances, kind="stable")
    # Half of them the nearest, the others spread over all.
    spread = order[np.linspace(0, len(order) - 1, most // 2).astype(int)]
    chosen: Integers = points[np.unique(np.concatenate([order[: most - most // 2], spread]))]
    return chosen
