"""Draw reliability diagrams and risk–coverage curves."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from reportgen.figures.drawing.names import distinct_labels
from reportgen.figures.drawing.parts import (
    about,
    count_ticks,
    draw_key,
    key_height,
    log_ticks,
    model_point,
    page,
    panel,
    reading,
    set_height,
    share_ticks,
    shifted,
    text_width,
    width_of,
    write_line,
)
from reportgen.figures.drawing.style import GRID, QUIET, SMALL, color_of
from reportgen.figures.drawing.training import HEIGHT, LINE, draw_curve, name_ends
from reportgen.formatting import integer, percent, percent_whole

PANELS = 4
"""Reliability diagrams beside each other."""
COUNTS = 30.0
"""Points: the height of the panel that counts the predictions of each bin."""


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
    for place, entry, low, high in zip(places, bins, lows, highs, strict=True):
        span = reading((entry["accuracy"], low, high), "share")
        read = f"confidence {percent(place)}: accuracy {span}"
        model_point(axes, place, entry["accuracy"], model, read, ms=4, clip_on=False)
    name = next(iter(distinct_labels([model["name"]], width_of(axes) - 4).values()))
    axes.set_title(name, size=SMALL, pad=14)
    write_line(axes, ["ECE ", shown["error"]], shifted(axes.transAxes, axes, 0, 5), color=QUIET)


def _draw_counts(axes: Axes, shown: dict[str, Any], most: int) -> None:
    bins = [entry for entry in shown["bins"] if entry["count"]]
    drawn = axes.bar(
        [entry["low"] for entry in bins],
        [entry["count"] - 0.5 for entry in bins],
        [0.92 * (entry["high"] - entry["low"]) for entry in bins],
        bottom=0.5,
        align="edge",
        color=color_of(shown["model"]),
    )
    for patch, entry in zip(drawn, bins, strict=True):
        span = f"{percent_whole(entry['low'])} to {percent_whole(entry['high'])}"
        patch.set(**about(shown["model"], f"confidence {span}: {integer(entry['count'])}"))
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


def draw_risk_coverage(figure: Figure, data: dict[str, Any]) -> None:
    """Draw the risk over the coverage."""
    axes = _draw_over_percent(figure, data["series"], "risk", "coverage")
    highest = max(max(entry["risk"]["maximum"]) for entry in data["series"])
    axes.set(ylim=(0, 1.05 * highest or 0.01), xlabel="Coverage, %", ylabel="Wrong answers")
    _finish_percent(axes, data["series"], "risk")


def draw_precision_recall(figure: Figure, data: dict[str, Any]) -> None:
    """Draw the precision over the recall."""
    axes = _draw_over_percent(figure, data["series"], "precision", "recall")
    axes.set(ylim=(0, 1.02), xlabel="Recall, %", ylabel="Precision")
    _finish_percent(axes, data["series"], "precision")


def _draw_over_percent(
    figure: Figure, series: list[dict[str, Any]], name: str, across: str
) -> Axes:
    """Draw a line for each model over 1 to 100 %, and name the models above where ends do not."""
    models = [entry["model"] for entry in series]
    names, direct = _names(figure, series)
    above = 8.0 if direct else 8.0 + key_height(figure, models)
    set_height(figure, above + HEIGHT + 34)
    if not direct:
        draw_key(figure, models)
    axes = panel(figure, 44, above, page(figure) - 50 - (names if direct else 6), HEIGHT)
    for entry in series:
        draw_curve(axes, entry["model"], entry[name], (f"{across} {{}} %: ", "share"))
    axes.set_xlim(0, 100)
    return axes


def _names(figure: Figure, series: list[dict[str, Any]]) -> tuple[float, bool]:
    """Return the room of names at the ends of lines, and whether they fit there."""
    names = max(text_width(entry["model"]["name"]) for entry in series) + 14
    return names, len(series) * LINE <= HEIGHT and names <= 0.34 * page(figure)


def _finish_percent(axes: Axes, series: list[dict[str, Any]], name: str) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    share_ticks(axes.yaxis)
    figure = axes.figure
    assert isinstance(figure, Figure)
    if _names(figure, series)[1]:
        name_ends(axes, series, name)
