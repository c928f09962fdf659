"""Draw test images: samples, the gallery, and rows of images with texts."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import imread
from numpy.typing import NDArray

from reportgen.figures.drawing.page import Page
from reportgen.figures.drawing.parts import (
    about,
    draw_key,
    key_height,
    model_point,
    number_text,
    text_width,
)
from reportgen.figures.drawing.style import NORMAL, QUIET, SMALL

GAP = 2
"""White pixels between two images of a strip, as `reportgen.figures.plan.images` leaves them."""
LINE = 10.0
"""Points of a line of texts."""
LARGEST = 50.0
"""Points of a named image with the space around it, at most."""


def draw_samples(page: Page, data: dict[str, Any]) -> None:
    """Draw one row of test images for each class."""
    rows = [{**row, "name": row["class"], "texts": ()} for row in data["rows"]]
    draw_maps(page, {**data, "rows": rows})


def draw_named(page: Page, data: dict[str, Any]) -> None:
    """Draw images in rows, each below its name."""
    names, (height, width) = data["names"], data["size"]
    room = max(map(text_width, names)) + 6
    columns = max(1, min(data["columns"], int(page.width / room)))
    pitch = page.width / columns
    scale = (min(pitch, LARGEST) - 8) / max(height, width)
    row_height = LINE + height * scale + 6
    axes = page.whole(-(-len(names) // columns) * row_height)
    strip = decode_strip(data["png"])
    for place, name in enumerate(names):
        x, y = (place % columns + 0.5) * pitch, place // columns * row_height
        axes.text(x, y + LINE - 3, name, ha="center", size=SMALL)
        pixels = strip[:, place * (width + GAP) : place * (width + GAP) + width]
        show_strip(axes, pixels, x - width * scale / 2, y + LINE, height * scale)


def decode_strip(png: str) -> NDArray[np.float32]:
    """Return the pixels of a PNG in base64, `[height, width]` or with colours, in [0, 1]."""
    return np.asarray(imread(BytesIO(b64decode(png)), format="png"), dtype=np.float32)


def show_strip(
    axes: Axes,
    pixels: NDArray[np.float32],
    left: float,
    top: float,
    height: float,
    read: Sequence[str] = (),
) -> None:
    """Show `pixels` at (left, top) in points, `height` points high.

    `read` says what each of the images shows that are beside each other in them.
    """
    width = height * pixels.shape[1] / pixels.shape[0]
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="none",
        aspect="auto",
        extent=(left, left + width, top + height, top),
        **about(None, *read),
    )
    axes.set(xlim=limits[0], ylim=limits[1])


def draw_gallery(page: Page, data: dict[str, Any]) -> None:
    """Draw test images with their class above and the models' answers below."""
    models, items = data["models"], data["items"]
    room = max(56.0, *(_answers_width(item) + 8 for item in items))
    rows = -(-len(items) // max(1, min(data["columns"], int(page.width / room))))
    columns = -(-len(items) // rows)
    pitch, size, line = page.width / columns, 40.0, 11.0
    row_height = line + size + line * (len(models) + 1) + 4
    top = key_height(page, models) + 4
    axes = page.whole(top + rows * row_height)
    draw_key(page, models)
    strip = decode_strip(data["png"])
    height, width = data["size"]
    scale = size / max(height, width)
    for place, item in enumerate(items):
        x = (place % columns + 0.5) * pitch
        y = top + place // columns * row_height
        axes.text(x, y + line - 2, item["class"], ha="center", size=NORMAL, weight="bold")
        pixels = strip[:, place * (width + GAP) : place * (width + GAP) + width]
        left, up = x - width * scale / 2, y + line + 1 + (size - height * scale) / 2
        show_strip(axes, pixels, left, up, height * scale)
        _draw_answers(axes, item, models, x, y + line + size + 8, line)


def _draw_answers(
    axes: Axes, item: dict[str, Any], models: list[dict[str, Any]], x: float, y: float, line: float
) -> None:
    width = _answers_width(item)
    left = x - width / 2
    style: dict[str, Any] = {"va": "center_baseline", "size": SMALL}
    for number, (model, answer) in enumerate(zip(models, item["answers"], strict=True)):
        place = y + number * line
        model_point(axes, left + 3, place - 0.5, model, ms=4.5)
        axes.text(left + 8, place, answer["class"], weight=_weight(answer), **style)
        if answer["confidence"]:
            number_text(
                axes, left + width, place, answer["confidence"], ha="right", color=QUIET, **style
            )
    place = y + len(models) * line
    axes.text(x, place, f"no. {item['index']}", ha="center", color=QUIET, **style)


def _answers_width(item: dict[str, Any]) -> float:
    """Return the width in points of the answers below an image: marker, class and confidence."""
    names = [text_width(each["class"], SMALL, _weight(each)) for each in item["answers"]]
    numbers = [
        text_width(answer["confidence"]["text"]) if answer["confidence"] else 0.0
        for answer in item["answers"]
    ]
    return 8 + max(names) + 5 + max(numbers)


def _weight(answer: dict[str, Any]) -> str:
    return "bold" if answer["right"] else "normal"


def draw_maps(page: Page, data: dict[str, Any]) -> None:
    """Draw rows of images in blocks, which are below each other on a narrow screen."""
    height, width = data["size"]
    rows, blocks = data["rows"], data["blocks"]
    per_block = -(-len(rows) // blocks)
    block_width = page.width / blocks
    margin = max(text_width(row["name"]) for row in rows) + 7
    pitch = (block_width - margin - 4) / data["columns"]
    scale = pitch / (width + GAP)
    heights = [scale * (height + GAP) + (LINE if row["texts"] else 0) for row in rows[:per_block]]
    axes = page.whole(sum(heights) + 2)
    for place, row in enumerate(rows):
        left = place // per_block * block_width + margin
        below = 1 + sum(heights[: place % per_block + 1])
        top = below - scale * (height + GAP)
        axes.text(left - 6, (top + below) / 2, row["name"], ha="right", va="center", size=SMALL)
        for column, text in enumerate(row["texts"]):
            x = left + column * pitch + scale * width / 2
            axes.text(x, top - 2.5, text, ha="center", size=SMALL, color=QUIET)
        if row["png"]:
            read = [f"{row['name']}, no. {index}" for index in row.get("indices", ())]
            show_strip(axes, decode_strip(row["png"]), left, top, scale * height, read)
    page.columns = blocks
