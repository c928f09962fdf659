"""Draw dot plots: a row for each model or class, a marker for each value, intervals as whiskers.

`data` is `{"axis": label, "ticks": "score" | "share" | "count", "heading": head of the printed
numbers, "groups": [[row, …], …]}`, a row `{"name", "points": [{"model": identity, "span": [value,
low, high]}, …], "label": printed number or None}`. `"from_zero": true` starts the axis at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reportgen.figures.drawing.parts import (
    count_ticks,
    model_point,
    number_text,
    page,
    panel,
    set_height,
    share_ticks,
    shifted,
    text_width,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import GRID, QUIET, SMALL, color_of

PITCH = 13.0
"""Points from one row to the next, at the least."""
CROWDED = 10.5
"""The same where a figure has many rows."""
STEP = 4.8
"""Points between the markers of one row, which stand below each other."""
TALLEST = 560.0
"""Points of the tallest column of rows."""
GAP, AXIS = 9.0, 32.0
"""Points between groups, and below the rows for ticks and label."""


@dataclass(frozen=True)
class _Placed:
    """A row and where it is drawn: its middle, in points from the top of its column."""

    row: dict[str, Any]
    y: float
    step: float


def draw_dots(figure: Figure, data: dict[str, Any]) -> None:
    """Draw the groups below each other, in as many columns as the rows need."""
    columns = _columns(data["groups"])
    heights = [column[-1].y + _half(column[-1]) for column in columns]
    above = 12.0 if data["heading"] else 2.0
    set_height(figure, above + max(heights) + AXIS)
    width = page(figure) / len(columns)
    limits = _limits(data)
    for number, (rows, height) in enumerate(zip(columns, heights, strict=True)):
        names = max(text_width(placed.row["name"]) for placed in rows) + 8
        printed = [placed.row["label"]["text"] for placed in rows if placed.row["label"]]
        right = max(map(text_width, printed), default=0.0) + 10
        left = number * width + names
        axes = panel(figure, left, above, width - names - right, height)
        axes.set(xlim=limits, ylim=(height, 0))
        for placed in rows:
            _draw_row(axes, placed, right - 2)
        if printed:
            place = shifted(axes.transAxes, axes, right - 2, 4)
            axes.text(1, 1, data["heading"], transform=place, ha="right", size=SMALL, color=QUIET)
        _finish(axes, data)


def _columns(groups: Sequence[Sequence[dict[str, Any]]]) -> list[list[_Placed]]:
    """Place rows below each other, in columns that are none taller than `TALLEST`."""
    many = sum(len(group) for group in groups)
    pitch = PITCH if many * PITCH <= TALLEST else CROWDED
    points = max(len(row["points"]) for group in groups for row in group)
    step = min(STEP, max(0.0, (TALLEST / many - 4) / points)) if many * pitch < TALLEST else 0.0
    columns: list[list[_Placed]] = [[]]
    y = 0.0
    for number, group in enumerate(groups):
        y += GAP if number else 0.0
        for row in group:
            height = max(pitch, 4 + step * len(row["points"]))
            if y + height > TALLEST and columns[-1]:
                columns.append([])
                y = 0.0
            columns[-1].append(_Placed(row, y + height / 2, step))
            y += height
    return columns


def _half(placed: _Placed) -> float:
    return max(PITCH, 4 + placed.step * len(placed.row["points"])) / 2


def _limits(data: dict[str, Any]) -> tuple[float, float]:
    spans = [point["span"] for group in data["groups"] for row in group for point in row["points"]]
    low = min(value for span in spans for value in span)
    high = max(value for span in spans for value in span)
    if data.get("from_zero"):
        return 0.0, high * 1.04 or 1.0
    pad = 0.04 * (high - low) or 0.01
    return low - pad, high + pad


def _draw_row(axes: Axes, placed: _Placed, right: float) -> None:
    row = placed.row
    style: dict[str, Any] = {"va": "center_baseline", "size": SMALL}
    beside = axes.get_yaxis_transform()
    name_place = shifted(beside, axes, -6)
    axes.text(0, placed.y, row["name"], ha="right", transform=name_place, **style)
    axes.axhline(placed.y, color=GRID, lw=0.5, zorder=0.5)
    first = placed.y - placed.step * (len(row["points"]) - 1) / 2
    for number, point in enumerate(row["points"]):
        value, *interval = point["span"]
        y = first + number * placed.step
        if interval[0] < interval[1]:
            whisker(axes, interval, [y, y], color=color_of(point["model"]))
        model_point(axes, value, y, point["model"], ms=4.6 if placed.step else 4.0)
    if row["label"]:
        place = shifted(beside, axes, right)
        number_text(axes, 1, placed.y, row["label"], ha="right", transform=place, **style)


def _finish(axes: Axes, data: dict[str, Any]) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(data["axis"])
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width_of(axes) / 50)), steps=[1, 2, 5, 10]))
    if data["ticks"] == "share":
        share_ticks(axes.xaxis)
    elif data["ticks"] == "count":
        count_ticks(axes.xaxis)
