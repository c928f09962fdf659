"""Draw scores: F1 of each class as bars, and published beside reproduced."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    Piece,
    about,
    bar_sample,
    class_ticks,
    cut_mark,
    draw_key,
    grid_along,
    height_of,
    key_height,
    number_text,
    reading,
    round_ticks,
    set_pieces,
    shifted,
    text_width,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import (
    BAND,
    INK,
    NEUTRAL,
    NORMAL,
    PAPER,
    SMALL,
    color_of,
    text_color_on,
)

GROUP = 0.84
"""Share of a class's slot that its bars take."""
THINNEST, LABELLED = 4.0, 8.2
"""Points: the thinnest bar, and the thinnest one that a number fits into."""
ROW, BAR, NARROWEST = 10.0, 6.5, 3.5
"""Points: of a row of a published table, and the height and the least width of its bars."""


def draw_class_bars(page: Page, data: dict[str, Any]) -> None:
    """Draw groups of bars, a group for each class, in as many rows as the bars need."""
    classes, series = data["classes"], data["series"]
    room = page.width - 46
    fitting = max(1, int(room * GROUP / (THINNEST * len(series))))
    rows = -(-len(classes) // fitting)
    per_row = -(-len(classes) // rows)
    models = [entry["model"] for entry in series]
    slot = room / per_row
    longest = max(map(text_width, classes))
    below = 16.0 if longest <= slot - 3 else longest * (1.0 if slot < 14 else 0.7) + 12
    top = key_height(page, models) + 6
    height = 125.0 if rows == 1 else 105.0
    page.set_height(top + rows * (height + below))
    draw_key(page, models, bar_sample)
    for number in range(rows):
        start = number * per_row
        axes = page.panel(42, top + number * (height + below), room, height)
        _draw_groups(axes, data, range(start, min(start + per_row, len(classes))), slot)
        class_ticks(axes, classes[start : start + per_row], slot)
        _finish_scores(axes, data["axis_start"], per_row)


def _draw_groups(axes: Axes, data: dict[str, Any], indices: range, slot: float) -> None:
    series, classes = data["series"], data["classes"]
    width = GROUP / len(series)
    labelled = slot * width >= LABELLED
    for number, entry in enumerate(series):
        color = color_of(entry["model"])
        offset = (number - (len(series) - 1) / 2) * width
        bars = [entry["bars"][index] for index in indices]
        xs = [place + offset for place in range(len(bars))]
        look: dict[str, Any] = {"color": color, "ec": PAPER, "lw": 0.4}
        drawn = axes.bar(xs, [bar["value"] for bar in bars], width, **look)
        for patch, index, bar in zip(drawn, indices, bars, strict=True):
            read = reading((bar["value"], bar["low"], bar["high"]), "score")
            patch.set(**about(entry["model"], f"{classes[index]}: {read}"))
        # Light below dark, so that it shows on every bar and above it.
        for shade, thickness in ((PAPER, 2.0), (INK, 0.9)):
            lows, highs = [bar["low"] for bar in bars], [bar["high"] for bar in bars]
            axes.vlines(xs, lows, highs, color=shade, lw=thickness, zorder=5)
        for x, bar in zip(xs, bars, strict=True):
            if labelled:
                _label_bar(axes, x, bar["label"], color)


def _label_bar(axes: Axes, x: float, label: dict[str, str], color: str) -> None:
    """Print a bar's number inside it, above the place of the cut mark."""
    style: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "bottom", "size": SMALL}
    place = shifted(axes.get_xaxis_transform(), axes, 0.5)
    number_text(
        axes, x, 0.08, label, color=text_color_on(color), transform=place, zorder=4, **style
    )


def _finish_scores(axes: Axes, start: float, slots: int) -> None:
    axes.set_xlim(-0.55, slots - 0.45)
    axes.set_ylim(start, 1)
    axes.set_ylabel(f"F1 score (from {start:g})" if start else "F1 score")
    round_ticks(axes.yaxis, 5)
    axes.tick_params("x", length=0)
    grid_along(axes, "y")
    if start:
        cut_mark(axes)


def draw_published(page: Page, data: dict[str, Any]) -> None:
    """Draw a panel for each published table: a row for each class, published and reproduced.

    Tables about one model have one scale, so that they can be compared.
    """
    classes, panels = data["classes"], data["panels"]
    columns = page.panels_beside(min(2, len(panels)))
    pitch = page.width / columns
    left = max(map(text_width, classes)) + 10
    height = ROW * len(classes)
    shown = [row for each in panels for row in each["rows"]]
    marks = [name for name, holds in MARKS.items() if any(map(holds, shown))]
    key = set_pieces([(name, MARK + 4 + text_width(name)) for name in marks], pitch - 8)
    above = (key[-1].line + 1) * LINE + 4
    titles = [_title(each, pitch - 8) for each in panels]
    lines = [
        max(map(len, titles[first : first + columns])) for first in range(0, len(panels), columns)
    ]
    tops = [
        above + NORMAL * 1.25 * sum(lines[: row + 1]) + 8 + row * (height + 24)
        for row in range(len(lines))
    ]
    page.set_height(tops[-1] + height + 32)
    page.columns = columns
    _draw_marks(page.panel(0, 0, pitch, above), key)
    for place, (each, title) in enumerate(zip(panels, titles, strict=True)):
        top = tops[place // columns]
        start = place % columns * pitch + left
        axes = page.panel(start, top, pitch - left - 8, height)
        axes.set(xlim=_limits(panels, each["model"]["slug"]), ylim=(len(classes) - 0.5, -0.5))
        _draw_table(axes, each, classes)
        axes.set_yticks(range(len(classes)), classes)
        if place + columns >= len(panels):
            axes.set_xlabel("F1 score")
        at = shifted(axes.transAxes, axes, -left + 8, 6)
        axes.text(0, 1, "\n".join(title), transform=at, size=NORMAL, weight="bold", va="bottom")


MARKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "published, outside the range": lambda row: not row["agrees"],
    "published, within the range": lambda row: bool(row["agrees"]),
    "reproduced, test set": lambda row: bool(row["reproduced"]),
    "reproduced, training set": lambda row: bool(row["train"]),
}
"""Words of the key → whether a row has such a mark."""
MARK, LINE = 9.0, 11.5
"""Points: the width of a mark in the key, and the height of its lines."""
FILLS = {True: BAND, False: NEUTRAL}
"""Of a published value, by whether it is within the range of the seeds."""


def _draw_marks(axes: Axes, key: Sequence[Piece]) -> None:
    """Explain the marks above the panels."""
    axes.set(xlim=(0, width_of(axes)), ylim=(height_of(axes), 0))
    axes.set_axis_off()
    for piece in key:
        x, y = piece.left, (piece.line + 0.5) * LINE
        if piece.text.startswith("published"):
            _draw_bar(axes, x, x + MARK, y, agrees="within" in piece.text)
        else:
            look = TRAINED if "training" in piece.text else TESTED
            axes.plot([x + MARK / 2], [y], **look, color=INK)
        axes.text(x + MARK + 4, y, piece.text, size=SMALL, va="center_baseline")


TESTED: dict[str, Any] = {"marker": "o", "ms": 5.0, "mec": PAPER, "mew": 0.5, "ls": "", "zorder": 3}
TRAINED: dict[str, Any] = {"marker": "x", "ms": 4.5, "mew": 1.3, "ls": "", "zorder": 3}


def _draw_bar(axes: Axes, low: float, high: float, y: float, *, agrees: bool) -> None:
    """Draw a published value from one end to the other of what rounds to it, in points."""
    tall = BAR / height_of(axes) * abs(np.subtract(*axes.get_ylim()))
    look: dict[str, Any] = {"fc": FILLS[agrees], "ec": NEUTRAL, "lw": 0.7, "zorder": 2}
    axes.add_patch(Rectangle((low, y - tall / 2), high - low, tall, **look))


def _limits(panels: Sequence[dict[str, Any]], slug: str) -> tuple[float, float]:
    """Return the ends of the axis that all panels about one model have."""
    rows = [row for each in panels if each["model"]["slug"] == slug for row in each["rows"]]
    ends = [
        *(end for row in rows for end in row["reproduced"]),
        *(row["train"][0] for row in rows if row["train"]),
        *(row["published"][0] + sign * row["published"][1] for row in rows for sign in (-1, 1)),
    ]
    pad = 0.03 * (max(ends) - min(ends)) or 0.01
    return min(ends) - pad, max(ends) + pad


def _title(shown: dict[str, Any], room: float) -> list[str]:
    table, model = shown["table"], shown["model"]["name"]
    name = table if table.startswith(f"{model}:") else f"{table} ({model})"
    if text_width(name, NORMAL, "bold") <= room:
        return [name]
    return wrap(name, max(8, int(room / text_width("n", NORMAL, "bold"))))


def _draw_table(axes: Axes, shown: dict[str, Any], classes: list[str]) -> None:
    color = color_of(shown["model"])
    narrowest = NARROWEST / width_of(axes) * float(np.ptp(axes.get_xlim()))
    for row in shown["rows"]:
        y, (mean, *span) = row["class"], row["reproduced"]
        published, half_unit = row["published"]
        half = max(half_unit, narrowest / 2)
        _draw_bar(axes, published - half, published + half, y, agrees=row["agrees"])
        whisker(axes, span, [y, y], color=color, lw=1.2)
        printed = f"{published:.{max(0, round(-math.log10(2 * half_unit)))}f}"
        read = f"{classes[y]}: {reading(row['reproduced'], 'score')}, published {printed}"
        axes.plot([mean], [y], **TESTED, color=color, **about(shown["model"], read))
        if row["train"]:
            read = f"{classes[y]}, training set: {reading(row['train'], 'score')}"
            axes.plot(row["train"][0], y, **TRAINED, color=color, **about(shown["model"], read))
    round_ticks(axes.xaxis, max(2, int(width_of(axes) / 56)))
    axes.tick_params("y", length=0)
