"""What a table of figures demands of the confusion matrix behind it, in exact arithmetic.

For class k with support nₖ let FNₖ be its false negatives and FPₖ its false positives. Every figure
is a function of these (`scores`); an average over classes is Σ weightₖ · scoreₖ. A printed figure
leaves a closed range of values that print so (the GRIM test: Brown & Heathers 2017).

Predictions outside the listed classes are the false positives of one more class, with support 0,
which comes last and has no part in the averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.scores import BINARY_SCORES, Numbers, Range, Ratio, class_ratio

Counts = tuple[tuple[int, int], ...]
"""For each class: true positives, and how often it was predicted."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClassRanges:
    """What is printed about one class."""

    precision: Range | None = None
    recall: Range | None = None
    f1: Range | None = None
    specificity: Range | None = None
    npv: Range | None = None


@dataclass(frozen=True)
class Average:
    """Σ weightₖ · scoreₖ over the classes, and the range in which it must lie."""

    name: str
    """As it is printed, such as `macro_f1`."""
    score: str
    weights: tuple[int, ...]
    allowed: Range
    """Of the sum, not divided by the sum of the weights."""

    def value(
        self, index: int, pair: tuple[int, int], support: int, total: int, zero: int
    ) -> Fraction:
        """Return weight · score of one class with these false negatives and false positives."""
        if not self.weights[index]:
            return Fraction(0)
        numerator, denominator = class_ratio(self.score, support, total, *pair)
        value = Fraction(numerator, denominator) if denominator else Fraction(zero)
        return self.weights[index] * value

    def values(
        self, index: int, support: int, total: int, missed: Floats, false: Floats, zero: int
    ) -> Floats:
        """Return weight · score of one class for many false negatives and false positives."""
        shape = np.broadcast(missed, false).shape
        if not self.weights[index]:
            return np.zeros(shape)
        numerator, denominator = class_ratio(self.score, support, total, missed, false)
        defined = np.broadcast_to(denominator, shape) > 0
        filled = np.full(shape, float(zero))
        np.divide(numerator, denominator, out=filled, where=defined)
        return self.weights[index] * filled


@dataclass(frozen=True)
class Constraints:
    """All that must hold for a confusion matrix with these supports."""

    supports: tuple[int, ...]
    classes: tuple[ClassRanges, ...]
    accuracy: Range | None = None
    micro_precision: Range | None = None
    micro_f1: Range | None = None
    mcc: Range | None = None
    kappa: Range | None = None
    averages: tuple[Average, ...] = ()
    binary: tuple[tuple[str, Range], ...] = ()
    """Scores of the class `positive` against the rest."""
    positive: int = 0
    outside: bool = False
    """Whether the last class collects predictions outside the listed ones."""
    zero_division: int = 0
    """What a score that is 0 / 0 counts in an average: 0 or 1."""

    @property
    def total(self) -> int:
        """How many examples there are."""
        return sum(self.supports)

    def with_zero_division(self, value: int) -> Constraints:
        """Return the same, with `value` for scores that are 0 / 0."""
        return replace(self, zero_division=value)

    def average_values(self, index: int, missed: Floats, false: Floats) -> Floats:
        """Return `[averages, …]`: what one class adds to each average."""
        support, zero = self.supports[index], self.zero_division
        rows = [
            average.values(index, support, self.total, missed, false, zero)
            for average in self.averages
        ]
        return np.array(rows).reshape(len(rows), *np.broadcast(missed, false).shape)


def satisfies(constraints: Constraints, counts: Counts) -> bool:
    """Whether these counts are a confusion matrix's and give every printed figure.

    FNₖ and FPₖ are the margins of a matrix of whole numbers with a zero diagonal where Σ FN = Σ FP
    and FPₖ ≤ Σ FN − FNₖ for every class (Gale 1957, Ryser 1957: each class's false positives must
    find room among the other classes' misses).
    """
    pairs = [
        (support - true, predicted - true)
        for support, (true, predicted) in zip(constraints.supports, counts, strict=True)
    ]
    wrong = sum(missed for missed, _ in pairs)
    realisable = (
        sum(false for _, false in pairs) == wrong
        and all(
            0 <= missed <= support and false >= 0
            for support, (missed, false) in zip(constraints.supports, pairs, strict=True)
        )
        and all(missed + false <= wrong for missed, false in pairs)
    )
    return realisable and _figures_fit(constraints, pairs, wrong)


def _figures_fit(constraints: Constraints, pairs: Sequence[tuple[int, int]], wrong: int) -> bool:
    total = constraints.total
    return (
        all(
            class_fits(ranges, support, total, *pair)
            for ranges, support, pair in zip(
                constraints.classes, constraints.supports, pairs, strict=True
            )
        )
        and all(_average_fits(constraints, average, pairs) for average in constraints.averages)
        and all(
            wanted is None or wanted.holds(ratio)
            for wanted, ratio in overall_ratios(constraints, pairs, wrong)
        )
    )


def class_fits(ranges: ClassRanges, support: int, total: int, missed: int, false: int) -> bool:
    """Whether one class's counts give what is printed about it."""
    return all(
        wanted is None or wanted.holds(Ratio(*class_ratio(score, support, total, missed, false)))
        for score, wanted in vars(ranges).items()
    )


def _average_fits(
    constraints: Constraints, average: Average, pairs: Sequence[tuple[int, int]]
) -> bool:
    supports = enumerate(zip(constraints.supports, pairs, strict=True))
    zero, total = constraints.zero_division, constraints.total
    summed = sum(average.value(k, pair, n, total, zero) for k, (n, pair) in supports)
    return Fraction(summed) in average.allowed


def overall_ratios(
    constraints: Constraints, pairs: Sequence[tuple[Numbers, Numbers]], wrong: Numbers
) -> list[tuple[Range | None, Ratio]]:
    """Return each figure of the whole matrix: its range, and its value as a ratio."""
    total, true = constraints.total, constraints.total - wrong
    elsewhere = pairs[-1][1] if constraints.outside else 0
    missed, false = pairs[constraints.positive]
    support = constraints.supports[constraints.positive]
    square = (support - missed, false, missed, total - support - false)
    return [
        (constraints.accuracy, Ratio(true, total)),
        (constraints.micro_precision, Ratio(true, total - elsewhere)),
        (constraints.micro_f1, Ratio(2 * true, 2 * total - elsewhere)),
        *_agreement_ratios(constraints, pairs, true),
        *((wanted, BINARY_SCORES[name](*square)) for name, wanted in constraints.binary),
    ]


def _agreement_ratios(
    constraints: Constraints, pairs: Sequence[tuple[Numbers, Numbers]], true: Numbers
) -> list[tuple[Range | None, Ratio]]:
    """Return Cohen's kappa and Matthews' correlation of any number of classes (Gorodkin 2004)."""
    total, supports = constraints.total, constraints.supports
    predicted = [n - missed + false for n, (missed, false) in zip(supports, pairs, strict=True)]
    chance = sum(n * p for n, p in zip(supports, predicted, strict=True))
    spread = (total**2 - sum(p * p for p in predicted)) * (total**2 - sum(n * n for n in supports))
    covariance = total * true - chance
    return [
        (constraints.kappa, Ratio(covariance, total**2 - chance)),
        (constraints.mcc, Ratio(covariance, spread, root=True)),
    ]
