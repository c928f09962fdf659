"""Draw confusion matrices, and the difference of two.

A good model's errors are a hundred times rarer than its right answers: on one colour scale the
diagonal would drown them. So the diagonal is a quiet grey, zero cells are empty, and the colour
scale belongs to the errors alone, with a square root so that single ones can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, ListedColormap, Normalize, PowerNorm, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from reportgen.figures.drawing.parts import (
    POINTS,
    class_ticks,
    named_places,
    number_text,
    page,
    set_height,
    text_width,
    width_of,
)
from reportgen.figures.drawing.style import GRID, INK, PAPER, SMALL, text_color_on

ERRORS = "#7A1F5C"
"""The darkest error: no model has this hue."""
DIAGONAL = "#E6E9EC"
MORE, LESS = "#1B6CA8", "#B8500F"
"""More often in the first model, more often in the second."""
FAINT, FEW = 0.005, 5
"""The least difference in full colour: a share of a row, and a number of images."""
MANY = 60
"""Classes from which on cells are drawn one by one, and without the lines between them."""
SMALLEST = 5.0
"""Points: a number that would have to be smaller to fit its cell is left out."""


def draw_confusion_matrices(figure: Figure, data: dict[str, Any]) -> None:
    """Draw one panel, or two beside each other: the counts and the shares of each row."""
    classes, panels = data["classes"], data["panels"]
    shares = np.array(data["shares"], dtype=np.float64)
    errors = shares - np.diag(np.diag(shares))
    norm, colors = PowerNorm(0.5, 0, data["darkest"] or 1.0), _light_palette(ERRORS)
    grid = _lay_out(figure, classes, len(panels), 0.24)
    for number, (axes, panel) in enumerate(zip(grid, panels, strict=True)):
        _heat(axes, np.ones_like(shares), ~np.eye(len(shares), dtype=bool), _flat(DIAGONAL), None)
        _heat(axes, errors, errors == 0, colors, norm)
        _label_cells(axes, panel["labels"], lambda value: to_hex(colors(norm(value))), errors)
        _name_axes(axes, classes, first=number == 0)
        axes.set_title(panel["heading"])


def _lay_out(figure: Figure, classes: list[str], panels: int, above: float) -> list[Axes]:
    """Return axes of square cells, side by side across the page, named on the left."""
    figure.set_layout_engine("none")
    width = page(figure) / POINTS
    names = max(text_width(name) for name in classes) / POINTS
    turned = names * 0.75 + 0.08 if names * POINTS > 16 else 0.12
    left, gap, below = names + 0.3, 0.14, turned + 0.26
    side = min((width - left - 0.04 - gap * (panels - 1)) / panels, _largest(len(classes)))
    height = side + above + below
    set_height(figure, height * POINTS)
    start = left + (width - left - panels * side - gap * (panels - 1)) / 2
    return [
        figure.add_axes(
            (
                (start + number * (side + gap)) / width,
                below / height,
                side / width,
                side / height,
            )
        )
        for number in range(panels)
    ]


def _largest(classes: int) -> float:
    """Return the side of a matrix that stands alone, in inches."""
    return 4.2 if classes <= 12 else 5.6


def _heat(
    axes: Axes,
    matrix: NDArray[np.float64],
    mask: NDArray[np.bool_],
    colors: Colormap,
    norm: Normalize | None,
) -> None:
    """Draw the cells of `matrix` that are not masked."""
    if mask.all():
        return
    if len(matrix) > MANY:
        _fill(axes, matrix, mask, colors, norm)
        return
    import seaborn  # slow to import, and only heat maps need it

    seaborn.heatmap(
        matrix,
        mask=mask,
        ax=axes,
        cmap=colors,
        norm=norm,
        cbar=False,
        xticklabels=False,
        yticklabels=False,
        linewidths=0,
    )


def _fill(
    axes: Axes,
    matrix: NDArray[np.float64],
    mask: NDArray[np.bool_],
    colors: Colormap,
    norm: Normalize | None,
) -> None:
    """Draw the cells that are not masked, and nothing for the others: there are too many."""
    rows, columns = np.nonzero(~mask)
    values = matrix[rows, columns]
    shades = colors(values if norm is None else norm(values))
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    cells = np.stack([columns, rows], axis=1)[:, None] + corners
    axes.add_collection(PolyCollection(list(cells), facecolors=shades, linewidths=0))


def _light_palette(color: str) -> Colormap:
    import seaborn

    colors: Colormap = seaborn.light_palette(color, as_cmap=True)
    return colors


def _flat(color: str) -> Colormap:
    return ListedColormap([color])


def _label_cells(
    axes: Axes,
    labels: list[dict[str, Any]],
    shade: Callable[[float], str],
    errors: NDArray[np.float64],
) -> None:
    """Print the number of every cell that is not zero, as large as fits, up to 7 points."""
    cell = width_of(axes) / len(errors)
    for label in labels:
        row, column = label["row"], label["column"]
        size = min(SMALL, SMALL * 0.98 * cell / max(9.0, text_width(label["text"])))
        if size < SMALLEST:
            continue
        color = text_color_on(shade(errors[row, column])) if errors[row, column] else INK
        number_text(
            axes, column + 0.5, row + 0.5, label, ha="center", va="center", size=size, color=color
        )


def _name_axes(axes: Axes, classes: list[str], *, first: bool) -> None:
    size = len(classes)
    lines: dict[str, Any] = {"color": GRID, "lw": 0.4, "zorder": 0.5, "clip_on": False}
    edges = range(0, size + 1, 1 if size <= MANY else size)
    axes.hlines(edges, 0, size, **lines)
    axes.vlines(edges, 0, size, **lines)
    axes.set(xlim=(0, size), ylim=(size, 0))
    # Cells are square, so that a name has as much room on either side.
    slot = width_of(axes) / size
    class_ticks(axes, classes, slot, 0.5)
    places = named_places(size, slot)
    axes.set_yticks(
        [place + 0.5 for place in places], [classes[place] if first else "" for place in places]
    )
    axes.tick_params("both", length=0)
    axes.grid(visible=False)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class" if first else "")
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_confusion_difference(figure: Figure, data: dict[str, Any]) -> None:
    """Draw first minus second; cells that differ beyond chance are framed."""
    classes = data["classes"]
    (axes,) = _lay_out(figure, classes, 1, 0.36)
    matrix = np.array(data["matrix"], dtype=np.float64)
    errors = matrix - np.diag(np.diag(matrix))
    norm = PowerNorm(0.5, 0, max(np.abs(errors).max(), data["row"] * FAINT, FEW), clip=True)
    palettes = {1: _light_palette(MORE), -1: _light_palette(LESS)}
    for sign, colors in palettes.items():
        _heat(axes, np.abs(matrix), sign * matrix <= 0, colors, norm)

    def shade(value: float) -> str:
        return to_hex(palettes[1 if value > 0 else -1](norm(abs(value))))

    _label_cells(axes, data["labels"], shade, matrix)
    _name_axes(axes, classes, first=True)
    for row, column in data["marked"]:
        axes.add_patch(Rectangle((column, row), 1, 1, fill=False, ec=INK, lw=1.4, zorder=3))
    _explain_difference(axes, data)


def _explain_difference(axes: Axes, data: dict[str, Any]) -> None:
    handles = [
        Patch(color=MORE, label=f"{data['first']} more often"),
        Patch(color=LESS, label=f"{data['second']} more often"),
        Patch(facecolor=PAPER, edgecolor=INK, lw=1.4, label=data["mark"]),
    ]
    axes.legend(
        handles=handles if data["marked"] else handles[:2],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.7,
        borderpad=0,
        ncols=3,
    )
