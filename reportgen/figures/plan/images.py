"""Test images as strips in small PNG files, for the figures that show them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

GAP = 2
"""White pixels between two images of a strip."""
LOOKED_AT = 100
"""Images that are looked at to find the background."""
LARGEST = 96
"""Pixels of the longer side of an image that is shown; larger ones are reduced to it."""
SHADES = 17
"""Levels from one shade of grey to the next: 16 shades take half the bytes of 256."""
TINY = 32
"""Pixels of the longer side of an image that is shown in these shades; a larger one, which may be a
photograph, keeps all, since the edges between shades could be seen."""


@dataclass(frozen=True)
class ShownImages:
    """Test images as figures show them; a report carries those that it shows."""

    inverted: bool
    """Whether images with a black background are shown dark on white."""
    pixels: Mapping[int, NDArray[np.uint8]]
    """Index of a test image → its pixels, `[height, width]` grey or `[height, width, 3]` colour."""


def show_images(inputs: NDArray[Any] | None) -> ShownImages | None:
    """Return test images as figures show them, None where there are none; each is made when asked.

    inputs: `[n, channels, height, width]`, uint8, or float32 of any range, which is stretched over
    the levels from black to white. One channel is grey, three are red, green and blue; of another
    number the first is shown. Tiny grey images are shown in sixteen shades, and grey ones dark on
    white where they have a black background.
    """
    if inputs is None:
        return None
    inverted = is_inverted(inputs)
    return ShownImages(inverted, _Made(inputs, inverted))


class _Made(dict[int, NDArray[np.uint8]]):
    """The images that were asked for."""

    def __init__(self, inputs: NDArray[Any], inverted: bool) -> None:
        self._inputs = inputs
        self._inverted = inverted

    def __missing__(self, index: int) -> NDArray[np.uint8]:
        pixels = _levels(self._inputs, [index])[0]
        shown = _reduce(255 - pixels if self._inverted else pixels)
        if shown.ndim == 2 and max(shown.shape) <= TINY:
            shown = (np.rint(shown / SHADES) * SHADES).astype(np.uint8)
        self[index] = shown
        return shown


def encode_strip(images: ShownImages, indices: Sequence[int]) -> str:
    """Return the images at `indices`, side by side, as a PNG in base64."""
    shown = [images.pixels[index] for index in indices]
    gap = np.full_like(shown[0][:, :GAP], 255)
    beside = [part for pixels in shown for part in (gap, pixels)]
    return encode_png(np.concatenate(beside[1:], axis=1))


def name_images(images: ShownImages, names: Sequence[str], blocks: int) -> dict[str, Any]:
    """Return the data of a figure of images, the first ones of `images`, each with its name.

    They are beside each other in `blocks` at most.
    """
    height, width = images.pixels[0].shape[:2]
    rows = [
        {"class": name, "png": encode_strip(images, [place])} for place, name in enumerate(names)
    ]
    return {
        "size": [height, width],
        "rows": rows,
        "blocks": min(blocks, len(names)),
        "columns": 1,
        "inverted": images.inverted,
    }


@dataclass(frozen=True)
class Sheet:
    """Many images as one, of which a page shows pieces."""

    png: str
    """In base64."""
    size: tuple[int, int]
    """Width and height, in pixels."""
    pieces: dict[str, str]
    """Index of an image → its place on the sheet: left, top, width and height, as SVG has them."""
    inverted: bool


COLUMNS = 16
"""Images beside each other on a sheet."""


def make_sheet(images: ShownImages, indices: Sequence[int]) -> Sheet | None:
    """Return a sheet of the images at `indices`, which all have one size; None without images."""
    if not indices:
        return None
    shown = [images.pixels[index] for index in indices]
    height, width = shown[0].shape[:2]
    columns, rows = min(COLUMNS, len(shown)), -(-len(shown) // COLUMNS)
    sheet = np.full((rows * height, columns * width, *shown[0].shape[2:]), 255, dtype=np.uint8)
    pieces = {}
    for place, (index, pixels) in enumerate(zip(indices, shown, strict=True)):
        top, left = place // COLUMNS * height, place % COLUMNS * width
        sheet[top : top + height, left : left + width] = pixels
        pieces[str(index)] = f"{left} {top} {width} {height}"
    return Sheet(encode_png(sheet), (columns * width, rows * height), pieces, images.inverted)


def shown_size(input_shape: tuple[int, ...]) -> tuple[int, int]:
    """Return height and width, in pixels, of an image in a strip."""
    height, width = input_shape[1:]
    scale = max(height, width, LARGEST) / LARGEST
    return max(1, round(height / scale)), max(1, round(width / scale))


def is_inverted(images: NDArray[Any]) -> bool:
    """Return whether the images are grey with a black background, which is shown white.

    The background is the most frequent level of the first images.
    """
    if images.shape[1] == 3:
        return False
    levels, counts = np.unique(images[:LOOKED_AT, 0], return_counts=True)
    black = 0 if images.dtype == np.uint8 else images.min()
    return bool(levels[counts.argmax()] == black)


def _levels(images: NDArray[Any], indices: Sequence[int]) -> NDArray[np.uint8]:
    """Return `[indices, height, width]` of grey or `[indices, height, width, 3]` of colour."""
    chosen = images[list(indices)]
    if images.dtype != np.uint8:
        low, high = float(images.min()), float(images.max())
        chosen = np.rint((chosen - low) * (255 / (high - low or 1.0))).astype(np.uint8)
    return np.moveaxis(chosen, 1, -1) if images.shape[1] == 3 else chosen[:, 0]


def _reduce(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = shown_size((1, *pixels.shape[:2]))
    if (height, width) == pixels.shape[:2]:
        return pixels
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def encode_png(pixels: NDArray[np.uint8]) -> str:
    """Return grey `[height, width]` or coloured `[height, width, 3]` pixels as a PNG in base64."""
    from PIL import Image  # only where there are images to show

    file = BytesIO()
    # A third of the time of the highest level, for 1 % more bytes.
    Image.fromarray(pixels).save(file, format="PNG", compress_level=7)
    return b64encode(file.getvalue()).decode()
