"""Draw scores: F1 for each class, accuracy against cost, published beside reproduced."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from reportgen.figures.drawing.parts import (
    bar_handle,
    class_ticks,
    count_ticks,
    cut_mark,
    grid_along,
    legend_above,
    legend_rows,
    line_handle,
    log_ticks,
    model_point,
    number_text,
    page,
    set_height,
    share_ticks,
    shifted,
    text_width,
    whisker,
)
from reportgen.figures.drawing.style import (
    INK,
    PAPER,
    SMALL,
    color_of,
    text_color_on,
)

GROUP = 0.84
"""Share of a class's slot that its bars take."""
THINNEST, LABELLED = 4.0, 8.2
"""Points: the thinnest bar, and the thinnest one that a number fits into."""
LOG_RATIO = 5.0
"""Costs that differ by more than this factor are drawn on a logarithmic axis."""


def draw_class_bars(figure: Figure, data: dict[str, Any]) -> None:
    """Draw groups of bars, a group for each class, in as many rows as the bars need."""
    classes, series = data["classes"], data["series"]
    room = page(figure) - 46
    fitting = max(1, int(room * GROUP / (THINNEST * len(series))))
    rows = -(-len(classes) // fitting)
    per_row = -(-len(classes) // rows)
    handles = [bar_handle(entry["model"]) for entry in series]
    set_height(figure, 26 + (165 if rows == 1 else 125) * rows + 13 * legend_rows(figure, handles))
    panels = figure.subplots(rows, 1, squeeze=False)[:, 0]
    for number, axes in enumerate(panels):
        start = number * per_row
        _draw_groups(axes, series, range(start, min(start + per_row, len(classes))), room / per_row)
        names = classes[start : start + per_row]
        class_ticks(axes, names, room / per_row)
        _finish_scores(axes, data["axis_start"], per_row)
    legend_above(figure, handles)


def _draw_groups(axes: Axes, series: list[dict[str, Any]], indices: range, slot: float) -> None:
    width = GROUP / len(series)
    labelled = slot * width >= LABELLED
    for number, entry in enumerate(series):
        color = color_of(entry["model"])
        offset = (number - (len(series) - 1) / 2) * width
        bars = [entry["bars"][index] for index in indices]
        xs = [place + offset for place in range(len(bars))]
        axes.bar(xs, [bar["value"] for bar in bars], width, color=color, ec=PAPER, lw=0.4)
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


def draw_cost(figure: Figure, data: dict[str, Any]) -> None:
    """Draw accuracy against multiply-adds on the left, against training time on the right."""
    points = data["points"]
    handles = [line_handle(point["model"], "") for point in points]
    set_height(figure, 170 + 13 * legend_rows(figure, handles))
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_costs(left, points, [3 * [point["multiply_adds"]] for point in points])
    _draw_costs(right, points, [point["seconds"] for point in points])
    left.set(ylabel="Accuracy")
    left.set_xlabel("Multiply-adds for one input" + _scale_note(left))
    right.set_xlabel("Training time in seconds" + _scale_note(right))
    share_ticks(left.yaxis)
    legend_above(figure, handles)


def _scale_note(axes: Axes) -> str:
    return " (logarithmic)" if axes.get_xscale() == "log" else ""


def _draw_costs(axes: Axes, points: list[dict[str, Any]], costs: list[list[float]]) -> None:
    """Draw each point with its spreads; points at the same cost stand beside each other."""
    _scale_costs(axes, [value for cost in costs for value in cost])
    same = Counter(round(cost[0], 6) for cost in costs)
    seen: Counter[float] = Counter()
    for point, (cost, low, high) in zip(points, costs, strict=True):
        place = round(cost, 6)
        shift = min(5.0, 40 / same[place]) * (seen[place] - (same[place] - 1) / 2)
        seen[place] += 1
        beside = shifted(axes.transData, axes, shift)
        accuracy, *interval = point["accuracy"]
        color = color_of(point["model"])
        whisker(axes, [cost, cost], interval, color=color, transform=beside)
        whisker(axes, [low, high], [accuracy, accuracy], color=color, transform=beside)
        model_point(axes, cost, accuracy, point["model"], transform=beside)
    axes.set_ylim(*_padded([value for point in points for value in point["accuracy"]]))


def _scale_costs(axes: Axes, values: list[float]) -> None:
    lowest, highest = min(values), max(values)
    if lowest > 0 and highest / lowest > LOG_RATIO:
        axes.set_xscale("log")
        axes.set_xlim(lowest / 1.5, highest * 1.5)
        ticks = log_ticks(lowest / 1.5, highest * 1.5, (1, 2, 5), 7)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.set_xlim(0, highest * 1.15 or 1)
        axes.locator_params(axis="x", nbins=5)
    count_ticks(axes.xaxis)


def _padded(values: list[float]) -> tuple[float, float]:
    lowest, highest = min(values), max(values)
    pad = max(0.08 * (highest - lowest), 0.0005)
    return lowest - pad, highest + pad


def draw_published(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a panel for each published table: a row for each class, published and reproduced."""
    classes, panels = data["classes"], data["panels"]
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    trained = any(row["train"] for panel in panels for row in panel["rows"])
    set_height(figure, 30 + rows * (48 + 12.5 * len(classes)))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_table(axes, panel, page(figure) / columns)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    grid[0, 0].set_yticks(range(len(classes)), classes)
    grid[0, 0].set_ylim(len(classes) - 0.4, -0.6)
    legend_above(figure, _published_handles(trained))


def _published_handles(trained: bool) -> list[Line2D]:
    look: dict[str, Any] = {"ls": "", "color": INK}
    handles = [
        Line2D([], [], marker="D", mfc=PAPER, ms=4.5, label="published", **look),
        Line2D([], [], marker="o", ms=4.5, label="reproduced, test set", **look),
    ]
    if trained:
        label = "reproduced, training set"
        handles.append(Line2D([], [], marker="^", mfc=PAPER, ms=4.5, label=label, **look))
    return handles


def _draw_table(axes: Axes, panel: dict[str, Any], width: float) -> None:
    color = color_of(panel["model"])
    for row in panel["rows"]:
        y, (mean, *span) = row["class"], row["reproduced"]
        whisker(axes, [row["published"], mean], [y, y], color=color, alpha=0.3, lw=2)
        whisker(axes, span, [y, y], color=color)
        axes.plot(mean, y, "o", color=color, ms=4.5, mec=PAPER, mew=0.4)
        if row["train"]:
            axes.plot(row["train"][0], y, "^", mfc=PAPER, mec=color, ms=4.5, mew=0.9)
        axes.plot(row["published"], y, "D", mfc=PAPER, mec=INK, ms=4.2, mew=0.9, zorder=4)
    room = int((width - 40) / text_width("n"))
    axes.set_title("\n".join(wrap(f"{panel['model']['name']}: {panel['table']}", room)))
    axes.set_xlabel("F1 score")
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params("y", length=0)
