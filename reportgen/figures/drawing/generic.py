"""Draw the figures that are made from data alone (`reportgen.figures.generic`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from reportgen.analysis.prediction_arrays import Floats
from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    bar_sample,
    class_ticks,
    draw_key,
    grid_along,
    key_height,
    model_point,
    text_width,
    ticks_at,
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
from reportgen.figures.drawing.training import HEIGHT, LINE, name_ends, room_for_names

GROUP = 0.8
"""Share of a place that its bars or dots take."""
FULL = 300.0
"""Points: the height from which on rows of dots move closer together."""
ALONE, BELOW_KEY = 130.0, 102.0
"""Points: the height of a figure of lines that are named at their ends, or by a key."""
AROUND = 34.0
"""Points that ticks and labels take above and below axes."""
FEW = 10
"""Evenly spaced places of a figure of lines up to which each has a tick."""
MARGINS, SCALE = 40.0, 50.0
"""Points beside the cells of a heat map and its names, and of its scale of colours."""
BESIDE = 3.0
"""Points between the whiskers of two series at one place."""
LABELLED = 26.0
"""Points: the narrowest cell of a heat map that its number fits into."""


def draw_bars(page: Page, data: dict[str, Any]) -> None:
    """Draw groups of bars, a group for each place."""
    axes = _axes(page, data)
    count = len(data["series"])
    for position, each in enumerate(data["series"]):
        centers = np.arange(len(data["places"])) + GROUP * ((position + 0.5) / count - 0.5)
        drawn = axes.bar(centers, each["values"], GROUP / count, color=color_of(each["model"]))
        for patch, read in zip(drawn, _read(data, each), strict=True):
            patch.set(**about(each["model"], read))
        _draw_intervals(axes, centers, each, upright=True)
    axes.axhline(0, color=INK, lw=0.6)
    axes.set_xlim(-0.6, len(data["places"]) - 0.4)
    class_ticks(axes, data["places"], (page.width - 46) / len(data["places"]))
    grid_along(axes, "y")
    _lay_out(page, 165, data, bar_sample)


def draw_rows(page: Page, data: dict[str, Any]) -> None:
    """Draw a row of points with their intervals for each place, the first at the top."""
    places, count = data["places"], len(data["series"])
    pitch = min(12.0, max(4.5, FULL / (count * len(places))))
    axes = _axes(page, data)
    axes.set(ylabel=data["x_axis"], xlabel=data["y_axis"])
    for position, each in enumerate(data["series"]):
        heights = np.arange(len(places)) + GROUP * ((position + 0.5) / count - 0.5)
        _draw_intervals(axes, heights, each, upright=False, color=color_of(each["model"]))
        for height, value, read in zip(heights, each["values"], _read(data, each), strict=True):
            model_point(axes, value, height, each["model"], read)
    axes.set_yticks(range(len(places)), places)
    axes.set_ylim(len(places) - 0.5, -0.5)
    grid_along(axes, "x")
    _lay_out(page, 22 + pitch * (count + 0.5) * len(places), data, model_point)


def draw_lines(page: Page, data: dict[str, Any]) -> None:
    """Draw a line for each series, and its intervals as whiskers, or over many places as a band.

    Bands of several models would merge; whiskers of a place are set beside each other.
    """
    axes = _axes(page, data)
    middle = (len(data["series"]) - 1) / 2
    for position, each in enumerate(data["series"]):
        style: dict[str, Any] = {"color": color_of(each["model"])}
        places = data["places"]
        if each["low"] is not None and len(places) <= FEW:
            places = _move_aside(data, BESIDE * (position - middle) / page.width)
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
        ticks_at(axes.xaxis, data["places"])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    ends = [
        (data["places"][-1], each["values"][-1], each["model"], each["model"]["name"])
        for each in data["series"]
    ]
    together = np.ptp([end[1] for end in ends]) * HEIGHT < LINE * np.ptp(axes.get_ylim())
    names = 0.0 if together and len(ends) > 2 else room_for_names(ends, page.width)
    if names and len(ends) > 1:
        _lay_out(page, ALONE, beside=names)
        name_ends(axes, ends)
    else:
        _lay_out(page, BELOW_KEY, data, _sample_line)


def _sample_line(axes: Axes, x: float, y: float, model: Mapping[str, Any]) -> None:
    whisker(axes, [x - 4.5, x + 4.5], [y, y], color=color_of(model), lw=1.2, **about(model))
    model_point(axes, x, y, model, ms=4)


def _move_aside(data: dict[str, Any], share: float) -> Floats:
    """Return the places of a figure of lines, moved by this share of their whole range."""
    places = np.asarray(data["places"], dtype=float)
    if data["x_scale"] == "log":
        return np.asarray(places * (places[-1] / places[0]) ** share)
    return np.asarray(places + share * np.ptp(places))


def _read(data: dict[str, Any], each: dict[str, Any]) -> Iterator[str]:
    """Yield what the marks of a series show: their place, value and interval."""
    lows, highs = each["low"] or each["values"], each["high"] or each["values"]
    axis = re.split(r", | \(", data["x_axis"])[0]
    for place, value, low, high in zip(data["places"], each["values"], lows, highs, strict=True):
        name = place if isinstance(place, str) else f"{axis} {place:,.6g}".strip()
        yield f"{name}: {value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low < high else "")


def draw_heatmap(page: Page, data: dict[str, Any]) -> None:
    """Draw a table of colours in eight steps, with numbers where they have room, else a scale."""
    rows, columns = data["rows"], data["columns"]
    longest = max(text_width(name) for name in rows)
    cell = (page.width - longest - MARGINS) / len(columns)
    labelled = cell >= LABELLED and len(rows) <= 24
    cell -= 0 if labelled else SCALE / len(columns)
    axes = _axes(page, data)
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
    axes.set_ylim(len(rows), 0)
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    class_ticks(axes, columns, cell, 0.5)
    axes.grid(visible=False)
    if not labelled:
        page.figure.colorbar(image, ax=axes, label=data["unit"])
    else:
        axes.set_title(data["unit"], loc="left", size=SMALL, color=QUIET, pad=4)
        _print_cells(axes, values, steps)
    _lay_out(page, 12 + min(10.2 * len(rows), 500))


def _print_cells(axes: Axes, values: Floats, steps: BoundaryNorm) -> None:
    """Print three digits of the largest value, and as many decimals of all."""
    largest = float(np.abs(values).max())
    decimals = min(6, max(0, 2 - math.floor(math.log10(largest)))) if largest else 0
    for (row, column), value in np.ndenumerate(values):
        shade = BLUES[int(steps(value))]
        style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": SMALL}
        text = f"{value:.{decimals}f}".replace("-", "−")
        axes.text(column + 0.5, row + 0.5, text, color=text_color_on(shade), **style)


def _axes(page: Page, data: dict[str, Any]) -> Axes:
    axes = page.figure.subplots()
    axes.set(xlabel=data["x_axis"], ylabel=data["y_axis"])
    return axes


def _lay_out(
    page: Page,
    height: float,
    data: Mapping[str, Any] | None = None,
    sample: Callable[[Axes, float, float, Mapping[str, Any]], None] = model_point,
    beside: float = 0.0,
) -> None:
    """Place axes about `height` points high, with all that is beside them, in the figure.

    They are below a key of the series in `data`, where there are several, and `beside` points
    from the right edge.
    """
    models = [each["model"] for each in data["series"]] if data else []
    key = key_height(page, models) if len(models) > 1 else 0.0
    page.set_height(AROUND + height + key)
    rect = (0, 0, 1 - beside / page.width, 1 - key / (AROUND + height + key))
    ConstrainedLayoutEngine(rect=rect).execute(page.figure)
    if key:
        draw_key(page, models, sample)


def _draw_intervals(
    axes: Axes, places: Any, each: dict[str, Any], upright: bool, **style: Any
) -> None:
    if each["low"] is None:
        return
    for place, low, high in zip(places, each["low"], each["high"], strict=True):
        along, across = (low, high), (place, place)
        whisker(axes, *((across, along) if upright else (along, across)), **style)
