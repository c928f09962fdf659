"""Draw scores: F1 of each class as bars, and published beside reproduced."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reportgen.figures.drawing.parts import (
    about,
    class_ticks,
    cut_mark,
    draw_key,
    grid_along,
    key_height,
    model_point,
    number_text,
    page,
    panel,
    panels_beside,
    part_into,
    reading,
    set_height,
    shifted,
    text_width,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import (
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
ROW = 10.5
"""Points of a row of a published table."""


def draw_class_bars(figure: Figure, data: dict[str, Any]) -> None:
    """Draw groups of bars, a group for each class, in as many rows as the bars need."""
    classes, series = data["classes"], data["series"]
    room = page(figure) - 46
    fitting = max(1, int(room * GROUP / (THINNEST * len(series))))
    rows = -(-len(classes) // fitting)
    per_row = -(-len(classes) // rows)
    models = [entry["model"] for entry in series]
    slot = room / per_row
    longest = max(map(text_width, classes))
    below = 16.0 if longest <= slot - 3 else longest * (1.0 if slot < 14 else 0.7) + 12
    top = key_height(figure, models) + 6
    height = 125.0 if rows == 1 else 105.0
    set_height(figure, top + rows * (height + below))
    draw_key(figure, models)
    for number in range(rows):
        start = number * per_row
        axes = panel(figure, 42, top + number * (height + below), room, height)
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
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.tick_params("x", length=0)
    grid_along(axes, "y")
    if start:
        cut_mark(axes)


def draw_published(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a panel for each published table: a row for each class, published and reproduced."""
    classes, panels = data["classes"], data["panels"]
    columns = panels_beside(figure, min(2, len(panels)))
    pitch = page(figure) / columns
    left = max(map(text_width, classes)) + 10
    height = ROW * len(classes)
    titles = [_title(each, pitch - 8) for each in panels]
    lines = [
        max(map(len, titles[first : first + columns])) for first in range(0, len(panels), columns)
    ]
    tops = [
        NORMAL * 1.25 * sum(lines[: row + 1]) + 8 + row * (height + 42) for row in range(len(lines))
    ]
    set_height(figure, tops[-1] + height + 32)
    part_into(figure, columns)
    for place, (each, title) in enumerate(zip(panels, titles, strict=True)):
        top = tops[place // columns]
        start = place % columns * pitch + left
        axes = panel(figure, start, top, pitch - left - 8, height)
        axes.set_ylim(len(classes) - 0.5, -0.5)
        _draw_table(axes, each, classes)
        axes.set_yticks(range(len(classes)), classes)
        at = shifted(axes.transAxes, axes, -left + 8, 6)
        axes.text(0, 1, "\n".join(title), transform=at, size=NORMAL, weight="bold", va="bottom")


def _title(shown: dict[str, Any], room: float) -> list[str]:
    table, model = shown["table"], shown["model"]["name"]
    name = table if table.startswith(f"{model}:") else f"{table} ({model})"
    return wrap(name, max(8, int(room / text_width("n", NORMAL, "bold"))))


def _draw_table(axes: Axes, shown: dict[str, Any], classes: list[str]) -> None:
    color = color_of(shown["model"])
    for row in shown["rows"]:
        y, (mean, *span) = row["class"], row["reproduced"]
        published, half_unit = row["published"]
        low, high = published - half_unit, published + half_unit
        axes.plot([low, high], [y, y], color=NEUTRAL, lw=7, solid_capstyle="butt", alpha=0.6)
        axes.plot([published], [y], marker="|", color=NEUTRAL, ms=7, mew=1.6, ls="")
        whisker(axes, span, [y, y], color=color)
        printed = f"{published:.{max(0, round(-math.log10(2 * half_unit)))}f}"
        read = f"{classes[y]}: {reading(row['reproduced'], 'score')}, published {printed}"
        model_point(axes, mean, y, shown["model"], read, ms=4.5)
        if row["train"]:
            look: dict[str, Any] = {"mfc": PAPER, "mec": color, "ms": 4.5, "mew": 0.9, "ls": ""}
            read = f"{classes[y]}, training set: {reading(row['train'], 'score')}"
            axes.plot(row["train"][0], y, "^", **look, **about(shown["model"], read))
    axes.set_xlabel("F1 score")
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width_of(axes) / 56)), steps=[1, 2, 5, 10]))
    axes.tick_params("y", length=0)
