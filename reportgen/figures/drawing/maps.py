"""Draw small images in rows, each with a name and texts above them, in blocks side by side."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from reportgen.figures.drawing.dataset import GAP, decode_strip, show_strip
from reportgen.figures.drawing.parts import canvas, page, part_into, text_width
from reportgen.figures.drawing.style import QUIET, SMALL

LINE = 10.0
SPACE = 3.0
"""Points of a line of texts, and between two rows."""


def draw_maps(figure: Figure, data: dict[str, Any]) -> None:
    """Draw rows of images; blocks are below each other on a narrow screen."""
    height, width = data["size"]
    rows, blocks = data["rows"], data["blocks"]
    per_block = -(-len(rows) // blocks)
    block_width = page(figure) / blocks
    margin = max(text_width(row["name"]) for row in rows) + 8
    pitch = (block_width - margin - 6) / data["columns"]
    tile = pitch * width / (width + GAP)
    heights = [
        tile * height / width + SPACE + (LINE if row["texts"] else 0) for row in rows[:per_block]
    ]
    axes = canvas(figure, sum(heights) + 4)
    for place, row in enumerate(rows):
        left = place // per_block * block_width + margin
        number = place % per_block
        bottom = 2 + sum(heights[: number + 1]) - SPACE
        top = bottom - tile * height / width
        middle = (top + bottom) / 2
        axes.text(left - 6, middle, row["name"], ha="right", va="center", size=SMALL)
        for column, text in enumerate(row["texts"]):
            x = left + column * pitch + tile / 2
            axes.text(x, top - 2.5, text, ha="center", size=SMALL, color=QUIET)
        show_strip(axes, decode_strip(row["png"]), left, top, bottom - top)
    part_into(figure, blocks)
