"""Draw the scores of a sweep: a panel for each setting, a point for each configuration."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    grid_along,
    log_ticks,
    model_point,
    round_ticks,
    ticks_at,
)
from reportgen.figures.drawing.style import INK, PAPER, color_of

HEIGHT, BELOW = 120.0, 38.0
"""Points: of a panel, and of what is below it."""
LEFT = 46.0
MOST_TICKS = 4
FEW = 8
"""Different values up to which each is marked with the mean of its scores, and named."""


def draw_sweep(page: Page, data: dict[str, Any]) -> None:
    """Draw the panels beside each other, as many as have room, on one vertical axis."""
    panels = data["panels"]
    columns = page.panels_beside(min(3, len(panels)))
    rows = -(-len(panels) // columns)
    page.set_height(rows * (HEIGHT + BELOW))
    page.columns = columns
    width = page.width / columns
    for number, each in enumerate(panels):
        left = number % columns * width + LEFT
        top = number // columns * (HEIGHT + BELOW) + 6
        axes = page.panel(left, top, width - LEFT - 12, HEIGHT)
        _draw_panel(axes, each, data)
        axes.set_ylabel(data["y_axis"])


def _draw_panel(axes: Axes, each: dict[str, Any], data: dict[str, Any]) -> None:
    known = [
        (value, score)
        for value, score in zip(each["values"], data["scores"], strict=True)
        if score is not None
    ]
    values, scores = (np.array(column, dtype=float) for column in zip(*known, strict=True))
    if each["scale"] == "log":
        axes.set_xscale("log")
    look: dict[str, Any] = {"color": color_of(data["model"]), "mec": PAPER, "mew": 0.3, "ms": 3.6}
    names = each.get("names") or []
    read = [
        f"{names[int(value)] if each['scale'] == 'names' else f'{value:g}'}: {score:.4g}"
        for value, score in known
    ]
    axes.plot(values, scores, ls="", marker="o", alpha=0.75, **look, **about(data["model"], *read))
    different = np.unique(values)
    if len(different) <= FEW:
        _draw_means(axes, different, values, scores)
    model_point(
        axes,
        each["values"][data["selected"]],
        data["scores"][data["selected"]],
        data["model"],
        marker="o",
        ms=7.5,
        mfc="none",
        mec=INK,
        mew=1.1,
        zorder=5,
    )
    axes.margins(x=0.08)
    _name_values(axes, each, different)
    axes.set_xlabel(each["name"])
    round_ticks(axes.yaxis, 5)
    grid_along(axes, "y")


def _draw_means(axes: Axes, different: Any, values: Any, scores: Any) -> None:
    """Draw a bar at the mean of the scores of each value that several configurations have."""
    for value in different:
        own = scores[values == value]
        if len(own) > 1:
            axes.plot([value], [own.mean()], marker="_", ms=13, mew=1.6, color=INK, zorder=4)


def _name_values(axes: Axes, each: dict[str, Any], different: Any) -> None:
    """Put ticks at the values where they are few, else at round numbers."""
    if each["scale"] == "names":
        axes.set_xticks(range(len(each["names"])), each["names"])
        axes.set_xlim(-0.5, len(each["names"]) - 0.5)
        return
    if len(different) <= FEW:
        ticks_at(axes.xaxis, list(different))
    elif each["scale"] == "log":
        low, high = float(different[0]), float(different[-1])
        ticks_at(axes.xaxis, log_ticks(low, high, (1, 3), MOST_TICKS))
    else:
        round_ticks(axes.xaxis, 4)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
