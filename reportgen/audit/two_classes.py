"""Two classes: every confusion matrix can be tried, since two numbers say all of it.

What the first class misses the second is given, and the other way round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import ClassCounts, Integers
from reportgen.audit.constraints import Constraints, Counts, overall_ratios, satisfies
from reportgen.audit.scores import Range, Ratio

TOLERANCE = 1e-9
"""Floats only choose which matrices are checked exactly; this keeps those on the edge."""


def try_two_classes(
    constraints: Constraints, first: ClassCounts, second: ClassCounts, errors: range
) -> Counts | None:
    """Return counts that satisfy the constraints; None where there are none, for certain."""
    rows = zip(first.missed.tolist(), first.low.tolist(), first.high.tolist(), strict=True)
    for missed, low, high in rows:
        # The first class's false positives are the second's misses.
        false = second.missed[(second.low <= missed) & (missed <= second.high)]
        false = false[(low <= false) & (false <= high)]
        false = false[(errors.start <= false + missed) & (false + missed < errors.stop)]
        if not len(false):
            continue
        for each in false[_may_fit(constraints, missed, false)].tolist():
            counts = _counts(constraints, missed, each)
            if satisfies(constraints, counts):
                return counts
    return None


def _counts(constraints: Constraints, missed: int, false: int) -> Counts:
    first, second = constraints.supports
    return (first - missed, first - missed + false), (second - false, second - false + missed)


def _may_fit(constraints: Constraints, missed: int, false: Integers) -> NDArray[np.bool_]:
    here, there = np.full(len(false), float(missed)), false.astype(np.float64)
    fits = np.ones(len(false), dtype=np.bool_)
    if constraints.averages:
        averages = constraints.average_values(0, here, there)
        averages += constraints.average_values(1, there, here)
        for average, values in zip(constraints.averages, averages, strict=True):
            fits &= _inside(average.allowed, values, sum(average.weights))
    pairs = [(here, there), (there, here)]
    for wanted, ratio in overall_ratios(constraints, pairs, here + there):
        if wanted is not None:
            fits &= _ratio_inside(wanted, ratio)
    return fits


def _ratio_inside(wanted: Range, ratio: Ratio) -> NDArray[np.bool_]:
    denominator = np.asarray(np.sqrt(ratio.denominator) if ratio.root else ratio.denominator)
    undefined = denominator == 0
    values = np.asarray(ratio.numerator) / np.where(undefined, 1.0, denominator)
    return np.asarray(_inside(wanted, values) | undefined)


def _inside(wanted: Range, values: NDArray[np.float64], scale: float = 1.0) -> NDArray[np.bool_]:
    slack = TOLERANCE * (scale + np.abs(values))
    low: NDArray[np.bool_] = float(wanted.low) - slack <= values
    return low & (values <= float(wanted.high) + slack)
