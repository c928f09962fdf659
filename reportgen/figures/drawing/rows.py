"""Rows of one axis, each with its name and the numbers of an interval: paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    number_text,
    round_ticks,
    shifted,
    text_width,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import BAND, INK, NEUTRAL, PAPER, QUIET, SMALL
from reportgen.formatting import MINUS

PITCH, LINE = 15.0, 10.5
"""Points from one row to the next, and of each further line of its name."""
ABOVE, BELOW = 15.0, 30.0
COVER: dict[str, Any] = {"bbox": {"fc": PAPER, "ec": "none", "pad": 0.8}, "zorder": 2.5}
"""Background of a text inside the axes, so that no line runs through it."""


def lay_rows(
    page: Page, names: Sequence[str], numbers: Sequence[Mapping[str, Mapping[str, str]]]
) -> tuple[Axes, list[float]]:
    """Write the names on the left and the numbers, by the head of their column, on the right.

    Return axes whose vertical unit is a point, downwards, and the height of each row on them.
    A name may have several lines. On a phone it is written above its row, with the numbers that
    have room beside it; all of them are in the table below the figure.
    """
    widest = max(text_width(line) for name in names for line in name.split("\n"))
    heads = list(numbers[0])
    widths = [
        max(text_width(head), *(text_width(row[head]["text"]) for row in numbers)) + 9
        for head in heads
    ]
    stacked = widest + sum(widths) > 0.7 * page.width
    if widest + sum(widths) > page.width - 8:
        heads, widths = heads[:1], widths[:1]
    lines = [name.count("\n") + 1 for name in names]
    heights = [PITCH + LINE * (count if stacked else count - 1) for count in lines]
    page.set_height(ABOVE + sum(heights) + BELOW)
    left, right = (4.0, 4.0) if stacked else (widest + 8, sum(widths) + 4)
    axes = page.panel(left, ABOVE, page.width - left - right, sum(heights))
    axes.set_ylim(sum(heights), 0)

    def beside(column: int) -> float:
        """Return where a column ends, in points from the right end of the axes."""
        return sum(widths[: column + 1]) - (sum(widths) if stacked else 0.0)

    places = []
    top = 0.0
    for name, height, count in zip(names, heights, lines, strict=True):
        y = top + LINE * count + PITCH / 2 - 2 if stacked else top + height / 2
        at_name = top + LINE * count / 2 + 1 if stacked else y
        _write_name(axes, name, at_name, inside=stacked)
        places.append(y)
        for column, head in enumerate(heads):
            row = numbers[len(places) - 1]
            color = INK if column == 0 else QUIET
            place = shifted(axes.get_yaxis_transform(), axes, beside(column))
            style: dict[str, Any] = {"ha": "right", "va": "center_baseline", "size": SMALL}
            style |= COVER if stacked else {}
            number_text(axes, 1, at_name, row[head], transform=place, color=color, **style)
        top += height
    for column, head in enumerate(heads):
        place = shifted(axes.transAxes, axes, beside(column), 4)
        axes.text(1, 1, head, transform=place, ha="right", size=SMALL, color=QUIET)
    return axes, places


def _write_name(axes: Axes, name: str, y: float, *, inside: bool) -> None:
    place = axes.get_yaxis_transform() if inside else shifted(axes.get_yaxis_transform(), axes, -6)
    align = "left" if inside else "right"
    style: dict[str, Any] = {"va": "center", "ma": align, "linespacing": 1.15, "size": SMALL}
    style |= COVER if inside else {}
    axes.text(0, y, name, ha=align, transform=place, **style)


def finish_rows(axes: Axes, label: str) -> None:
    """Name the axis and keep the grid lines across it."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    round_ticks(axes.xaxis, max(2, int(width_of(axes) / 48)))
    axes.set_xlabel(label)


LOOKS: dict[str, dict[str, Any]] = {
    "better": {"marker": "o", "mfc": INK},
    "equivalent": {"marker": "s", "mfc": NEUTRAL},
    "undecided": {"marker": "o", "mfc": PAPER},
}


def draw_differences(page: Page, data: dict[str, Any]) -> None:
    """Draw a row for each pair: the difference, its interval, and both as numbers."""
    scale = 100 if data["unit"] else 1
    rows, margin = data["rows"], scale * data["margin"]
    head = data["unit"] or "difference"
    names = [_pair_name(page, row["first"], row["second"]) for row in rows]
    columns = {head: "value", "from": "low", "to": "high", "p": "p"}
    numbers = [{h: row[k] for h, k in columns.items()} for row in rows]
    axes, places = lay_rows(page, names, numbers)
    axes.axvspan(-margin, margin, color=BAND, lw=0)
    axes.axvline(0, color=QUIET, lw=0.8)
    for y, row in zip(places, rows, strict=True):
        value, *interval = (scale * share for share in row["difference"])
        whisker(axes, interval, [y, y], lw=1.1)
        printed = (row[name]["text"] for name in ("value", "low", "high"))
        read = "{} vs {}: {} ({} to {}), p ".format(row["first"], row["second"], *printed)
        p = row["p"]["text"]
        read += p if p.startswith("<") else f"= {p}"
        look = {"color": INK, "mec": INK, "ms": 5, "mew": 0.9, **LOOKS[row["verdict"]]}
        axes.plot(value, y, zorder=3, **look, **about(None, read))
    finish_rows(axes, data["axis"])
    axes.xaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: "0" if abs(value) < 1e-9 else f"{value:+.4g}".replace("-", MINUS)
        )
    )


def _pair_name(page: Page, first: str, second: str) -> str:
    """Write a pair on one line, or on two where it is long: no sign, which names may hold."""
    name = f"{first} vs {second}"
    return name if text_width(name) < 0.36 * page.width else f"{first}\nvs {second}"
