"""A question of feasibility: are there evaluations whose averages give all figures?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from reportgen.audit.classes import ClassCounts, Integers, count_class
from reportgen.audit.constraints import (
    Constraints,
    Demand,
    Evaluation,
    Floats,
    overall_ratio,
    satisfies,
    weights,
)
from reportgen.audit.scores import NOT_AFFINE, Range, Ratio, class_ratio

LINEAR = {"recall", "specificity", "false_positive_rate", "false_negative_rate", "informedness"}
LINEAR |= {"accuracy", "error_rate", "balanced_accuracy"}
"""Scores of one class that are linear in its margins."""

INFINITE = 1e12
"""Represents a number divided by zero."""

Found = tuple[Evaluation, ...] | Literal["impossible"] | None
"""Evaluations; or that there are none; or neither."""


@dataclass(frozen=True)
class Question:
    """Are there evaluations of these supports whose averages satisfy the constraints?"""

    constraints: Constraints
    supports: tuple[tuple[int, ...], ...]
    """`[evaluations][classes]`; one, where there is any number of evaluations alike."""
    undefined: int = 0
    """What a score that is 0 / 0 counts in an average: 0 or 1."""
    any_number: bool = False

    @property
    def is_linear(self) -> bool:
        """Whether every figure is a linear function of the margins."""
        return all(
            demand.average is not None and demand.average[1] in LINEAR
            for demand in self.constraints.demands
        )

    @property
    def is_square(self) -> bool:
        """Whether there are two classes: what one misses is then a false positive of the other."""
        return len(self.constraints.supports) == 2 and not self.constraints.outside

    def counts(self, supports: Sequence[int]) -> list[ClassCounts]:
        """Return the margins that each class may have in an evaluation of these supports."""
        total = sum(supports)
        return [count_class(n, total, self._ranges(supports, k)) for k, n in enumerate(supports)]

    def _ranges(self, supports: Sequence[int], index: int) -> dict[str, Range]:
        """Return score → range of a class in each evaluation of these supports.

        Scores are at most 1. So an average of r values that is at least x has no value below
        1 − r·(1 − x), and of a sum in which a value has the weight w none below 1 − (1 − x) / w.
        """
        count, total = len(self.supports), sum(supports)
        found: dict[str, Range] = {}
        for demand in () if self.any_number else self.constraints.demands:
            if demand.average is None or demand.average[1] in NOT_AFFINE:
                continue
            score, share = demand.average[1], weights(self.constraints, demand, supports)[index]
            lost = (1 - demand.allowed.low) * count
            if share:
                exact = count == 1 and share == 1
                allowed = Range(1 - lost / share, demand.allowed.high if exact else Fraction(1))
                found[score] = allowed.meet(found.get(score))
            if demand.metric == "accuracy" and total > supports[index]:
                # False positives are errors too.
                allowed = Range(1 - lost * total / (total - supports[index]), Fraction(1))
                found["specificity"] = allowed.meet(found.get("specificity"))
        return found

    def may_be_undefined(self) -> bool:
        """Whether a score that is averaged may be 0 / 0 in these evaluations."""
        averaged = {
            (demand.average[1], k)
            for demand in self.constraints.demands
            for k in range(len(self.constraints.supports))
            if demand.average and (demand.index is None or demand.index == k)
        }
        for supports in set(self.supports):
            for k, counts in enumerate(self.counts(supports)):
                missed, total = counts.missed.astype(np.float64), sum(supports)
                for score in {score for score, index in averaged if index == k and supports[k]}:
                    for end in (counts.low.astype(np.float64), counts.high.astype(np.float64)):
                        ratio = class_ratio(score, supports[k], total, missed, end)
                        if np.isnan(divide(ratio, np.nan)).any():
                            return True
        return False

    def fits(self, evaluations: Sequence[Evaluation]) -> bool:
        """Whether these evaluations are an answer, in exact arithmetic."""
        return satisfies(self.constraints, evaluations, self.undefined)

    def values(
        self, demand: Demand, supports: Sequence[int], members: Sequence[int], points: Integers
    ) -> Floats:
        """Return what the classes `members` add to a figure at each point of the first of them.

        NaN where a figure that is no average is 0 / 0.
        """
        undefined = np.nan if len(self.supports) == 1 else self.undefined
        first = points.T.astype(np.float64)
        pairs = [first, first[::-1]][: len(members)]
        if demand.average is None:
            both = [(missed, false) for missed, false in pairs]
            return divide(overall_ratio(demand.metric, supports, both, False), undefined)
        shares = weights(self.constraints, demand, supports)
        values = np.zeros(len(points))
        for k, (missed, false) in zip(members, pairs, strict=True):
            if shares[k]:
                ratio = class_ratio(demand.average[1], supports[k], sum(supports), missed, false)
                alone = undefined if shares[k] == 1 else self.undefined
                values += float(shares[k]) * divide(ratio, alone)
        return values


def divide(ratio: Ratio, undefined: float) -> Floats:
    """Return the values of a ratio of arrays, `undefined` where it is 0 / 0."""
    numerator, denominator = np.broadcast_arrays(ratio.numerator, ratio.denominator)
    divisor = np.sqrt(denominator) if ratio.root else np.asarray(denominator, dtype=np.float64)
    beyond = np.where(numerator == 0, undefined, np.sign(numerator) * INFINITE)
    found = np.divide(numerator, divisor, out=np.zeros(divisor.shape), where=divisor > 0)
    return np.where(divisor > 0, found, beyond)


def evaluation_of(supports: Sequence[int], pairs: Sequence[Sequence[float]]) -> Evaluation:
    """Return an evaluation from each class's misses and false positives."""
    missed, false = zip(*pairs, strict=True)
    return Evaluation(tuple(supports), tuple(map(int, missed)), tuple(map(int, false)))


def square_points(first: ClassCounts, second: ClassCounts) -> Integers:
    """Return the points of the first of two classes that the second agrees with."""
    points = first.points()
    rows = np.minimum(np.searchsorted(second.missed, points[:, 1]), len(second.missed) - 1)
    agrees = (second.missed[rows] == points[:, 1]) & (second.low[rows] <= points[:, 0])
    agreed: Integers = points[agrees & (points[:, 0] <= second.high[rows])]
    return agreed


def try_all(question: Question, counts: Sequence[ClassCounts]) -> Found:
    """Try every matrix of two classes; those that fit in floating point are checked exactly."""
    (supports,) = question.supports
    # Some 200,000 matrices at a time, to limit the memory.
    step = max(1, 200_000 // (int((counts[0].high - counts[0].low).max()) + 1))
    for start in range(0, len(counts[0].missed), step):
        points = square_points(counts[0].rows(slice(start, start + step)), counts[1])
        fits = np.ones(len(points), dtype=np.bool_)
        for demand in question.constraints.demands:
            values = question.values(demand, supports, (0, 1), points)
            slack = 1e-9 * (1 + np.abs(values))
            inside = (values >= float(demand.allowed.low) - slack) & (
                values <= float(demand.allowed.high) + slack
            )
            fits &= inside | np.isnan(values)
        for point in points[fits].tolist():
            evaluation = evaluation_of(supports, [point, point[::-1]])
            if question.fits([evaluation]):
                return (evaluation,)
    return "impossible"
