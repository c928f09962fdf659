"""Two classes: every confusion matrix can be tried, since two numbers say all of it.

What the first class misses the second is given, and the other way round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.classes import ClassCounts, Integers
from reportgen.audit.question import Counts, Question, Range, satisfies

TOLERANCE = 1e-9
"""Floats only choose which matrices are checked exactly; this keeps those on the edge."""


def try_two_classes(
    question: Question, first: ClassCounts, second: ClassCounts, errors: range
) -> Counts | None:
    """Return counts that satisfy the question; None where there are none, for certain."""
    rows = zip(first.missed.tolist(), first.low.tolist(), first.high.tolist(), strict=True)
    for missed, low, high in rows:
        # The first class's false positives are the second's misses.
        false = second.missed[(second.low <= missed) & (missed <= second.high)]
        false = false[(low <= false) & (false <= high)]
        false = false[(errors.start <= false + missed) & (false + missed < errors.stop)]
        for each in false[_may_fit(question, missed, false)].tolist():
            counts = _counts(question, missed, each)
            if satisfies(question, counts):
                return counts
    return None


def _counts(question: Question, missed: int, false: int) -> Counts:
    first, second = question.supports
    return (first - missed, first - missed + false), (second - false, second - false + missed)


def _may_fit(question: Question, missed: int, false: Integers) -> NDArray[np.bool_]:
    first, second = question.supports
    scores = (
        2 * (first - missed) / (2 * first - missed + false),
        2 * (second - false) / (2 * second - false + missed),
    )
    macro = (scores[0] + scores[1]) / 2
    weighted = (first * scores[0] + second * scores[1]) / question.total
    return _inside(question.macro_f1, macro) & _inside(question.weighted_f1, weighted)


def _inside(wanted: Range | None, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    if wanted is None:
        return np.ones(len(values), dtype=np.bool_)
    low, high = float(wanted.low) - TOLERANCE, float(wanted.high) + TOLERANCE
    return (low <= values) & (values <= high)
