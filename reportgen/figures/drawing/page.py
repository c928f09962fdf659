"""The page that a figure is drawn on; all its lengths are in points, from its upper left corner."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

POINTS = 72
NARROWEST = 160
"""Points that a panel needs beside another."""


class Page:
    """A figure of a given width. Its height is set before anything is placed on it."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.figure = Figure(dpi=POINTS, figsize=(width / POINTS, 1))
        # Texts are measured by what draws them.
        self.canvas: Any = FigureCanvasSVG(self.figure)
        self.columns = 1
        """Of equal width, between which nothing is drawn: a narrow screen stacks them."""

    def set_height(self, height: float) -> None:
        """Give the page this height."""
        self.figure.set_size_inches(self.width / POINTS, height / POINTS)

    def panel(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes at this place."""
        down = float(self.figure.get_figheight()) * POINTS
        place = (left / self.width, 1 - (top + height) / down, width / self.width, height / down)
        return self.figure.add_axes(place)

    def whole(self, height: float) -> Axes:
        """Give the page this height, and return axes that are all of it, in points."""
        self.set_height(height)
        return self.strip(height)

    def strip(self, height: float) -> Axes:
        """Return axes over the width of the page, from its upper edge down, in points."""
        axes = self.panel(0, 0, self.width, height)
        axes.set(xlim=(0, self.width), ylim=(height, 0))
        axes.set_axis_off()
        return axes

    def panels_beside(self, panels: int) -> int:
        """Return how many panels are beside each other: on a phone they are below each other."""
        return max(1, min(panels, int(self.width / NARROWEST)))
