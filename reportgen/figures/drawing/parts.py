"""Pieces that several figures are drawn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation, Transform

from reportgen import formatting
from reportgen.figures.drawing.page import POINTS, Page
from reportgen.figures.drawing.style import (
    FAMILIES,
    INK,
    PAPER,
    QUIET,
    SMALL,
    color_of,
    marker_of,
    register_font,
)
from reportgen.figures.drawing.svg import MODEL, NUMBER, READINGS

GAP = 8.0
"""Points between texts beside each other."""
FEW_DIGITS = 100
"""A count below it, such as a mean over seeds, has three digits."""
MOST_LINES = 3
"""Of the name of a class below an axis."""


@cache
def text_width(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """Return the width of `text` in points."""
    register_font()
    font = FontProperties(family=list(FAMILIES), size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def width_of(axes: Axes) -> float:
    """Return the width of axes in points: a figure has 72 dots to the inch."""
    return float(axes.bbox.width)


def height_of(axes: Axes) -> float:
    """Return the height of axes in points."""
    return float(axes.bbox.height)


def number_text(axes: Axes, x: float, y: float, label: Mapping[str, str], **style: Any) -> Text:
    """Print a number that carries its path and format into the SVG."""
    gid = f"{NUMBER}{label['path']}|{label['format']}"
    return axes.text(x, y, label["text"], gid=gid, **style)


def write_line(
    axes: Axes, pieces: Sequence[str | Mapping[str, str]], place: Transform, **style: Any
) -> None:
    """Write words and printed numbers beside each other, from the upper left of `axes` moved."""
    left = 0.0
    for piece in pieces:
        text = piece if isinstance(piece, str) else piece["text"]
        # SVG drops white space at the ends of a text.
        indent = _advance(text) - _advance(text.lstrip())
        look: dict[str, Any] = {"size": SMALL, **style}
        look["transform"] = shifted(place, axes, left + indent)
        if isinstance(piece, str):
            axes.text(0, 1, text.strip(), **look)
        else:
            number_text(axes, 0, 1, piece, **look)
        left += _advance(text)


def _advance(text: str) -> float:
    """Return where the next text begins: its width with the white space at its ends."""
    return text_width(f"|{text}|") - text_width("||")


LINE = 8.5
"""Points that a name needs beside the next one."""
STEPS = (1, 2, 5, 10, 20, 50, 100)
"""Where not all classes are named, every so many."""


def named_places(count: int, slot: float) -> range:
    """Return which of `count` classes, each `slot` points wide, have room for their names."""
    needed = math.ceil(LINE / slot)
    return range(0, count, next((step for step in STEPS if step >= needed), needed))


def upright_names(classes: Sequence[str], slot: float) -> list[str]:
    """Return the names of classes in up to three lines each, none wider than `slot`, in points.

    Nothing where a name does not fit: they are to be turned.
    """
    room = max(1, int((slot - 3) / text_width("n")))
    lines = [wrap(name, room, break_long_words=False) or [name] for name in classes]
    fitting = max(text_width(line) for each in lines for line in each) <= slot - 3
    return (
        ["\n".join(each) for each in lines]
        if fitting and max(map(len, lines)) <= MOST_LINES
        else []
    )


def class_ticks(axes: Axes, classes: Sequence[str], slot: float, start: float = 0.0) -> None:
    """Name classes below a horizontal axis, from `start` in steps of 1, as many as have room."""
    places = named_places(len(classes), slot)
    upright = upright_names(classes, slot)
    labels = upright or classes
    axes.set_xticks([start + place for place in places], [labels[place] for place in places])
    if not upright:
        turn = 90 if slot < 14 else 40
        axes.tick_params("x", rotation=turn)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor", va="center" if turn == 90 else "top")


def round_ticks(axis: Axis, most: int) -> None:
    """Put ticks at round numbers, at most so many steps apart."""
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))


def ticks_at(axis: Axis, places: Sequence[float]) -> None:
    """Put ticks at these places, and no others between them."""
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())


def share_ticks(axis: Axis) -> None:
    """Print the ticks of an axis of shares as percentages."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}\u202f%"))


def grid_along(axes: Axes, direction: str) -> None:
    """Keep only the grid lines across one axis: `x` or `y`."""
    axes.grid(visible=False, axis="y" if direction == "x" else "x")


def whisker(axes: Axes, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
    """Draw a spread from one point to another."""
    axes.plot(xs, ys, **{"lw": 0.9, "color": INK, "solid_capstyle": "butt", "marker": "", **style})


def about(model: Mapping[str, Any] | None, *readings: str) -> dict[str, Any]:
    """Return how an artist states which model it is about, as arguments of matplotlib.

    `readings` say in words what each of its marks shows; a page shows them under the pointer.
    """
    slug = (model or {}).get("slug", "")
    texts = READINGS.join(text.replace(READINGS, " ") for text in readings)
    return {"gid": f"{MODEL}{slug}|{texts}"} if slug or texts else {}


def reading(span: Sequence[float], ticks: str) -> str:
    """Return a value with the ends of its interval, if it has one, as text.

    It is printed as the ticks of its axis are: `ticks` are `share`, `score` or `count`.
    """
    value, low, high = (_printed(number, ticks) for number in span)
    return f"{value} ({low} to {high})" if span[1] < span[2] else value


def _printed(value: float, ticks: str) -> str:
    if ticks == "share":
        return formatting.percent(value)
    if ticks == "score":
        return formatting.score(value)
    return formatting.integer(value) if value >= FEW_DIGITS else f"{value:.3g}"


def model_point(
    axes: Axes, x: float, y: float, model: Mapping[str, Any], read: str = "", **style: Any
) -> None:
    """Draw the marker of a model, which shows what `read` says."""
    look: dict[str, Any] = {
        "marker": marker_of(model),
        "color": color_of(model),
        "ls": "",
        "mec": PAPER,
        "mew": 0.4,
    }
    if model.get("hollow"):
        look |= {"mfc": PAPER, "mec": color_of(model), "mew": 1.1}
    stated = about(model, read) if read else about(model)
    axes.plot([x], [y], **{**look, "ms": 5.5, "zorder": 3, **stated, **style})


def bar_sample(axes: Axes, x: float, y: float, model: Mapping[str, Any]) -> None:
    """Draw a square in the colour of a model's bars."""
    square = Rectangle((x - 3.5, y - 3.5), 7, 7, fc=color_of(model), lw=0, **about(model))
    axes.add_patch(square)


KEY_LINE = 12.0
"""Points of a line of the key."""


def key_height(page: Page, models: Sequence[Mapping[str, Any]]) -> float:
    """Return how high the key of `draw_key` is, in points."""
    return KEY_LINE * -(-len(models) // _key_columns(page, models)) + 4


def draw_key(
    page: Page,
    models: Sequence[Mapping[str, Any]],
    sample: Callable[[Axes, float, float, Mapping[str, Any]], None] = model_point,
) -> None:
    """Name the models above everything else, row by row, each beside a sample of how it is drawn.

    `sample` draws it, at most 9 points wide, around a place.
    """
    columns = _key_columns(page, models)
    axes = page.strip(key_height(page, models))
    pitch = page.width / columns
    for number, model in enumerate(models):
        left, y = number % columns * pitch, KEY_LINE * (number // columns + 0.5)
        sample(axes, left + 4.5, y, model)
        axes.text(left + 12, y, model["name"], size=SMALL, va="center_baseline")


def _key_columns(page: Page, models: Sequence[Mapping[str, Any]]) -> int:
    """Return the number of columns that fit and leave rows as even as can be: 5 are 3 + 2."""
    widest = max(text_width(model["name"]) for model in models)
    fitting = int(page.width / (widest + 22))
    rows = -(-len(models) // max(1, min(len(models), fitting)))
    return -(-len(models) // rows)


@dataclass(frozen=True)
class Piece:
    """A text of a key that is set in lines, and where it is."""

    text: str
    line: int
    left: float
    """Points."""


def set_pieces(pieces: Sequence[tuple[str, float]], room: float) -> list[Piece]:
    """Set texts, each with its width in points, in lines of at most `room` points."""
    found: list[Piece] = []
    line, left = 0, 0.0
    for text, width in pieces:
        if left and left + width > room:
            line, left = line + 1, 0.0
        found.append(Piece(text, line, left))
        left += width + GAP
    return found


def cut_mark(axes: Axes) -> None:
    """Show that a vertical axis does not start at 0: a gap in the axis and through the bars."""
    low, high = 0.028, 0.046
    gap = Rectangle((0, low), 1, high - low, transform=axes.transAxes, color=PAPER, lw=0, zorder=4)
    axes.add_patch(gap)
    style: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False, "zorder": 6}
    axes.plot([0, 0], [low, high], color=PAPER, lw=3, solid_capstyle="butt", **style)
    for y in (low, high):
        axes.plot([-0.008, 0.008], [y - 0.014, y + 0.014], color=QUIET, lw=0.8, **style)


def shifted(transform: Transform, axes: Axes, x: float, y: float = 0.0) -> Transform:
    """Return `transform` moved by some points."""
    return transform + ScaledTranslation(x / POINTS, y / POINTS, axes.figure.dpi_scale_trans)


def log_ticks(low: float, high: float, steps: Sequence[int], most: int) -> list[float]:
    """Return at most `most` ticks of a logarithmic axis: `steps` times powers of ten.

    Versions of matplotlib choose ticks of such an axis differently; here they are given.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for chosen in (steps, (1,)):
        ticks = [step * 10.0**power for power in powers for step in chosen]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: -(-len(ticks) // most)]


def count_ticks(axis: Axis) -> None:
    """Print the ticks of an axis of counts or costs in thousands, millions or billions."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _in_units(value)))


def _in_units(value: float) -> str:
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.4g}\u202f{name}"
    return f"{value:.4g}"
