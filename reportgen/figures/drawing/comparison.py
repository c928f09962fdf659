"""Draw comparisons: paired differences, and reliability diagrams."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reportgen.figures.drawing.names import distinct_labels
from reportgen.figures.drawing.parts import (
    count_ticks,
    log_ticks,
    model_point,
    page,
    panel,
    set_height,
    shifted,
    text_width,
    whisker,
    width_of,
    write_line,
)
from reportgen.figures.drawing.rows import finish_rows, lay_rows
from reportgen.figures.drawing.style import BAND, GRID, INK, NEUTRAL, PAPER, QUIET, SMALL, color_of

MINUS = "\N{MINUS SIGN}"
LOOKS: dict[str, dict[str, Any]] = {
    "better": {"marker": "o", "mfc": INK},
    "equivalent": {"marker": "s", "mfc": NEUTRAL},
    "undecided": {"marker": "o", "mfc": PAPER},
}
PANELS = 4
"""Reliability diagrams beside each other."""
COUNTS = 30.0
"""Points: the height of the panel that counts the predictions of each bin."""


def draw_differences(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a row for each pair: the difference, its interval, and both as numbers."""
    scale = 100 if data["unit"] else 1
    rows, margin = data["rows"], scale * data["margin"]
    head = data["unit"] or "difference"
    names = [_pair_name(figure, row["first"], row["second"]) for row in rows]
    laid = lay_rows(
        figure,
        names,
        [{head: row["value"], "from": row["low"], "to": row["high"]} for row in rows],
    )
    axes = laid.axes
    axes.axvspan(-margin, margin, color=BAND, lw=0)
    axes.axvline(0, color=QUIET, lw=0.8)
    for y, row in zip(laid.places, rows, strict=True):
        value, *interval = (scale * share for share in row["difference"])
        whisker(axes, interval, [y, y], lw=1.1)
        axes.plot(value, y, color=INK, mec=INK, ms=5, mew=0.9, zorder=3, **LOOKS[row["verdict"]])
    finish_rows(axes, data["axis"])
    axes.xaxis.set_major_formatter(FuncFormatter(_print_points))


def _pair_name(figure: Figure, first: str, second: str) -> str:
    """Write a pair on one line, or on two where it is long: no sign, which names may hold."""
    name = f"{first} vs {second}"
    return name if text_width(name) < 0.42 * page(figure) else f"{first}\nvs {second}"


def _print_points(value: float, _: object) -> str:
    return "0" if abs(value) < 1e-9 else f"{value:+.4g}".replace("-", MINUS)


def draw_reliability(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a reliability diagram for each model, with the sizes of its bins below."""
    panels = data["panels"]
    columns = min(PANELS, len(panels), int(page(figure) / 110))
    rows = -(-len(panels) // columns)
    pitch = min((page(figure) - 38) / columns, 170.0)
    side = pitch - 12
    set_height(figure, rows * (30 + side + COUNTS + 14) + 20)
    most = max(entry["count"] for each in panels for entry in each["bins"])
    for place, each in enumerate(panels):
        column, row = place % columns, place // columns
        left, top = 38 + column * pitch, 28 + row * (30 + side + COUNTS + 14)
        upper = panel(figure, left, top, side, side)
        lower = panel(figure, left, top + side + 6, side, COUNTS)
        _draw_bins(upper, each, data["fewest"])
        _draw_counts(lower, each, most)
        below = place + columns >= len(panels)
        _finish_panel(upper, lower, first=column == 0, last=below)


def _draw_bins(axes: Axes, shown: dict[str, Any], fewest: int) -> None:
    model = shown["model"]
    color = color_of(model)
    axes.plot([0, 1], [0, 1], color=QUIET, lw=0.8, ls=(0, (2, 2)))
    bins = [entry for entry in shown["bins"] if entry["count"] >= fewest]
    places = [entry["confidence"] for entry in bins]
    lows, highs = ([entry["interval"][end] for entry in bins] for end in ("low", "high"))
    axes.vlines(places, lows, highs, color=color, lw=0.9)
    for place, entry in zip(places, bins, strict=True):
        model_point(axes, place, entry["accuracy"], model, ms=4, clip_on=False)
    name = next(iter(distinct_labels([model["name"]], width_of(axes) - 4).values()))
    axes.set_title(name, size=SMALL, pad=14)
    write_line(axes, ["ECE ", shown["error"]], shifted(axes.transAxes, axes, 0, 5), color=QUIET)


def _draw_counts(axes: Axes, shown: dict[str, Any], most: int) -> None:
    bins = [entry for entry in shown["bins"] if entry["count"]]
    axes.bar(
        [entry["low"] for entry in bins],
        [entry["count"] - 0.5 for entry in bins],
        [0.92 * (entry["high"] - entry["low"]) for entry in bins],
        bottom=0.5,
        align="edge",
        color=color_of(shown["model"]),
    )
    axes.set_yscale("log")
    axes.set_ylim(0.5, 2 * most)
    axes.yaxis.set_major_locator(FixedLocator(log_ticks(1, 2 * most, (1,), 3)))
    axes.yaxis.set_minor_locator(NullLocator())
    count_ticks(axes.yaxis)


def _finish_panel(upper: Axes, lower: Axes, *, first: bool, last: bool) -> None:
    ticks, names = (0, 0.5, 1), ("0", "0.5", "1")
    upper.set(xlim=(0, 1), ylim=(0, 1.02), xticks=ticks, xticklabels=[], yticks=ticks)
    lower.set(xlim=(0, 1), xticks=ticks)
    upper.set_yticklabels(names if first else [])
    lower.set_xticklabels(names if last else [])
    lower.yaxis.grid(visible=False)
    lower.spines["bottom"].set_color(GRID)
    if first:
        upper.set_ylabel("Accuracy")
        lower.set_ylabel("Count")
        for axes in (upper, lower):
            axes.yaxis.set_label_coords(-28 / width_of(axes), 0.5)
    else:
        lower.set_yticklabels([])
    if last:
        lower.set_xlabel("Confidence")
