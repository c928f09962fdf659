"""Draw reliability diagrams, risk–coverage and precision–recall curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from reportgen.figures.drawing.names import distinct_labels
from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    count_ticks,
    draw_key,
    key_height,
    log_ticks,
    model_point,
    reading,
    round_ticks,
    share_ticks,
    shifted,
    ticks_at,
    width_of,
    write_line,
)
from reportgen.figures.drawing.style import GRID, QUIET, SMALL, color_of
from reportgen.figures.drawing.training import DASHES, HEIGHT, draw_curve, name_ends, room_for_names
from reportgen.formatting import integer, percent, percent_whole

PANELS = 4
"""Reliability diagrams beside each other."""
COUNTS = 20.0
"""Points: the height of the panel that counts the predictions of each bin."""


def draw_reliability(page: Page, data: dict[str, Any]) -> None:
    """Draw a reliability diagram for each model, with the sizes of its bins below."""
    panels = data["panels"]
    columns = min(PANELS, len(panels), int(page.width / 110))
    rows = -(-len(panels) // columns)
    pitch = min((page.width - 38) / columns, 170.0)
    side = pitch - 12
    page.set_height(rows * (30 + side + COUNTS + 14) + 20)
    most = max(entry["count"] for each in panels for entry in each["bins"])
    for place, each in enumerate(panels):
        column, row = place % columns, place // columns
        left, top = 38 + column * pitch, 28 + row * (30 + side + COUNTS + 14)
        upper = page.panel(left, top, side, side)
        lower = page.panel(left, top + side + 6, side, COUNTS)
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
    (name,) = distinct_labels([model["name"]], width_of(axes) - 4)
    axes.set_title(name, size=SMALL, pad=14)
    write_line(axes, ["ECE ", shown["error"]], shifted(axes.transAxes, axes, 0, 5), color=QUIET)


def _draw_counts(axes: Axes, shown: dict[str, Any], most: int) -> None:
    bins = [entry for entry in shown["bins"] if entry["count"]]
    # A logarithmic axis has no 0: bars begin at one half.
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
    ticks_at(axes.yaxis, log_ticks(1, 2 * most, (1,), 3))
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


def draw_risk_coverage(page: Page, data: dict[str, Any]) -> None:
    """Draw the risk over the coverage, a line for each model, named at its end where names fit."""
    series = data["series"]
    models = [entry["model"] for entry in series]
    ends = [
        (len(risk["mean"]), risk["mean"][-1], model, model["name"])
        for model, risk in ((each["model"], each["risk"]) for each in series)
    ]
    names = room_for_names(ends, page.width)
    above = 8.0 if names else 8.0 + key_height(page, models)
    page.set_height(above + HEIGHT + 34)
    axes = page.panel(44, above, page.width - 50 - (names or 6), HEIGHT)
    for entry in series:
        draw_curve(axes, entry["model"], entry["risk"], ("coverage {} %: ", "share"))
    highest = max(max(entry["risk"]["maximum"]) for entry in series)
    axes.set(xlim=(0, 100), ylim=(0, 1.05 * highest or 0.01))
    axes.set(xlabel="Coverage, %", ylabel="Wrong answers")
    round_ticks(axes.yaxis, 5)
    share_ticks(axes.yaxis)
    if names:
        name_ends(axes, ends)
    else:
        draw_key(page, models)


def draw_precision_recall(page: Page, data: dict[str, Any]) -> None:
    """Draw the precision over the recall: a panel for each class, a line for each model."""
    panels, models, start = data["panels"], data["models"], data["start"]
    columns = min(len(panels), int((page.width - LEFT) / 76))
    rows = -(-len(panels) // columns)
    pitch = (page.width - LEFT) / columns
    side = pitch - 18
    above = key_height(page, models)
    page.set_height(above + rows * (side + 22) + 30)
    draw_key(page, models, _sample_line)
    ticks = [start, (1 + start) / 2, 1]
    for place, each in enumerate(panels):
        column, row = place % columns, place // columns
        top = above + 16 + row * (side + 22)
        axes = page.panel(LEFT + column * pitch, top, side, side)
        axes.grid(visible=False)
        axes.set(xlim=(start, 1), ylim=(start, 1 + 0.02 * (1 - start)), xticks=[], yticks=[])
        for model, curve in zip(models, each["curves"], strict=True):
            _draw_recalls(axes, model, curve, start)
        (name,) = distinct_labels([each["title"]], side)
        axes.set_title(name, size=SMALL, pad=3)
        if not column:
            axes.set_yticks(ticks, [f"{100 * tick:g}" for tick in ticks])
            axes.set_ylabel("Precision, %")
        if place + columns >= len(panels):
            axes.set_xticks(ticks, [f"{100 * tick:g}" for tick in ticks])
            axes.set_xlabel("Recall, %")


LEFT = 34.0
"""Points beside the first column of panels."""


def _draw_recalls(
    axes: Axes, model: dict[str, Any], curve: dict[str, list[float]], start: float
) -> None:
    """Draw the part of a line that lies within the axes, dashed where a marker is hollow."""
    points = list(zip(curve["recall"], curve["precision"], strict=True))
    first = max((i for i, (recall, _) in enumerate(points) if recall <= start), default=0)
    last = next((i for i in range(first + 1, len(points)) if points[i][1] < start), len(points))
    shown = points[first : last + 1]
    read = [f"recall {100 * recall:g} %: {percent(precision)}" for recall, precision in shown]
    axes.plot(*zip(*shown, strict=True), **_line_of(model), **about(model, *read))


def _line_of(model: Mapping[str, Any]) -> dict[str, Any]:
    return {"color": color_of(model), "lw": 1.2, "ls": DASHES if model.get("hollow") else "-"}


def _sample_line(axes: Axes, x: float, y: float, model: Mapping[str, Any]) -> None:
    axes.plot([x - 4.5, x + 4.5], [y, y], **_line_of(model), **about(model))
