"""Draw comparisons: paired differences, and reliability diagrams."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reportgen.figures.drawing.parts import (
    count_ticks,
    grid_along,
    interval_heading,
    log_ticks,
    number_text,
    page,
    print_interval,
    set_height,
    shifted,
    text_width,
    whisker,
    width_of,
)
from reportgen.figures.drawing.style import (
    GRID,
    INK,
    NORMAL,
    PAPER,
    QUIET,
    SMALL,
    color_of,
    marker_of,
)

MINUS = "\N{MINUS SIGN}"
LOOKS: dict[str, dict[str, Any]] = {
    "better": {"marker": "o", "mfc": INK},
    "equivalent": {"marker": "s", "mfc": "#9A9A9A"},
    "undecided": {"marker": "o", "mfc": PAPER},
}
FEWEST = 30
"""Predictions below which a bin's accuracy says too little to be drawn as a point."""
PANELS = 4
"""Reliability diagrams beside each other."""


def draw_differences(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a row for each pair: the difference, its interval, and both as numbers."""
    scale = 100 if data["unit"] else 1
    rows, margin = data["rows"], scale * data["margin"]
    set_height(figure, 45 + (15.5 if len(rows) <= 15 else 12.5) * len(rows))
    axes = figure.subplots()
    axes.axvspan(-margin, margin, color="#E9EEF3", lw=0)
    axes.axvline(0, color=QUIET, lw=0.8)
    for y, row in enumerate(rows):
        value, *interval = (scale * share for share in row["difference"])
        whisker(axes, interval, [y, y], lw=1.1)
        axes.plot(value, y, color=INK, mec=INK, ms=5, mew=0.9, zorder=3, **LOOKS[row["verdict"]])
        print_interval(axes, y, row["value"], row["low"], row["high"])
    axes.set_yticks(range(len(rows)), [f"{row['first']} vs {row['second']}" for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params("y", length=0)
    axes.set_xlabel(data["axis"])
    axes.xaxis.set_major_formatter(FuncFormatter(_print_points))
    interval_heading(axes, data["unit"] or "difference")
    grid_along(axes, "x")


def _print_points(value: float, _: object) -> str:
    return "0" if abs(value) < 1e-9 else f"{value:+.4g}".replace("-", MINUS)


def draw_reliability(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a reliability diagram for each model, with the sizes of its bins below."""
    panels = data["panels"]
    columns = min(PANELS, max(2, len(panels)))
    rows = -(-len(panels) // columns)
    figure.set_layout_engine("none")
    height = 32 + rows * (158 if columns == PANELS else 187)
    set_height(figure, height)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=38 / page(figure),
        right=1 - 5 / page(figure),
        top=1 - 30 / height,
        bottom=30 / height,
        hspace=0.4,
        wspace=0.12,
    )
    most = max(entry["count"] for panel in panels for entry in panel["bins"])
    for place, panel in enumerate(panels):
        cell = grid[place // columns, place % columns].subgridspec(
            2, 1, height_ratios=(4, 1), hspace=0.12
        )
        upper, lower = figure.add_subplot(cell[0]), figure.add_subplot(cell[1])
        _draw_bins(upper, panel)
        _draw_counts(lower, panel, most)
        below = place + columns >= len(panels)
        _finish_panel(upper, lower, first=place % columns == 0, last=below)


def _draw_bins(axes: Axes, panel: dict[str, Any]) -> None:
    model = panel["model"]
    color = color_of(model)
    axes.plot([0, 1], [0, 1], color=QUIET, lw=0.8, ls=(0, (2, 2)))
    bins = [entry for entry in panel["bins"] if entry["count"] >= FEWEST]
    places = [entry["confidence"] for entry in bins]
    lows, highs = ([entry["interval"][end] for entry in bins] for end in ("low", "high"))
    axes.vlines(places, lows, highs, color=color, lw=0.9)
    axes.plot(
        places,
        [entry["accuracy"] for entry in bins],
        color=color,
        marker=marker_of(model),
        ms=4,
        ls="",
        clip_on=False,
        zorder=3,
        mec=PAPER,
        mew=0.4,
    )
    axes.set_title(model["name"], size=_title_size(axes, model["name"]), pad=14)
    line = shifted(axes.transAxes, axes, 0, 5)
    axes.text(0, 1, "ECE", size=SMALL, color=QUIET, transform=line)
    beside = shifted(axes.transAxes, axes, text_width("ECE "), 5)
    number_text(axes, 0, 1, panel["error"], size=SMALL, transform=beside)


def _title_size(axes: Axes, name: str) -> float:
    room = width_of(axes)
    return min(NORMAL, NORMAL * room / text_width(name, NORMAL, "bold"))


def _draw_counts(axes: Axes, panel: dict[str, Any], most: int) -> None:
    bins = [entry for entry in panel["bins"] if entry["count"]]
    axes.bar(
        [entry["low"] for entry in bins],
        [entry["count"] - 0.5 for entry in bins],
        [0.92 * (entry["high"] - entry["low"]) for entry in bins],
        bottom=0.5,
        align="edge",
        color=color_of(panel["model"]),
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
            axes.yaxis.set_label_coords(-28 / (width_of(axes)), 0.5)
    else:
        lower.set_yticklabels([])
    if last:
        lower.set_xlabel("Confidence")
