"""Small data of every kind, written into a test's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source, read_arrays
from reportgen.data.sources import find_source


def find(folder: Path, **settings: Any) -> Source:
    """Return the source that an experiment file in `folder` would name by these settings."""
    return find_source(
        Data.model_validate(settings), None, folder / "cache", lambda _: None, folder=folder
    )


def read(folder: Path, **settings: Any) -> DataArrays:
    """Return the arrays of the source that an experiment file in `folder` would name."""
    return read_arrays(find(folder, **settings), Data.model_validate(settings))


def write_image(path: Path, pixels: np.ndarray) -> np.ndarray:
    """Write pixels, `[height, width]` or `[height, width, 3]`, and return them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def write_images(
    folder: Path,
    classes: Iterable[str],
    count: int = 5,
    shape: tuple[int, ...] = (6, 5, 3),
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Write `count` random images of each class; return the pixels of each class."""
    random = np.random.default_rng(seed)
    pixels = {name: random.integers(0, 256, (count, *shape)).astype(np.uint8) for name in classes}
    for name, images in pixels.items():
        for number, image in enumerate(images):
            write_image(folder / name / f"{number:03}.png", image)
    return pixels


def write_csv(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """Write columns as a CSV file."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
