"""What a table of figures asks of the counts behind it, in exact arithmetic.

For class k with support nₖ let TPₖ be its true positives and Pₖ how often it was predicted. Then
precision is TPₖ / Pₖ, recall TPₖ / nₖ and F1 is 2·TPₖ / (nₖ + Pₖ); accuracy and micro F1 are
Σ TPₖ / N, macro F1 is the mean of the unrounded F1s, weighted F1 their mean weighted by support.
A printed figure leaves a closed range of half a unit of its last decimal to either side, so that
rounding half up and half to even are both allowed for (the GRIM test: Brown & Heathers 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reportgen.config.schema import PublishedTable

Counts = tuple[tuple[int, int], ...]
"""For each class: true positives, and how often it was predicted."""


@dataclass(frozen=True)
class Range:
    """A closed range of values; empty where `low` exceeds `high`."""

    low: Fraction
    high: Fraction

    def __contains__(self, value: Fraction) -> bool:
        """Whether `value` lies in the range."""
        return self.low <= value <= self.high

    def meet(self, other: Range | None) -> Range:
        """Return the part that both ranges share."""
        if other is None:
            return self
        return Range(max(self.low, other.low), min(self.high, other.high))

    @property
    def is_empty(self) -> bool:
        """Whether no value lies in the range."""
        return self.low > self.high


def printed_range(value: float, decimals: int) -> Range:
    """Return the values that print as `value` with so many decimals."""
    exact = Fraction(Decimal(repr(value)))
    half_unit = Fraction(1, 2 * 10**decimals)
    return Range(exact - half_unit, exact + half_unit)


@dataclass(frozen=True)
class ClassRanges:
    """What is printed about one class."""

    precision: Range | None = None
    recall: Range | None = None
    f1: Range | None = None


@dataclass(frozen=True)
class Question:
    """Is there a confusion matrix with these supports that satisfies all of this at once?"""

    supports: tuple[int, ...]
    classes: tuple[ClassRanges, ...]
    accuracy: Range | None = None
    macro_f1: Range | None = None
    weighted_f1: Range | None = None

    @property
    def total(self) -> int:
        """How many examples there are."""
        return sum(self.supports)


def question_of(tables: Sequence[PublishedTable], supports: Sequence[int]) -> Question:
    """Return what all of `tables` together ask, had they been measured on these supports."""
    accuracies = [(table, table.accuracy) for table in tables]
    accuracies += [(table, table.micro_f1) for table in tables]
    return Question(
        supports=tuple(supports),
        classes=tuple(_class_ranges(tables, index) for index in range(len(supports))),
        accuracy=_meet(accuracies),
        macro_f1=_meet([(table, table.macro_f1) for table in tables]),
        weighted_f1=_meet([(table, table.weighted_f1) for table in tables]),
    )


def question_of_figure(
    metric: str, index: int | None, printed: Range, supports: Sequence[int]
) -> Question:
    """Return what one printed figure asks by itself; `index`: its class, if it is about one."""
    free = (ClassRanges(),) * len(supports)
    if index is not None:
        about = ClassRanges(**{metric: printed})
        return Question(tuple(supports), (*free[:index], about, *free[index + 1 :]))
    name = "accuracy" if metric == "micro_f1" else metric
    return Question(tuple(supports), free, **{name: printed})


def _class_ranges(tables: Sequence[PublishedTable], index: int) -> ClassRanges:
    return ClassRanges(
        precision=_meet([(t, t.precision[index] if t.precision else None) for t in tables]),
        recall=_meet([(t, t.recall[index] if t.recall else None) for t in tables]),
        f1=_meet([(t, t.f1[index] if t.f1 else None) for t in tables]),
    )


def _meet(figures: Sequence[tuple[PublishedTable, float | None]]) -> Range | None:
    met: Range | None = None
    for table, value in figures:
        if value is not None:
            met = printed_range(value, table.decimals).meet(met)
    return met


def satisfies(question: Question, counts: Counts) -> bool:
    """Whether these counts are a confusion matrix's and give every printed figure.

    FNₖ and FPₖ are the margins of a matrix of whole numbers with a zero diagonal where Σ FN = Σ FP
    and FPₖ ≤ Σ FN − FNₖ for every class (Gale 1957, Ryser 1957: each class's false positives must
    find room among the other classes' misses).
    """
    pairs = list(zip(question.supports, counts, strict=True))
    wrong = question.total - sum(true_positives for true_positives, _ in counts)
    realisable = (
        sum(predicted for _, predicted in counts) == question.total
        and all(
            0 <= true_positives <= min(n, predicted) for n, (true_positives, predicted) in pairs
        )
        and all(
            n + predicted - 2 * true_positives <= wrong for n, (true_positives, predicted) in pairs
        )
    )
    return realisable and _classes_fit(question, counts) and _averages_fit(question, counts)


def _classes_fit(question: Question, counts: Counts) -> bool:
    return all(
        class_fits(ranges, n, true_positives, predicted)
        for ranges, n, (true_positives, predicted) in zip(
            question.classes, question.supports, counts, strict=True
        )
    )


def class_fits(ranges: ClassRanges, support: int, true_positives: int, predicted: int) -> bool:
    """Whether one class's counts give what is printed about it.

    Precision of a class that was never predicted is 0 / 0, printed as 0 or as 1.
    """
    if ranges.recall is not None and Fraction(true_positives, support) not in ranges.recall:
        return False
    if ranges.f1 is not None and Fraction(2 * true_positives, support + predicted) not in ranges.f1:
        return False
    if ranges.precision is None:
        return True
    if predicted == 0:
        return Fraction(0) in ranges.precision or Fraction(1) in ranges.precision
    return Fraction(true_positives, predicted) in ranges.precision


def _averages_fit(question: Question, counts: Counts) -> bool:
    scores = [
        Fraction(2 * true_positives, n + predicted)
        for n, (true_positives, predicted) in zip(question.supports, counts, strict=True)
    ]
    weighted = sum(n * score for n, score in zip(question.supports, scores, strict=True))
    averages = (
        (
            question.accuracy,
            Fraction(sum(true_positives for true_positives, _ in counts), question.total),
        ),
        (question.macro_f1, sum(scores, Fraction(0)) / len(scores)),
        (question.weighted_f1, Fraction(weighted) / question.total),
    )
    return all(wanted is None or value in wanted for wanted, value in averages)
