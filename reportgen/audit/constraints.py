"""What tables of figures demand of the evaluations behind them, in exact arithmetic.

For class k with support nₖ let FNₖ be its false negatives and FPₖ its false positives. Every figure
is a function of these (`scores`); an average over classes is Σ weightₖ · scoreₖ. A printed figure
leaves a closed range of values that print so (the GRIM test: Brown & Heathers 2017).

Predictions outside the listed classes are the false positives of one more class, with support 0,
which comes last and has no part in the averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.scores import Numbers, Range, Ratio, class_ratio

Floats = NDArray[np.float64]
Counts = tuple[tuple[int, int], ...]
"""For each class: true positives, and how often it was predicted."""


@dataclass(frozen=True)
class Demand:
    """One figure and the range in which it must lie."""

    metric: str
    """A score of one class, or a figure of the whole table such as `macro_f1`."""
    index: int | None
    """The class; None for a figure of the whole table."""
    allowed: Range

    @property
    def average(self) -> tuple[str, str] | None:
        """`("macro", "f1")` for an average over classes, `("", "f1")` for a score of one class."""
        if self.index is not None:
            return "", self.metric
        kind, _, score = self.metric.partition("_")
        if self.metric == "accuracy":
            return "weighted", "recall"
        return (kind, score) if kind in ("macro", "weighted") else None


@dataclass(frozen=True)
class Constraints:
    """All that must hold for evaluations of these supports."""

    supports: tuple[int, ...]
    demands: tuple[Demand, ...]
    outside: bool = False
    """Whether the last class collects predictions outside the listed ones."""

    @property
    def total(self) -> int:
        """How many examples there are."""
        return sum(self.supports)

    @property
    def listed(self) -> int:
        """How many classes the table lists."""
        return len(self.supports) - self.outside


@dataclass(frozen=True)
class Evaluation:
    """The margins of one confusion matrix."""

    supports: tuple[int, ...]
    missed: tuple[int, ...]
    """False negatives of each class."""
    false: tuple[int, ...]
    """False positives of each class."""

    @property
    def is_realisable(self) -> bool:
        """Whether there is a confusion matrix with these margins.

        FNₖ and FPₖ are the margins of a matrix of whole numbers with a zero diagonal where
        Σ FN = Σ FP and FPₖ ≤ Σ FN − FNₖ for every class (Gale 1957, Ryser 1957: each class's false
        positives must find room among the other classes' misses).
        """
        wrong = sum(self.missed)
        pairs = list(zip(self.missed, self.false, strict=True))
        return sum(self.false) == wrong and all(
            0 <= missed <= support and 0 <= false <= wrong - missed
            for support, (missed, false) in zip(self.supports, pairs, strict=True)
        )

    @property
    def counts(self) -> Counts:
        """True positives of each class, and how often it was predicted."""
        rows = zip(self.supports, self.missed, self.false, strict=True)
        return tuple((n - missed, n - missed + false) for n, missed, false in rows)


def weights(constraints: Constraints, demand: Demand, supports: Sequence[int]) -> list[Fraction]:
    """Return what each class weighs in a figure, in an evaluation of these supports."""
    kind, _ = demand.average or ("", "")
    if kind == "macro":
        share = Fraction(1, constraints.listed)
        return [share] * constraints.listed + [Fraction(0)] * constraints.outside
    if kind == "weighted":
        return [Fraction(n, sum(supports)) for n in supports]
    return [Fraction(index == demand.index) for index in range(len(supports))]


def satisfies(
    constraints: Constraints, evaluations: Sequence[Evaluation], undefined: int = 0
) -> bool:
    """Whether these evaluations exist, and their average gives every figure.

    `undefined`: what a score that is 0 / 0 counts in an average; by itself, of one evaluation, it
    may be printed as 0 or as 1.
    """
    return all(evaluation.is_realisable for evaluation in evaluations) and all(
        _holds(constraints, demand, evaluations, undefined) for demand in constraints.demands
    )


def _holds(
    constraints: Constraints, demand: Demand, evaluations: Sequence[Evaluation], undefined: int
) -> bool:
    ratios = [demand_ratios(constraints, demand, each) for each in evaluations]
    if len(ratios) == 1 and len(ratios[0]) == 1 and ratios[0][0][0] == 1:
        return demand.allowed.holds(ratios[0][0][1])
    terms = [term for each in ratios for term in each]
    if any(ratio.root for _, ratio in terms):
        # Not rational: a range a little narrower than the printed one, with room for float error.
        mean = sum(float(w) * _value(r, undefined) for w, r in terms) / len(ratios)
        return float(demand.allowed.low) + 1e-12 < mean < float(demand.allowed.high) - 1e-12
    if any(ratio.denominator == 0 and ratio.numerator for _, ratio in terms):
        return False
    summed = sum(
        (
            w * (Fraction(r.numerator, r.denominator) if r.denominator else undefined)
            for w, r in terms
        ),
        Fraction(0),
    )
    return summed / len(ratios) in demand.allowed


def _value(ratio: Ratio, undefined: int) -> float:
    if not ratio.denominator:
        return undefined
    numerator, denominator = float(ratio.numerator), float(ratio.denominator)
    return numerator / (denominator**0.5 if ratio.root else denominator)


def demand_ratios(
    constraints: Constraints, demand: Demand, evaluation: Evaluation
) -> list[tuple[Fraction, Ratio]]:
    """Return weights and ratios of which a figure of one evaluation is the sum."""
    n, total = evaluation.supports, sum(evaluation.supports)
    if demand.average is None:
        rows = list(zip(evaluation.missed, evaluation.false, strict=True))
        return [(Fraction(1), overall_ratio(demand.metric, n, rows, constraints.outside))]
    shares = weights(constraints, demand, n)
    return [
        (
            share,
            class_ratio(demand.average[1], n[k], total, evaluation.missed[k], evaluation.false[k]),
        )
        for k, share in enumerate(shares)
        if share
    ]


def overall_ratio(
    metric: str, supports: Sequence[int], pairs: Sequence[tuple[Numbers, Numbers]], outside: bool
) -> Ratio:
    """Return a figure of the whole matrix that is no sum over classes.

    Cohen's kappa and Matthews' correlation of any number of classes (Gorodkin 2004), and the micro
    averages that predictions outside the listed classes set apart from the accuracy.
    """
    total = sum(supports)
    true = total - sum(missed for missed, _ in pairs)
    elsewhere = pairs[-1][1] if outside else 0
    if metric == "micro_precision":
        return Ratio(true, total - elsewhere)
    if metric == "micro_f1":
        return Ratio(2 * true, 2 * total - elsewhere)
    predicted = [n - missed + false for n, (missed, false) in zip(supports, pairs, strict=True)]
    chance = sum(n * p for n, p in zip(supports, predicted, strict=True))
    if metric == "kappa":
        return Ratio(total * true - chance, total**2 - chance)
    spread = (total**2 - sum(p * p for p in predicted)) * (total**2 - sum(n * n for n in supports))
    return Ratio(total * true - chance, spread, root=True)
