"""From printed figures to the constraints that they put on a confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reportgen.audit.constraints import Average, ClassRanges, Constraints
from reportgen.audit.scores import CLASS_SCORES, Range
from reportgen.config.checks import OVERALL
from reportgen.config.schema import PublishedTable, Rounding

AVERAGES = tuple(
    f"{average}_{score}" for average in ("macro", "weighted") for score in CLASS_SCORES
)
"""Averages over classes that a table may print."""

_UNITS_BELOW_AND_ABOVE: dict[Rounding, tuple[Fraction, Fraction]] = {
    "nearest": (Fraction(1, 2), Fraction(1, 2)),
    "half-even": (Fraction(1, 2), Fraction(1, 2)),
    "truncated": (Fraction(0), Fraction(1)),
    "any": (Fraction(1), Fraction(1)),
}


@dataclass(frozen=True)
class Figure:
    """One printed figure."""

    metric: str
    class_index: int | None
    """None for a figure of the whole table."""
    value: float

    def printed(self, decimals: int) -> str:
        """Return the figure as the paper prints it."""
        return f"{self.value:.{decimals}f}"


def printed_range(value: float, decimals: int, rounding: Rounding = "nearest") -> Range:
    """Return the values that may be printed as `value` with so many decimals.

    Both ends belong to it: software rounds binary fractions, so a tie may go either way, and a
    value that is a multiple of the unit may be truncated to the one below.
    """
    exact, unit = Fraction(Decimal(repr(value))), Fraction(1, 10**decimals)
    below, above = _UNITS_BELOW_AND_ABOVE[rounding]
    if rounding == "truncated" and value < 0:
        below, above = above, below
    return Range(exact - below * unit, exact + above * unit)


def table_figures(table: PublishedTable) -> Iterator[Figure]:
    """Yield every figure of a table."""
    for metric in OVERALL:
        value = getattr(table, metric)
        if value is not None:
            yield Figure(metric, None, value)
    for metric in CLASS_SCORES:
        for index, value in enumerate(getattr(table, metric) or ()):
            yield Figure(metric, index, value)
    for metric, value in table.binary.items():
        yield Figure(f"binary.{metric}", None, value)


@dataclass(frozen=True)
class Printed:
    """Figures, how many decimals they have, and how they were rounded."""

    figures: tuple[Figure, ...]
    decimals: int
    rounding: Rounding

    def ranges(self) -> Iterator[tuple[str, int | None, Range]]:
        """Yield metric, class and range of each figure."""
        for figure in self.figures:
            found = printed_range(figure.value, self.decimals, self.rounding)
            yield figure.metric, figure.class_index, found


def constraints_of(
    printed: Sequence[Printed], supports: Sequence[int], outside: bool = False, positive: int = 0
) -> Constraints:
    """Return what all printed figures together demand of one evaluation of these supports."""
    met: dict[tuple[str, int | None], Range] = {}
    for group in printed:
        for metric, index, found in group.ranges():
            place, bounds = _canonical(metric, index, found, len(supports), outside, positive)
            met[place] = bounds.meet(met.get(place))
    everything = (*supports, 0) if outside else tuple(supports)
    classes = [
        ClassRanges(**{score: met.get((score, index)) for score in CLASS_SCORES})
        for index in range(len(supports))
    ]
    whole = {metric: found for (metric, index), found in met.items() if index is None}
    return Constraints(
        supports=everything,
        classes=(*classes, ClassRanges()) if outside else tuple(classes),
        averages=tuple(_averages(whole, supports, outside)),
        binary=tuple(_binary(whole)),
        positive=positive,
        outside=outside,
        accuracy=whole.get("accuracy"),
        micro_precision=whole.get("micro_precision"),
        micro_f1=whole.get("micro_f1"),
        mcc=whole.get("mcc"),
        kappa=whole.get("kappa"),
    )


_EQUAL = {
    "micro_recall": "accuracy",
    "weighted_recall": "accuracy",
    "balanced_accuracy": "macro_recall",
}
_EQUAL_INSIDE = {"micro_precision": "accuracy", "micro_f1": "accuracy"}
_OF_THE_POSITIVE_CLASS = {
    "sensitivity": ("recall", False),
    "false_negative_rate": ("recall", True),
    "specificity": ("specificity", False),
    "false_positive_rate": ("specificity", True),
    "precision": ("precision", False),
    "false_discovery_rate": ("precision", True),
    "npv": ("npv", False),
    "false_omission_rate": ("npv", True),
    "f1": ("f1", False),
}
"""Binary scores that are a score of the positive class, or 1 minus it."""


def _canonical(
    metric: str, index: int | None, found: Range, classes: int, outside: bool, positive: int
) -> tuple[tuple[str, int | None], Range]:
    """Return the figure, and its range, to which a printed one is equal."""
    if metric.startswith("binary."):
        name = metric.removeprefix("binary.")
        score, complement = _OF_THE_POSITIVE_CLASS.get(name, ("", False))
        if score:
            return (score, positive), found.complement() if complement else found
        if name == "prevalence_threshold":
            return ("binary.positive_likelihood_ratio", None), _likelihood_ratio(found)
        if name == "error_rate" and classes == 2:
            return ("accuracy", None), found.complement()
        if name in ("accuracy", "balanced_accuracy", "mcc", "kappa") and classes == 2:
            metric = name
    metric = _EQUAL.get(metric, metric)
    return (metric if outside else _EQUAL_INSIDE.get(metric, metric), index), found


def _likelihood_ratio(threshold: Range) -> Range:
    """Return the positive likelihood ratio t of a prevalence threshold, 1 / (1 + √t)."""
    low, high = max(threshold.low, Fraction(1, 10**9)), max(threshold.high, Fraction(1, 10**9))
    return Range((1 / min(high, Fraction(1)) - 1) ** 2, (1 / low - 1) ** 2)


def _averages(whole: dict[str, Range], supports: Sequence[int], outside: bool) -> Iterator[Average]:
    for name in AVERAGES:
        if name in whole:
            kind, score = name.split("_", 1)
            weights = tuple(supports) if kind == "weighted" else (1,) * len(supports)
            allowed = whole[name].scaled(sum(weights))
            yield Average(name, score, (*weights, 0) if outside else weights, allowed)


def _binary(whole: dict[str, Range]) -> Iterator[tuple[str, Range]]:
    for metric, found in whole.items():
        if metric.startswith("binary."):
            yield metric.removeprefix("binary."), found
