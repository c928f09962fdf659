"""Rows of one axis, each with its name and the numbers of an interval, printed in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reportgen.figures.drawing.parts import (
    number_text,
    page,
    panel,
    set_height,
    shifted,
    text_width,
    width_of,
)
from reportgen.figures.drawing.style import INK, QUIET, SMALL

PITCH, LINE = 15.0, 10.5
"""Points from one row to the next, and of each further line of its name."""
ABOVE, BELOW = 15.0, 30.0


@dataclass(frozen=True)
class Rows:
    """Axes whose vertical unit is a point, downwards, and the height of each row on them."""

    axes: Axes
    places: tuple[float, ...]


def lay_rows(
    figure: Figure, names: Sequence[str], numbers: Sequence[Mapping[str, Mapping[str, str]]]
) -> Rows:
    """Write the names on the left and the numbers, by the head of their column, on the right.

    A name may have several lines. On a phone it is written above its row, with the first of the
    numbers; all of them are in the table below the figure.
    """
    widest = max(text_width(line) for name in names for line in name.split("\n"))
    heads = list(numbers[0])
    widths = [
        max(text_width(head), *(text_width(row[head]["text"]) for row in numbers)) + 9
        for head in heads
    ]
    stacked = widest + sum(widths) > 0.7 * page(figure)
    if stacked:
        heads, widths = heads[:1], widths[:1]
    lines = [name.count("\n") + 1 for name in names]
    heights = [PITCH + LINE * (count if stacked else count - 1) for count in lines]
    set_height(figure, ABOVE + sum(heights) + BELOW)
    left, right = (4.0, 4.0) if stacked else (widest + 8, sum(widths) + 4)
    axes = panel(figure, left, ABOVE, page(figure) - left - right, sum(heights))
    axes.set_ylim(sum(heights), 0)
    places = []
    top = 0.0
    for name, height, count in zip(names, heights, lines, strict=True):
        y = top + LINE * count + PITCH / 2 - 2 if stacked else top + height / 2
        at_name = top + LINE * count / 2 + 1 if stacked else y
        _write_name(axes, name, at_name, inside=stacked)
        places.append(y)
        for column, head in enumerate(heads):
            offset = 0.0 if stacked else sum(widths[: column + 1])
            row = numbers[len(places) - 1]
            color = INK if column == 0 else QUIET
            place = shifted(axes.get_yaxis_transform(), axes, offset)
            style: dict[str, Any] = {"ha": "right", "va": "center_baseline", "size": SMALL}
            number_text(axes, 1, at_name, row[head], transform=place, color=color, **style)
        top += height
    for column, head in enumerate(heads):
        place = shifted(axes.transAxes, axes, 0.0 if stacked else sum(widths[: column + 1]), 4)
        axes.text(1, 1, head, transform=place, ha="right", size=SMALL, color=QUIET)
    return Rows(axes, tuple(places))


def _write_name(axes: Axes, name: str, y: float, *, inside: bool) -> None:
    place = axes.get_yaxis_transform() if inside else shifted(axes.get_yaxis_transform(), axes, -6)
    align = "left" if inside else "right"
    style: dict[str, Any] = {"va": "center", "ma": align, "linespacing": 1.15, "size": SMALL}
    axes.text(0, y, name, ha=align, transform=place, **style)


def finish_rows(axes: Axes, label: str) -> None:
    """Name the axis and keep the grid lines across it."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width_of(axes) / 48)), steps=[1, 2, 5, 10]))
    axes.set_xlabel(label)
