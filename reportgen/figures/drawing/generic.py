"""Draw the figures that are made from data alone (`reportgen.figures.generic`)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reportgen.analysis.prediction_arrays import Floats
from reportgen.figures.drawing.parts import (
    about,
    class_ticks,
    even_columns,
    grid_along,
    model_point,
    page,
    set_height,
    text_width,
    whisker,
)
from reportgen.figures.drawing.style import (
    BLUES,
    INK,
    PAPER,
    QUIET,
    SMALL,
    color_of,
    marker_of,
    text_color_on,
)
from reportgen.figures.drawing.training import spread

GROUP = 0.8
"""Share of a place that its bars or dots take."""
FULL = 300.0
"""Points: the height from which on rows of dots move closer together."""
HEIGHT, LINE = 104.0, 9.5
"""Points: of a figure of lines without what is above it, and from one label to the next."""
FEW = 10
"""Evenly spaced places of a figure of lines up to which each has a tick."""
MARGINS, SCALE = 40.0, 50.0
"""Points beside the cells of a heat map and its names, and of its scale of colours."""
BESIDE = 3.0
"""Points between the whiskers of two series at one place."""
LABELLED = 26.0
"""Points: the narrowest cell of a heat map that its number fits into."""


def draw_bars(figure: Figure, data: dict[str, Any]) -> None:
    """Draw groups of bars, a group for each place."""
    axes = _axes(figure, data, 165)
    count = len(data["series"])
    for position, each in enumerate(data["series"]):
        centers = np.arange(len(data["places"])) + GROUP * ((position + 0.5) / count - 0.5)
        drawn = axes.bar(centers, each["values"], GROUP / count, color=color_of(each["model"]))
        for patch, read in zip(drawn, _read(data, each), strict=True):
            patch.set(**about(each["model"], read))
        _draw_intervals(axes, centers, each, upright=True)
    axes.axhline(0, color=INK, lw=0.6)
    axes.set_xlim(-0.6, len(data["places"]) - 0.4)
    class_ticks(axes, data["places"], (page(figure) - 46) / len(data["places"]))
    grid_along(axes, "y")
    models = [each["model"] for each in data["series"]]
    _add_legend(figure, [Patch(color=color_of(each), label=each["name"]) for each in models])


def draw_rows(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a row of points with their intervals for each place, the first at the top."""
    places, count = data["places"], len(data["series"])
    pitch = min(12.0, max(4.5, FULL / (count * len(places))))
    axes = _axes(figure, data, 22 + pitch * (count + 0.5) * len(places))
    axes.set(ylabel=data["x_axis"], xlabel=data["y_axis"])
    for position, each in enumerate(data["series"]):
        heights = np.arange(len(places)) + GROUP * ((position + 0.5) / count - 0.5)
        _draw_intervals(axes, heights, each, upright=False, color=color_of(each["model"]))
        for height, value, read in zip(heights, each["values"], _read(data, each), strict=True):
            model_point(axes, value, height, each["model"], read)
    axes.set_yticks(range(len(places)), places)
    axes.set_ylim(len(places) - 0.5, -0.5)
    grid_along(axes, "x")
    _add_legend(figure, [_line_handle(each["model"], "") for each in data["series"]])


def draw_lines(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a line for each series, and its intervals as whiskers, or over many places as a band.

    Bands of several models would merge; whiskers of a place are set beside each other.
    """
    axes = _axes(figure, data, HEIGHT)
    middle = (len(data["series"]) - 1) / 2
    for position, each in enumerate(data["series"]):
        style: dict[str, Any] = {"color": color_of(each["model"])}
        places = data["places"]
        if each["low"] is not None and len(places) <= FEW:
            places = _move_aside(data, BESIDE * (position - middle) / page(figure))
            _draw_intervals(axes, places, each, upright=True, **style, **about(each["model"]))
        elif each["low"] is not None:
            band = {"alpha": 0.15, **style, **about(each["model"])}
            axes.fill_between(places, each["low"], each["high"], **band)
        style |= {"marker": marker_of(each["model"]), **about(each["model"], *_read(data, each))}
        if each["model"].get("hollow"):
            style |= {"mfc": PAPER, "mew": 0.9}
        axes.plot(places, each["values"], **style)
    if data["x_scale"] == "log":
        axes.set_xscale("log")
    steps = np.diff(data["places"])
    if data["x_scale"] == "log" or (len(steps) < FEW and np.allclose(steps, steps[:1])):
        axes.xaxis.set_major_locator(FixedLocator(data["places"]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    last = [each["values"][-1] for each in data["series"]]
    together = np.ptp(last) * HEIGHT < LINE * np.ptp(axes.get_ylim())
    if len(last) * LINE > HEIGHT or (together and len(last) > 2):
        _add_legend(figure, [_line_handle(each["model"]) for each in data["series"]])
    elif len(last) > 1:
        _name_ends(axes, data)


def _move_aside(data: dict[str, Any], share: float) -> Floats:
    """Return the places of a figure of lines, moved by this share of their whole range."""
    places = np.asarray(data["places"], dtype=float)
    if data["x_scale"] == "log":
        return np.asarray(places * (places[-1] / places[0]) ** share)
    return np.asarray(places + share * np.ptp(places))


def _name_ends(axes: Axes, data: dict[str, Any]) -> None:
    """Write each name beside the end of its line, one above the other."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    ends = sorted(data["series"], key=lambda each: each["values"][-1])
    heights = [HEIGHT * (each["values"][-1] - low) / (high - low) for each in ends]
    for each, height in zip(ends, spread(heights, LINE, HEIGHT), strict=True):
        model = each["model"]
        line = {"arrowstyle": "-", "color": color_of(model), "lw": 0.6, "shrinkA": 1, "shrinkB": 4}
        axes.annotate(
            model["name"],
            (data["places"][-1], each["values"][-1]),
            (1.03, height / HEIGHT),
            textcoords="axes fraction",
            size=SMALL,
            va="center_baseline",
            arrowprops=line,
        )


def _read(data: dict[str, Any], each: dict[str, Any]) -> Iterator[str]:
    """Yield what the marks of a series show: their place, value and interval."""
    lows, highs = each["low"] or each["values"], each["high"] or each["values"]
    axis = re.split(r", | \(", data["x_axis"])[0]
    for place, value, low, high in zip(data["places"], each["values"], lows, highs, strict=True):
        name = place if isinstance(place, str) else f"{axis} {place:,.6g}".strip()
        yield f"{name}: {value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low < high else "")


def draw_heatmap(figure: Figure, data: dict[str, Any]) -> None:
    """Draw a table of colours in eight steps, with numbers where they have room, else a scale."""
    rows, columns = data["rows"], data["columns"]
    longest = max(text_width(name) for name in rows)
    cell = (page(figure) - longest - MARGINS) / len(columns)
    labelled = cell >= LABELLED and len(rows) <= 24
    cell -= 0 if labelled else SCALE / len(columns)
    set_height(figure, 46 + min(10.2 * len(rows), 500))
    axes = figure.subplots()
    values = np.asarray(data["values"], dtype=float)
    # The colours of other matrices, which have counterparts on dark screens.
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high if high > low else low + 1.0, len(BLUES) + 1)
    steps = BoundaryNorm(edges, len(BLUES), clip=True)
    read = [
        f"{row}, {column}: {value:.4g}"
        for row, line in zip(rows, data["values"], strict=True)
        for column, value in zip(columns, line, strict=True)
    ]
    look = {"cmap": ListedColormap(BLUES), "norm": steps, **about(None, *read)}
    image = axes.pcolormesh(values, edgecolors=PAPER, linewidth=0.5, **look)
    axes.set(ylim=(len(rows), 0), xlabel=data["x_axis"], ylabel=data["y_axis"])
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    class_ticks(axes, columns, cell, 0.5)
    axes.grid(visible=False)
    if not labelled:
        figure.colorbar(image, ax=axes, label=data["unit"])
        return
    axes.set_title(data["unit"], loc="left", size=SMALL, color=QUIET, pad=4)
    # Three digits for the largest, and as many decimals for all.
    largest = float(np.abs(values).max())
    decimals = min(6, max(0, 2 - math.floor(math.log10(largest)))) if largest else 0
    for (row, column), value in np.ndenumerate(values):
        shade = BLUES[int(steps(value))]
        style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": SMALL}
        text = f"{value:.{decimals}f}".replace("-", "−")
        axes.text(column + 0.5, row + 0.5, text, color=text_color_on(shade), **style)


def _axes(figure: Figure, data: dict[str, Any], height: float) -> Axes:
    names = [each["model"]["name"] for each in data["series"]]
    rows = -(-len(names) // _legend_columns(figure, names))
    set_height(figure, 36 + height + 13 * rows)
    axes = figure.subplots()
    axes.set(xlabel=data["x_axis"], ylabel=data["y_axis"])
    return axes


def _draw_intervals(
    axes: Axes, places: Any, each: dict[str, Any], upright: bool, **style: Any
) -> None:
    if each["low"] is None:
        return
    for place, low, high in zip(places, each["low"], each["high"], strict=True):
        along, across = (low, high), (place, place)
        whisker(axes, *((across, along) if upright else (along, across)), **style)


def _line_handle(model: dict[str, Any], line: str = "-") -> Line2D:
    look: dict[str, Any] = {"mfc": PAPER, "mew": 1.1} if model.get("hollow") else {}
    color, marker = color_of(model), marker_of(model)
    return Line2D([], [], color=color, marker=marker, ls=line, label=model["name"], **look)


def _add_legend(figure: Figure, handles: list[Any]) -> None:
    """Put a legend above the whole figure, read row by row; it never covers data."""
    if len(handles) < 2:
        return
    columns = _legend_columns(figure, [str(handle.get_label()) for handle in handles])
    # matplotlib fills a legend column by column.
    ordered = [handle for column in range(columns) for handle in handles[column::columns]]
    figure.legend(handles=ordered, loc="outside upper left", ncols=columns, borderaxespad=0.2)


def _legend_columns(figure: Figure, names: list[str]) -> int:
    return even_columns(names, page(figure) - 10, 30)
