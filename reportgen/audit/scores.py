"""The scores of a confusion matrix, in exact arithmetic.

Scores of one class are functions of its support n, the total N, its false negatives FN and its
false positives FP. Scores of a positive class against a negative one are functions of TP, FP, FN
and TN; they are those that mlscorecheck lists (Fazekas & Kovács 2023, arXiv 2310.12527).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reportgen.config.checks import F_BETA

Numbers = Any
"""Whole numbers, or NumPy arrays of floats: every formula takes both."""

CLASS_SCORES = ("precision", "recall", "f1", "specificity", "npv")
"""Scores that a table prints for each class, that class against all others."""


def class_ratio(
    score: str, support: Numbers, total: Numbers, missed: Numbers, false: Numbers
) -> Ratio:
    """Return a score of one class against all others; 0 / 0 where it is undefined.

    `missed`: false negatives; `false`: false positives.
    """
    return score_formula(score)(support - missed, false, missed, total - support - false)


_NAMES = {"mcc": "Matthews correlation", "kappa": "Cohen’s kappa", "f1": "F1"}


def metric_name(metric: str) -> str:
    """Return the name of a metric in words: `macro_f1` → `macro F1`."""
    name = metric.removeprefix("binary.").replace("_", " ")
    return _NAMES.get(name, name.replace("f1", "F1").replace("npv", "negative predictive value"))


@dataclass(frozen=True)
class Ratio:
    """numerator / denominator, or numerator / √denominator."""

    numerator: Numbers
    denominator: Numbers
    root: bool = False


Formula = Callable[[Numbers, Numbers, Numbers, Numbers], Ratio]


def _matthews(tp: Numbers, fp: Numbers, fn: Numbers, tn: Numbers) -> Ratio:
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return Ratio(tp * tn - fp * fn, margins, root=True)


def _geometric_mean(tp: Numbers, fp: Numbers, fn: Numbers, tn: Numbers) -> Ratio:
    """√(a / b) is a / √(a·b)."""
    product = tp * tn
    return Ratio(product, product * (tp + fn) * (tn + fp), root=True)


def _balanced_accuracy(tp: Numbers, fp: Numbers, fn: Numbers, tn: Numbers) -> Ratio:
    positive, negative = tp + fn, tn + fp
    return Ratio(tp * negative + tn * positive, 2 * positive * negative)


BINARY_SCORES: dict[str, Formula] = {
    "accuracy": lambda tp, fp, fn, tn: Ratio(tp + tn, tp + fp + fn + tn),
    "error_rate": lambda tp, fp, fn, tn: Ratio(fp + fn, tp + fp + fn + tn),
    "recall": lambda tp, fp, fn, tn: Ratio(tp, tp + fn),
    "specificity": lambda tp, fp, fn, tn: Ratio(tn, tn + fp),
    "precision": lambda tp, fp, fn, tn: Ratio(tp, tp + fp),
    "npv": lambda tp, fp, fn, tn: Ratio(tn, tn + fn),
    "false_positive_rate": lambda tp, fp, fn, tn: Ratio(fp, tn + fp),
    "false_negative_rate": lambda tp, fp, fn, tn: Ratio(fn, tp + fn),
    "false_discovery_rate": lambda tp, fp, fn, tn: Ratio(fp, tp + fp),
    "false_omission_rate": lambda tp, fp, fn, tn: Ratio(fn, tn + fn),
    "balanced_accuracy": _balanced_accuracy,
    "mcc": _matthews,
    "kappa": lambda tp, fp, fn, tn: Ratio(
        2 * (tp * tn - fp * fn), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
    ),
    "jaccard": lambda tp, fp, fn, tn: Ratio(tp, tp + fp + fn),
    "fowlkes_mallows": lambda tp, fp, fn, tn: Ratio(tp, (tp + fp) * (tp + fn), root=True),
    "geometric_mean": _geometric_mean,
    "unified_performance": lambda tp, fp, fn, tn: Ratio(
        4 * tp * tn, 4 * tp * tn + (tp + tn) * (fp + fn)
    ),
    "markedness": lambda tp, fp, fn, tn: Ratio(tp * tn - fp * fn, (tp + fp) * (tn + fn)),
    "informedness": lambda tp, fp, fn, tn: Ratio(tp * tn - fp * fn, (tp + fn) * (tn + fp)),
    "positive_likelihood_ratio": lambda tp, fp, fn, tn: Ratio(tp * (tn + fp), fp * (tp + fn)),
    "negative_likelihood_ratio": lambda tp, fp, fn, tn: Ratio(fn * (tn + fp), tn * (tp + fn)),
    "diagnostic_odds_ratio": lambda tp, fp, fn, tn: Ratio(tp * tn, fp * fn),
}
"""Scores of a positive class: name → formula of TP, FP, FN, TN. F-beta is in `score_formula`."""
NOT_AFFINE = {"mcc", "kappa", "fowlkes_mallows", "geometric_mean", "unified_performance"}
NOT_AFFINE |= {"markedness", "positive_likelihood_ratio", "negative_likelihood_ratio"}
NOT_AFFINE |= {"diagnostic_odds_ratio"}
"""Scores that are not one affine function of FN and FP divided by another."""


def score_formula(score: str) -> Formula:
    """Return the formula of a score; F-beta and its negative for every β, as `f0_5_negative`.

    Raises KeyError for a name that is no score.
    """
    if score in BINARY_SCORES:
        return BINARY_SCORES[score]
    found = F_BETA.fullmatch(score)
    if found is None:
        raise KeyError(score)
    square = Fraction(found["beta"].replace("_", ".")) ** 2
    hit, missed, false = (square + 1).numerator, square.numerator, square.denominator
    if found["negative"]:
        return lambda tp, fp, fn, tn: Ratio(hit * tn, hit * tn + missed * fp + false * fn)
    return lambda tp, fp, fn, tn: Ratio(hit * tp, hit * tp + missed * fn + false * fp)


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

    @property
    def shows_undefined(self) -> bool:
        """Whether a score that is 0 / 0 may be printed so: as 0 or as 1."""
        return Fraction(0) in self or Fraction(1) in self

    def complement(self) -> Range:
        """Return the range of 1 minus the value."""
        return Range(1 - self.high, 1 - self.low)

    def scaled(self, factor: int) -> Range:
        """Return the range of `factor` times the value."""
        return Range(self.low * factor, self.high * factor)

    def holds(self, ratio: Ratio) -> bool:
        """Whether a ratio of whole numbers lies in the range; 0 / 0 may be printed as 0 or as 1.

        A number over zero is infinite, so it is in no range.
        """
        if ratio.denominator == 0:
            return ratio.numerator == 0 and self.shows_undefined
        if not ratio.root:
            return Fraction(ratio.numerator, ratio.denominator) in self
        square = Fraction(ratio.numerator**2, ratio.denominator)
        signed = square if ratio.numerator >= 0 else -square
        return _signed_square(self.low) <= signed <= _signed_square(self.high)


def _signed_square(value: Fraction) -> Fraction:
    return value * abs(value)
