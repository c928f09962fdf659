"""Draw confusion matrices, and the difference of two.

What the colours of a matrix mean is planned (`reportgen.figures.plan.cells`); those of a difference
go with the square root of the number, in eight steps. A cell of zero is empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from reportgen.figures.drawing.names import distinct_labels
from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    GAP,
    Piece,
    about,
    class_ticks,
    height_of,
    named_places,
    number_text,
    set_pieces,
    shifted,
    text_width,
    upright_names,
    width_of,
    write_line,
)
from reportgen.figures.drawing.style import (
    BLUES,
    GRID,
    INK,
    NORMAL,
    ORANGES,
    PAPER,
    QUIET,
    SMALL,
    text_color_on,
)
from reportgen.formatting import percent_cell, signed_digits

FAINT, FEW = 0.005, 5
"""The least difference in full colour: a share of a row, and a number of images."""
LARGEST, SMALLEST, TALLEST = 22.0, 150.0, 11.5
"""Points: the width of a cell at the most, of a matrix at the least, which its key needs, and the
height of a cell at the most: a number is wider than it is high."""
FEW_CLASSES = 12
"""Classes up to which names may be as wide as in other figures."""
MANY = 60
"""Classes from which on there are no lines between the cells."""
PITCH, KEY = 11.5, 7.0
"""Points of a line of text, and of a step of the key."""
BOLD = 0.91
"""Width of a text, as a share of its width in bold."""
KEY_HEADS = {"counts": "Errors:", "shares": "Errors, %:"}

NAME = 72.0
"""Points of a class's name at the most, where many classes share the page."""


def _short(classes: Sequence[str]) -> list[str]:
    """Return names that leave the room of the page to the cells of many classes."""
    return distinct_labels(classes, NAME) if len(classes) > FEW_CLASSES else [*classes]


def draw_confusion_matrices(page: Page, data: dict[str, Any]) -> None:
    """Draw a matrix for each model, `columns` of them beside each other, above one key."""
    classes, panels, measure = _short(data["classes"]), data["panels"], data["measure"]
    narrowest = 150 if data["columns"] > 2 else 230
    columns = min(data["columns"], max(1, int(page.width / narrowest)))
    rows = -(-len(panels) // columns)
    frame = _Frame(page, classes, columns)
    names = [each["name"] for each in panels]
    heads = distinct_labels(names, BOLD * (frame.left + frame.room - GAP))
    panels = [{**each, "name": head} for each, head in zip(panels, heads, strict=True)]
    # Long names begin further to the left, above those of the classes.
    widest = max(text_width(each["name"], NORMAL, "bold") for each in panels)
    start = min(0.0, frame.room - widest)
    beside = all(_head_width(each) <= frame.side for each in panels)
    frame.leave(above=(1 if beside else 2) * PITCH + 4, below=6)
    key = data["keys"][measure]
    words = [KEY_HEADS[measure], *(each["text"] for each in key)]
    widths = [text_width(text) + (KEY + 3 if place else 0) for place, text in enumerate(words)]
    pieces = set_pieces(list(zip(words, widths, strict=True)), page.width - frame.left)
    shades = [None, *(BLUES[each["color"] - 1] for each in key)]
    page.set_height(rows * frame.height + (pieces[-1].line + 2) * PITCH)
    for number, each in enumerate(panels):
        axes = frame.place(number)
        colors = _filled(each["colors"][measure])
        printed = _fit(axes, each["cells"], len(classes))
        read = {} if printed else _read_cells(classes, each["matrix"], measure)
        _fill(axes, colors, BLUES, len(classes), read, each["model"])
        if printed:
            _label_cells(axes, each["cells"], {at: BLUES[n - 1] for at, n in colors.items()})
        _name_axes(axes, classes)
        _write_head(axes, each, start, beside=beside)
        if number + columns >= len(panels):
            name = shifted(axes.transAxes, axes, 0, -frame.ticks - PITCH + 3)
            style: dict[str, Any] = {"size": NORMAL, "va": "baseline", "ha": "center"}
            axes.text(0.5, 0, "Predicted class", transform=name, **style)
        if number == columns * (rows - 1):
            _write_key(axes, list(zip(pieces, shades, strict=True)), frame.ticks)


def _head_width(each: dict[str, Any]) -> float:
    note = (part if isinstance(part, str) else part["text"] for part in each["note"])
    return text_width(each["name"], NORMAL, "bold") + GAP + text_width("".join(note))


def _write_head(axes: Axes, each: dict[str, Any], start: float, *, beside: bool) -> None:
    """Write the name of the model and, beside or below it, what the matrix counts."""
    head = shifted(axes.transAxes, axes, start, 5 if beside else PITCH + 5)
    axes.text(0, 1, each["name"], transform=head, size=NORMAL, weight="bold")
    left = start + text_width(each["name"], NORMAL, "bold") + GAP if beside else 0
    write_line(axes, each["note"], shifted(axes.transAxes, axes, left, 5), color=QUIET)


def _read_cells(
    classes: Sequence[str], matrix: Sequence[Sequence[float]], measure: str
) -> dict[tuple[int, int], str]:
    """Return what every cell that is not zero shows."""
    return {
        (i, j): (f"{classes[i]}, correct: " if i == j else f"{classes[i]} taken for {classes[j]}: ")
        + (f"{value:,}" if measure == "counts" else f"{percent_cell(value)}\u202f%")
        for (i, j), value in _filled(matrix).items()
    }


def _filled(matrix: Sequence[Sequence[Any]]) -> dict[tuple[int, int], Any]:
    """Return (row, column) of every cell that is not zero → what is in it."""
    return {(i, j): value for i, row in enumerate(matrix) for j, value in enumerate(row) if value}


def _write_key(axes: Axes, key: Sequence[tuple[Piece, str | None]], ticks: float) -> None:
    """Explain the colours below the name of the horizontal axis; the first word has none."""
    across, down = KEY / width_of(axes), KEY / height_of(axes)
    for piece, shade in key:
        y = -ticks - (piece.line + 2) * PITCH + 2
        left = piece.left
        if shade:
            place = shifted(axes.transAxes, axes, left, y - 0.5)
            look: dict[str, Any] = {"fc": shade, "lw": 0, "clip_on": False}
            axes.add_patch(Rectangle((0, 0), across, down, transform=place, **look))
            left += KEY + 3
        at = shifted(axes.transAxes, axes, left, y)
        axes.text(0, 0, piece.text, transform=at, size=SMALL, color=QUIET, va="baseline")


class _Frame:
    """Axes of matrices, named on the left and below."""

    def __init__(self, page: Page, classes: Sequence[str], columns: int) -> None:
        self.page, self.columns = page, columns
        names = max(map(text_width, classes))
        self.left, gap = names + PITCH + 8, 8.0
        self.room = (page.width - columns * (self.left + gap) + gap) / columns
        self.side = min(self.room, max(LARGEST * len(classes), SMALLEST))
        slot = self.side / len(classes)
        turned = names * (1.0 if slot < 14 else 0.75) + 6
        upright = upright_names(classes, slot)
        self.ticks = PITCH * (1 + max(name.count("\n") for name in upright)) if upright else turned
        self.pitch = self.left + self.room + gap
        self.tall = min(self.side, TALLEST * len(classes))

    def leave(self, above: float, below: float) -> None:
        """Leave room above a matrix, and below the names of its classes, in points."""
        self.above = above
        self.height = above + self.tall + self.ticks + below

    def place(self, number: int) -> Axes:
        left = number % self.columns * self.pitch + self.left
        top = number // self.columns * self.height + self.above
        return self.page.panel(left, top, self.side, self.tall)


Levels = dict[tuple[int, int], int]
"""(row, column) of every cell that is not zero → its step on the scale, from 1 to 8."""


def _fill(
    axes: Axes,
    levels: Levels,
    scale: Sequence[str],
    size: int,
    names: Mapping[tuple[int, int], str],
    model: str = "",
) -> None:
    """Colour the cells of a matrix of `size` classes, and state of a `model` what they show."""
    if not levels:
        return
    if size > MANY:
        _fill_alone(axes, levels, scale, names, model)
        return
    import seaborn  # slow to import, and only heat maps need it

    steps = np.zeros((size, size))
    for (row, column), level in levels.items():
        steps[row, column] = level
    hidden: dict[str, Any] = {"cbar": False, "xticklabels": False, "yticklabels": False}
    colors = ListedColormap(list(scale))
    limits = {"vmin": 0.5, "vmax": len(scale) + 0.5}
    seaborn.heatmap(steps, mask=steps == 0, ax=axes, cmap=colors, linewidths=0, **limits, **hidden)
    if names:
        read = (names[cell] for cell in sorted(levels))
        axes.collections[-1].set(**about({"slug": model}, *read))


def _fill_alone(
    axes: Axes,
    levels: Levels,
    scale: Sequence[str],
    names: Mapping[tuple[int, int], str],
    model: str,
) -> None:
    """Draw the cells that are not zero, all of one colour at once: one by one they are too many."""
    for level in sorted(set(levels.values())):
        cells = [cell for cell, each in levels.items() if each == level]
        squares = [[(j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)] for i, j in cells]
        drawn = PolyCollection(squares, facecolors=scale[level - 1], linewidths=0)
        drawn.set(**about({"slug": model}, *(names[cell] for cell in cells)))
        axes.add_collection(drawn)


def _fit(axes: Axes, cells: Sequence[dict[str, Any]], size: int) -> bool:
    """Return whether every cell has room for its number."""
    room = width_of(axes) / size
    widest = max((text_width(cell["text"]) for cell in cells), default=math.inf)
    return widest <= room and room >= SMALL


def _label_cells(
    axes: Axes, cells: Sequence[dict[str, Any]], shades: Mapping[tuple[int, int], str]
) -> None:
    """Print the number of every cell."""
    for cell in cells:
        row, column = cell["row"], cell["column"]
        color = text_color_on(shades.get((row, column), "#FFFFFF"))
        style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": SMALL}
        number_text(axes, column + 0.5, row + 0.5, cell, color=color, **style)


def _name_axes(axes: Axes, classes: Sequence[str]) -> None:
    size = len(classes)
    lines: dict[str, Any] = {"color": GRID, "lw": 0.4, "zorder": 1.5, "clip_on": False}
    edges = range(0, size + 1, 1 if size <= MANY else size)
    axes.hlines(edges, 0, size, **lines)
    axes.vlines(edges, 0, size, **lines)
    axes.set(xlim=(0, size), ylim=(size, 0))
    class_ticks(axes, classes, width_of(axes) / size, 0.5)
    places = named_places(size, height_of(axes) / size)
    axes.set_yticks([place + 0.5 for place in places], [classes[place] for place in places])
    axes.tick_params("both", length=0, pad=3)
    axes.grid(visible=False)
    axes.set_ylabel("True class", labelpad=3)
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_confusion_difference(page: Page, data: dict[str, Any]) -> None:
    """Draw first minus second; cells that differ beyond chance are framed."""
    classes, cells = _short(data["classes"]), data["labels"]
    frame = _Frame(page, classes, 1)
    frame.leave(above=2 * PITCH + 6, below=PITCH + 4)
    page.set_height(frame.height)
    axes = frame.place(0)
    values = _filled(data["matrix"])
    most = max([*(abs(n) for (i, j), n in values.items() if i != j), data["row"] * FAINT, FEW])
    shades: dict[tuple[int, int], str] = {}
    names = {
        (row, column): f"{classes[row]} taken for {classes[column]}: {signed_digits(count)}"
        for (row, column), count in values.items()
    }
    for sign, scale in ((1, BLUES), (-1, ORANGES)):
        # Rounding must not lift what is exactly at a step to the next one.
        levels = {
            cell: min(8, math.ceil(8 * math.sqrt(abs(n) / most) - 1e-9))
            for cell, n in values.items()
            if sign * n > 0
        }
        _fill(axes, levels, scale, len(classes), names)
        shades |= {cell: scale[level - 1] for cell, level in levels.items()}
    if _fit(axes, cells, len(classes)):
        _label_cells(axes, cells, shades)
    _name_axes(axes, classes)
    axes.set_xlabel("Predicted class")
    for row, column in data["marked"]:
        # A light edge below a dark one, so that a frame shows on every shade, on dark screens too.
        for color, width in ((PAPER, 3.0), (INK, 1.4)):
            look: dict[str, Any] = {"fill": False, "ec": color, "lw": width}
            axes.add_patch(Rectangle((column, row), 1, 1, zorder=3, **look))
    _explain_difference(axes, data)


def _explain_difference(axes: Axes, data: dict[str, Any]) -> None:
    lines: list[tuple[str, dict[str, Any]]] = [
        (f"+  {data['first']} more often", {"fc": BLUES[5], "lw": 0}),
        (f"−  {data['second']} more often", {"fc": ORANGES[5], "lw": 0}),
    ]
    unit = 1 / width_of(axes)
    marked = f"framed: {data['mark']}" if data["marked"] else ""
    beside_lines = KEY + 18 + max(text_width(text) for text, _ in lines)
    # Long names begin further to the left, above those of the classes.
    start = min(0.0, width_of(axes) - beside_lines - text_width(marked))
    for number, (text, look) in enumerate(lines):
        y = 6 + (1 - number) * PITCH
        place = shifted(axes.transAxes, axes, start, y)
        axes.add_patch(
            Rectangle((0, 1), KEY * unit, KEY * unit, transform=place, clip_on=False, **look)
        )
        beside = shifted(axes.transAxes, axes, start + KEY + 4, y)
        axes.text(0, 1, text, transform=beside, size=SMALL)
    if marked:
        left = width_of(axes) - text_width(marked)
        axes.text(0, 1, marked, transform=shifted(axes.transAxes, axes, left, 6), size=SMALL)


def draw_square(page: Page, data: dict[str, Any]) -> None:
    """Draw the four kinds of answers about one class: TP, FN, FP and TN."""
    left, top, height = 78.0, 15.0, 62.0
    page.set_height(top + height + 4)
    axes = page.panel(left, top, page.width - left - 2, height)
    axes.set(xlim=(0, 2), ylim=(2, 0))
    axes.set_axis_off()
    for place, cell in enumerate(data["cells"]):
        row, column = divmod(place, 2)
        shade = BLUES[3] if cell["right"] else ORANGES[1]
        axes.add_patch(Rectangle((column, row), 1, 1, fc=shade, ec="#FFFFFF", lw=1.5))
        color = text_color_on(shade)
        style: dict[str, Any] = {"ha": "center", "color": color}
        axes.text(column + 0.5, row + 0.46, cell["short"], size=11, weight="bold", **style)
        axes.text(column + 0.5, row + 0.8, cell["name"], size=SMALL, **style)
    for place, name in enumerate(data["columns"]):
        axes.text(place + 0.5, -0.08, name, ha="center", size=SMALL)
    for place, name in enumerate(data["rows"]):
        line = shifted(axes.get_yaxis_transform(), axes, -6)
        axes.text(0, place + 0.5, name, ha="right", va="center", size=SMALL, transform=line)
