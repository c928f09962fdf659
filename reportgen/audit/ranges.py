"""From printed figures to the constraints that they put on a confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reportgen.audit.constraints import Constraints, Demand
from reportgen.audit.scores import CLASS_SCORES, Range
from reportgen.config.checks import OVERALL
from reportgen.config.published import PublishedTable, Rounding

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
    # By its digits: the float is only the binary fraction nearest to what is printed.
    exact, unit = Fraction(Decimal(repr(value))), Fraction(1, 10**decimals)
    below, above = _UNITS_BELOW_AND_ABOVE[rounding]
    if rounding == "truncated" and value <= 0:
        # Towards zero: 0.0 may be what is left of a negative value, as of −0.05.
        below, above = Fraction(1), Fraction(0) if value else Fraction(1)
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


def constraints_of(
    printed: Iterable[tuple[Figure, Range]],
    supports: Sequence[int],
    outside: bool = False,
    positive: int = 0,
) -> Constraints:
    """Return what all printed figures together demand of evaluations of these supports."""
    met: dict[tuple[str, int | None], Range] = {}
    for figure, found in printed:
        place, bounds = _canonical(
            figure.metric, figure.class_index, found, len(supports), outside, positive
        )
        met[place] = bounds.meet(met.get(place))
    demands = tuple(Demand(metric, index, found) for (metric, index), found in met.items())
    return Constraints((*supports, 0) if outside else tuple(supports), demands, outside)


_EQUAL = {
    "micro_recall": "accuracy",
    "weighted_recall": "accuracy",
    "balanced_accuracy": "macro_recall",
}
_EQUAL_INSIDE = {"micro_precision": "accuracy", "micro_f1": "accuracy"}


def _canonical(
    metric: str, index: int | None, found: Range, classes: int, outside: bool, positive: int
) -> tuple[tuple[str, int | None], Range]:
    """Return the figure, and its range, to which a printed one is equal."""
    if metric.startswith("binary."):
        name = metric.removeprefix("binary.")
        if name == "prevalence_threshold":
            return ("positive_likelihood_ratio", positive), _likelihood_ratio(found)
        if name == "error_rate" and classes == 2:
            return ("accuracy", None), found.complement()
        if name not in ("accuracy", "balanced_accuracy") or classes != 2:
            return ("recall" if name == "sensitivity" else name, positive), found
        metric = name
    metric = _EQUAL.get(metric, metric)
    return (metric if outside else _EQUAL_INSIDE.get(metric, metric), index), found


def _likelihood_ratio(threshold: Range) -> Range:
    """Return the positive likelihood ratio t of a prevalence threshold, 1 / (1 + √t)."""
    if threshold.low > 1:
        return Range(Fraction(1), Fraction(0))
    # A threshold of 0 would belong to an infinite ratio.
    low, high = max(threshold.low, Fraction(1, 10**9)), max(threshold.high, Fraction(1, 10**9))
    return Range((1 / min(high, Fraction(1)) - 1) ** 2, (1 / low - 1) ** 2)
