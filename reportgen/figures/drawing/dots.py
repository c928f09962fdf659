"""Draw dot plots: a row for each model or class, a marker for each value, intervals as whiskers.

`draw_dots` draws one panel. Its data is `{"axis": label, "ticks": "score" | "share" | "count",
"heading": head of the printed numbers, "groups": [[row, …], …]}`, a row `{"name", "points":
[{"model": identity, "span": [value, low, high]}, …], "label": printed number or None}`. An identity
of None is drawn as a bar in a neutral colour. `"from_zero": true` starts the axis at zero, `"log":
true` makes it logarithmic, `"line"` is a value that all others are compared with.

`draw_dot_panels` draws several panels, whose rows have the same names, beside each other, or below
each other where the page is narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    count_ticks,
    log_ticks,
    model_point,
    number_text,
    reading,
    round_ticks,
    share_ticks,
    shifted,
    text_width,
    ticks_at,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import BAND, GRID, NEUTRAL, QUIET, SMALL, color_of

PITCH = 13.0
"""Points from one row to the next, at the least."""
CROWDED = 10.5
"""The same where a figure has many rows."""
STEP = 3.2
"""Points between the markers of one row, which are below each other."""
TALLEST = 560.0
"""Points of the tallest column of rows."""
GAP, AXIS = 9.0, 32.0
"""Points between groups, and below the rows for ticks and label."""
BESIDE = 24.0
"""Points between two panels."""
NARROWEST = 76.0
"""Points that a panel needs beside another."""
BAR = 5.0
"""Points: the height of a bar."""


@dataclass(frozen=True)
class _Placed:
    """A row and where it is drawn: its middle, in points from the top of its column."""

    group: int
    index: int
    y: float
    height: float
    step: float


def draw_dots(page: Page, data: dict[str, Any]) -> None:
    """Draw the groups below each other, in as many columns as the rows need."""
    draw_dot_panels(page, {"panels": [data]})


def draw_dot_panels(page: Page, data: dict[str, Any]) -> None:
    """Draw panels: a row of all panels is one model or class."""
    panels = data["panels"]
    columns = _columns(panels[0]["groups"])
    heights = [column[-1].y + column[-1].height / 2 for column in columns]
    above = 13.0 if any(each["heading"] for each in panels) else 2.0
    width = page.width / len(columns)
    names = [row["name"] for group in panels[0]["groups"] for row in group]
    beside = width - max(map(text_width, names)) - 8 >= NARROWEST * len(panels)
    below = above + max(heights) + AXIS
    page.set_height(below if beside else below * len(panels))
    for number, (rows, height) in enumerate(zip(columns, heights, strict=True)):
        names = [panels[0]["groups"][placed.group][placed.index]["name"] for placed in rows]
        start = number * width + max(map(text_width, names)) + 8
        share = ((number + 1) * width - start) / (len(panels) if beside else 1)
        for place, each in enumerate(panels):
            right = _printed_width(each) + 6
            across, down = (place, 0) if beside else (0, place)
            between = BESIDE if across else 0.0
            left = start + across * share + between
            axes = page.panel(left, above + down * below, share - between - right, height)
            axes.set(ylim=(height, 0))
            _draw_panel(axes, each, rows, right)
            if not across:
                _name_rows(axes, names, rows)


def _columns(groups: Sequence[Sequence[dict[str, Any]]]) -> list[list[_Placed]]:
    """Place rows below each other, in columns that are none taller than `TALLEST`."""
    many = sum(len(group) for group in groups)
    room = TALLEST - GAP * (len(groups) - 1)
    pitch = PITCH if many * PITCH <= room else CROWDED
    points = max(len(row["points"]) for group in groups for row in group)
    fits = many * pitch < room
    step = min(STEP, max(0.0, (room / many - 4) / points)) if fits else 0.0
    columns: list[list[_Placed]] = [[]]
    y = 0.0
    for number, group in enumerate(groups):
        y += GAP if number else 0.0
        for index, row in enumerate(group):
            height = max(pitch, 4 + step * len(row["points"]))
            if y + height > TALLEST and columns[-1]:
                columns.append([])
                y = 0.0
            columns[-1].append(_Placed(number, index, y + height / 2, height, step))
            y += height
    return columns


def _printed_width(data: dict[str, Any]) -> float:
    labels = [row["label"]["text"] for group in data["groups"] for row in group if row["label"]]
    return max(map(text_width, labels)) + 4 if labels else 0.0


def _name_rows(axes: Axes, names: Sequence[str], rows: Sequence[_Placed]) -> None:
    place = shifted(axes.get_yaxis_transform(), axes, -6)
    for name, placed in zip(names, rows, strict=True):
        style: dict[str, Any] = {"va": "center_baseline", "size": SMALL, "transform": place}
        axes.text(0, placed.y, name, ha="right", **style)


def _draw_panel(axes: Axes, data: dict[str, Any], rows: Sequence[_Placed], right: float) -> None:
    _scale(axes, data)
    if "line" in data:
        axes.axvline(data["line"], color=QUIET, lw=0.8, zorder=0.6)
    for placed in rows:
        row = data["groups"][placed.group][placed.index]
        if len(row["points"]) == 1:
            axes.axhline(placed.y, color=GRID, lw=0.5, zorder=0.5)
        elif placed.index % 2 == 0:
            # Markers below each other belong to the name beside their band.
            ends = placed.y - placed.height / 2, placed.y + placed.height / 2
            axes.axhspan(*ends, color=BAND, lw=0, zorder=0.4)
        _draw_points(axes, row, placed, data["ticks"])
        if row["label"]:
            style: dict[str, Any] = {"ha": "right", "va": "center_baseline", "size": SMALL}
            style["transform"] = shifted(axes.get_yaxis_transform(), axes, right - 2)
            number_text(axes, 1, placed.y, row["label"], **style)
    if data["heading"]:
        place = shifted(axes.transAxes, axes, right - 2, 5)
        axes.text(1, 1, data["heading"], transform=place, ha="right", size=SMALL, color=QUIET)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(data["axis"])


def _draw_points(axes: Axes, row: dict[str, Any], placed: _Placed, ticks: str) -> None:
    points = row["points"]
    first = placed.y - placed.step * (len(points) - 1) / 2
    for number, point in enumerate(points):
        value, low, high = point["span"]
        named = f"{row['name']}: " if row["name"] != (point["model"] or {}).get("name") else ""
        read = named + reading(point["span"], ticks)
        y = first + number * placed.step
        if point["model"] is None:
            bar = Rectangle((0, y - BAR / 2), value, BAR, **about(None, read))
            bar.set(fc=NEUTRAL, lw=0, zorder=2)
            axes.add_patch(bar)
            continue
        if low < high:
            look = about(point["model"])
            whisker(axes, [low, high], [y, y], color=color_of(point["model"]), **look)
        model_point(axes, value, y, point["model"], read, ms=4.6 if placed.step else 4.0)


def _scale(axes: Axes, data: dict[str, Any]) -> None:
    spans = [point["span"] for group in data["groups"] for row in group for point in row["points"]]
    low, high = min(map(min, spans)), max(map(max, spans))
    fitting = max(2, int(width_of(axes) / (48 if data["ticks"] == "share" else 40)))
    if data.get("log"):
        low, high = low / 1.25, high * 1.25
        axes.set_xscale("log")
        ticks_at(axes.xaxis, log_ticks(low, high, (1, 2, 5), fitting))
    else:
        if data.get("from_zero"):
            low, high = 0.0, high * 1.04 or 1.0
        else:
            # Scores that are all alike, which most often are 1, are at the right end.
            span = high - low or 0.1 * abs(high) or 0.01
            low, high = high - 1.04 * span, high + 0.04 * span
        round_ticks(axes.xaxis, fitting)
    axes.set_xlim(low, high)
    if data["ticks"] == "share":
        share_ticks(axes.xaxis)
    elif data["ticks"] == "count":
        count_ticks(axes.xaxis)
