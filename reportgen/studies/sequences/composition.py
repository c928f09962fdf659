"""Sequences composed of test images on one line, and cut into single images again.

Composition uses whole pixels alone, so that the same line comes out to the bit everywhere: each
digit is cut out, moved up or down by a pixel or so, and put beside the one before,

    spaced    with a gap;
    touching  so close that their ink meets;
    slanted   with a gap, and all rows of the line are shifted to lean left or right.

Segmentation is given neither the length nor the style. A line that leans, by the moments of its
ink, is put upright. Of the connected components of the ink, specks are left out, those above each
other (a broken stroke) are put together, and those wider than a digit are cut where the vertical
projection, the ink in each column, is least (dissection: Casey & Lecolinet 1996, IEEE Trans.
Pattern Anal. Mach. Intell. 18, 690-706). Each piece is put into an image of the size that the
networks were trained on, its centre of mass where that of the test images is on average.

Lengths are in 28ths of an image's height. Ink is the distance of a level from the background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.uint8]
"""Levels above the background, `[height, width]`."""

STYLES = ("spaced", "touching", "slanted")
SPARE = 2
"""Pieces beyond the length of a sequence that are looked at."""
_FAINT = 64
"""Ink below this level joins nothing."""
_WIDEST = 1.05
"""A piece wider than this, relative to the height of the line, is cut."""
_SPECK = 0.1
"""Components with less ink than this, relative to the mean of all, are left out."""
_UPRIGHT = 0.15
"""Columns for each row that a line leans at most without being put upright."""
_TYPICAL = 0.62
"""The width of a digit, relative to the height of the line."""
_REACH = 0.3
"""How far a cut moves at most, relative to the width of a part."""


@dataclass(frozen=True)
class Line:
    """A composed sequence."""

    ink: Ink
    middles: tuple[float, ...]
    """The column of the centre of mass of each digit."""


def slots(length: int) -> int:
    """Return how many images stand for a sequence: a mark, then its pieces."""
    return 1 + length + SPARE


def split_positions(lengths: Sequence[int], count: int) -> list[slice]:
    """Return where the digits of each sequence are in the positions of a plan.

    There are `count` sequences of each length, the shortest first.
    """
    sizes = np.repeat(lengths, count)
    ends = np.cumsum(sizes)
    return [slice(int(end - size), int(end)) for end, size in zip(ends, sizes, strict=True)]


def make_pieces(
    images: NDArray[np.uint8], positions: NDArray[np.integer[Any]], recipe: Mapping[str, Any]
) -> NDArray[np.uint8]:
    """Return the pieces of all sequences of a recipe (`style`, `seed`, `lengths`, `count`).

    Of each sequence come `slots(length)` images: the first is not blank where every piece has the
    middle of exactly one digit, then its pieces from left to right, then blank images, of zeros.
    """
    background = background_of(images)
    middle = _mean_centre(np.abs(background - images[:, 0].astype(np.int16)))
    parts = []
    for number, digits in enumerate(split_positions(recipe["lengths"], int(recipe["count"]))):
        line = compose(images[digits], positions[digits], recipe, number, background)
        ink, offset, pieces = segment(line.ink)
        own = np.zeros((slots(len(line.middles)), *images.shape[1:]), dtype=np.uint8)
        for place, (left, right) in enumerate(pieces[: len(own) - 1]):
            piece = centre(ink[:, left:right], images.shape[2:], middle)
            own[1 + place, 0] = np.abs(background - piece.astype(np.int16))
        if are_right(pieces, [each + offset for each in line.middles]):
            own[0] = own[1]
        parts.append(own)
    return np.concatenate(parts)


def background_of(images: NDArray[np.uint8]) -> int:
    """Return the level of the background: 0, or 255 where the borders are bright."""
    border = [images[:, :, [0, -1]].ravel(), images[:, :, :, [0, -1]].ravel()]
    return 255 if float(np.median(np.concatenate(border))) > 127 else 0


def compose(
    images: NDArray[np.uint8],
    positions: NDArray[np.integer[Any]],
    recipe: Mapping[str, Any],
    number: int,
    background: int,
) -> Line:
    """Return one sequence; `number` is its place among all of the recipe.

    What is random depends on the seed, the style, the number and the positions alone.
    """
    style = STYLES.index(recipe["style"])
    draw = np.random.default_rng([int(recipe["seed"]), style, number, *map(int, positions)])
    height = images.shape[2]
    unit = height / 28
    margin = max(1, round(2 * unit))
    line = np.zeros((height + 2 * margin, 1), dtype=np.uint8)
    middles: list[float] = []
    for image in images[:, 0]:
        digit = np.zeros((len(line), images.shape[3]), dtype=np.uint8)
        up = margin + round(float(draw.uniform(-1.5, 1.5)) * unit)
        digit[up : up + height] = np.abs(background - image.astype(np.int16))
        digit = _trim(digit)
        gap = round(float(draw.uniform(2, 7)) * unit)
        if recipe["style"] == "touching" and middles:
            gap = _gap_to_touch(line, digit)
        start = line.shape[1] + gap if middles else 1
        start = max(start, 0)
        wider = max(line.shape[1], start + digit.shape[1])
        line = np.pad(line, ((0, 0), (0, wider - line.shape[1])))
        own = line[:, start : start + digit.shape[1]]
        np.maximum(own, digit, out=own)
        weights = digit.sum(axis=0, dtype=np.int64)
        middles.append(start + float(weights @ np.arange(len(weights)) / max(weights.sum(), 1)))
    if recipe["style"] == "slanted":
        slope = float(draw.uniform(0.2, 0.45)) * float(draw.choice([-1, 1]))
        return Line(_lean(line, slope), tuple(middle + _room(line, slope) for middle in middles))
    return Line(line, tuple(middles))


def _trim(digit: Ink) -> Ink:
    """Return the columns that have ink; one, where there is none."""
    columns = np.flatnonzero((digit >= _FAINT).any(axis=0))
    return digit[:, columns[0] : columns[-1] + 1] if len(columns) else digit[:, :1]


def _gap_to_touch(line: Ink, digit: Ink) -> int:
    """Return the gap, below 0, at which the ink of both meets in some row."""
    width = line.shape[1]
    last = np.where(line >= _FAINT, np.arange(width), -width).max(axis=1)
    first = np.where(digit >= _FAINT, np.arange(digit.shape[1]), width).min(axis=1)
    # With a gap g, row r has first[r] + width + g − last[r] − 1 free columns.
    return -int((first + width - last - 1).min()) - 1


def _room(line: Ink, slope: float) -> int:
    return int(np.ceil(abs(slope) * len(line) / 2))


def _lean(line: Ink, slope: float) -> Ink:
    """Return the line with each row shifted, the middle one not; `slope`: columns for each row."""
    room = _room(line, slope)
    leaning = np.zeros((len(line), line.shape[1] + 2 * room), dtype=np.uint8)
    for row, ink in enumerate(line):
        start = room + round(slope * (len(line) / 2 - row))
        start = min(max(start, 0), 2 * room)
        leaning[row, start : start + len(ink)] = ink
    return leaning


Span = tuple[int, int]
"""The first column of a piece, and the one after its last."""


def segment(ink: Ink) -> tuple[Ink, int, list[Span]]:
    """Return the line put upright, by how many columns that moved it, and its pieces."""
    slope = _measure_slope(ink)
    offset = 0
    if abs(slope) > _UPRIGHT:
        ink, offset = _lean(ink, -slope), _room(ink, slope)
    spans = _join(_components(ink))
    rows = np.flatnonzero((ink >= _FAINT).any(axis=1))
    height = int(rows[-1] - rows[0] + 1) if len(rows) else 0
    projection = ink.sum(axis=0, dtype=np.int64)
    return ink, offset, [part for span in spans for part in _cut(span, projection, height)]


def _measure_slope(ink: Ink) -> float:
    """Return by how many columns a row of the components is shifted against the one below."""
    above = below = 0.0
    for left, right in _components(ink):
        part = ink[:, left:right].astype(np.float64)
        y, x = (np.arange(length) for length in part.shape)
        y = y - part.sum(axis=1) @ y / part.sum()
        x = x - part.sum(axis=0) @ x / part.sum()
        above -= float(y @ part @ x)
        below += float(part.sum(axis=1) @ y**2)
    return above / below if below else 0.0


def _components(ink: Ink) -> list[Span]:
    """Return the columns of each connected component of the ink but specks, left to right."""
    from scipy import ndimage

    marked, count = ndimage.label(ink >= _FAINT, structure=np.ones((3, 3)))
    masses = np.bincount(marked.ravel(), weights=ink.ravel(), minlength=count + 1)[1:]
    return sorted(
        (place[1].start, place[1].stop)
        for place, mass in zip(ndimage.find_objects(marked), masses, strict=True)
        if mass > _SPECK * masses.mean()
    )


def _join(spans: Sequence[Span]) -> list[Span]:
    """Put together what shares more than half of the columns of the narrower part."""
    joined: list[Span] = []
    for left, right in spans:
        if joined:
            before = joined[-1]
            shared = min(before[1], right) - left
            if shared > min(before[1] - before[0], right - left) / 2:
                joined[-1] = before[0], max(before[1], right)
                continue
        joined.append((left, right))
    return joined


def _cut(span: Span, projection: NDArray[np.int64], height: int) -> list[Span]:
    """Cut a piece of more than one digit's width into equal parts, moved to the least ink."""
    left, right = span
    count = round((right - left) / (_TYPICAL * height))
    if right - left <= _WIDEST * height or count < 2:
        return [span]
    pitch = (right - left) / count
    edges = [left]
    for number in range(1, count):
        near = left + number * pitch
        first, last = round(near - _REACH * pitch), round(near + _REACH * pitch) + 1
        edges.append(first + int(projection[first:last].argmin()))
    edges.append(right)
    return list(pairwise(edges))


def are_right(pieces: Sequence[Span], middles: Sequence[float]) -> bool:
    """Return whether each piece has the middle of exactly one digit, in order."""
    return len(pieces) == len(middles) and all(
        left <= middle < right for (left, right), middle in zip(pieces, middles, strict=True)
    )


def _mean_centre(ink: NDArray[np.integer[Any]]) -> tuple[float, float]:
    """Return row and column of the centre of mass of all ink, `[n, height, width]`."""
    total = ink.sum(axis=0, dtype=np.int64)
    whole = max(int(total.sum()), 1)
    rows, columns = (
        float(total.sum(axis=1 - axis) @ np.arange(total.shape[axis]) / whole) for axis in (0, 1)
    )
    return rows, columns


def centre(ink: Ink, size: tuple[int, ...], middle: tuple[float, float]) -> Ink:
    """Return a piece in an image of this size, its centre of mass at `middle`: row and column.

    One that is larger than the image is made smaller.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    piece = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = max(length / room for length, room in zip(piece.shape, size, strict=True))
    if scale > 1:
        from PIL import Image

        height, width = (max(1, int(length / scale)) for length in piece.shape)
        piece = np.asarray(Image.fromarray(piece).resize((width, height), Image.Resampling.BOX))
    placed = np.zeros(size, dtype=np.uint8)
    starts = []
    for axis, (length, room) in enumerate(zip(piece.shape, size, strict=True)):
        weights = piece.sum(axis=1 - axis, dtype=np.int64)
        own = float(weights @ np.arange(length) / weights.sum())
        starts.append(min(max(round(middle[axis] - own), 0), room - length))
    placed[starts[0] : starts[0] + piece.shape[0], starts[1] : starts[1] + piece.shape[1]] = piece
    return placed
