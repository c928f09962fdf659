"""The colours of confusion matrices: six steps for errors, and one colour for correct answers.

A good model's errors are a hundred times rarer than its correct answers: on one scale, all errors
would look alike. The steps are of equal ratio, up to the most frequent error of any model.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reportgen.analysis.facts import Facts

STEPS = 6
CORRECT = 8
"""The colour of the diagonal, of eight; the one before stays free, so that the two are apart."""
MEASURES = {"counts": "digits", "shares": "percent_cell"}
"""What a matrix holds → how its cells are printed."""


def scale_errors(facts: Facts, measure: str) -> list[int]:
    """Return the upper bound of each step, in units of the last printed digit."""
    most = max(
        (
            _units(value, measure)
            for model in facts.models.values()
            for i, row in enumerate(getattr(model, f"confusion_{measure}"))
            for j, value in enumerate(row)
            if i != j
        ),
        default=0,
    )
    if most < 2:  # a single step has a colour from the middle
        return [0] * (STEPS // 2) + [1] * (STEPS // 2) if most else []
    # A power that is a whole number may be rounded to just below it.
    return [int(most ** (step / STEPS) + 1e-9) for step in range(1, STEPS + 1)]


def _units(value: float, measure: str) -> int:
    """Return a cell as it is printed, in units of the last digit: answers, or tenths of a percent.

    A share that is printed as `<0.1` is one unit.
    """
    if measure == "counts" or not value:
        return int(value)
    return max(1, round(10 * round(100 * value, 1)))


def color_cells(
    matrix: Sequence[Sequence[float]], measure: str, bounds: Sequence[int]
) -> list[list[int]]:
    """Return the colour of every cell, from 1 to 8; 0 for an empty one."""
    return [
        [
            0
            if not value
            else CORRECT
            if i == j
            else bisect_left(bounds, _units(value, measure)) + 1
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(matrix)
    ]


def explain_colors(measure: str, bounds: Sequence[int]) -> list[dict[str, Any]]:
    """Return the key: the colour of each step that a whole number falls into, and its range."""
    steps = [
        {"color": color, "text": _range(below + 1, bound, measure)}
        for color, (below, bound) in enumerate(pairwise((0, *bounds)), 1)
        if bound > below
    ]
    return [*steps, {"color": CORRECT, "text": "correct"}]


def _range(low: int, high: int, measure: str) -> str:
    if measure == "shares" and low == 1:
        return f"up to {high / 10:.1f}"
    ends = [f"{end:,}" if measure == "counts" else f"{end / 10:.1f}" for end in (low, high)]
    return ends[0] if low == high else "–".join(ends)
