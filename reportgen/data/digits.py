"""The embedded data set: scikit-learn's 1,797 handwritten digits, scaled to the size of MNIST.

The file that ships with scikit-learn is read without importing scikit-learn, which takes a second.
All arithmetic is in integers, so that the images are the same on every machine.
"""

from __future__ import annotations

import importlib.util
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reportgen.data.catalogue import SIDE
from reportgen.data.idx import Bytes, damage, read_content
from reportgen.data.selection import spread, stratified_quotas
from reportgen.errors import DataDamaged, DataUnavailable

TITLE = "Handwritten digits (scikit-learn)"
CLASSES = tuple("0123456789")
USAGE = "Images and labels, 8 × 8 pixels"
TEST = 360
"""Test examples, a fifth of all."""
INK = 16
"""The darkest pixel of the file; 0 is paper."""
SMALL = 8
"""Height and width of the file's images, in pixels."""


def digits_path() -> Path:
    """Return the path of the digits that scikit-learn ships.

    Raises DataUnavailable where scikit-learn, or the file in it, is missing.
    """
    found = importlib.util.find_spec("sklearn")
    folders = (found.submodule_search_locations or []) if found else []
    for folder in folders:
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            return path
    raise DataUnavailable(
        "the digits that come with scikit-learn "
        "(sklearn/datasets/data/digits.csv.gz) are missing.\n"
        "  Install scikit-learn again: python -m pip install --force-reinstall scikit-learn"
    )


def read_digits(path: Path) -> tuple[Bytes, Bytes]:
    """Return all images, `[n, 28, 28]` with pixels from 0 to 255, and labels, `[n]`.

    Raises DataDamaged.
    """
    table = _read_table(path)
    small = table[:, :-1].reshape(-1, SMALL, SMALL)
    return enlarge(small), table[:, -1].astype(np.uint8)


def split_digits(labels: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the training and of the test examples.

    Stratified: each class gives its share of the test examples, spread evenly over the file, which
    is in the order of the writers. Nothing is drawn at random.
    """
    counts = np.bincount(labels, minlength=len(CLASSES))
    quotas = stratified_quotas(counts, TEST)
    test = spread(labels, quotas)
    return np.setdiff1d(np.arange(len(labels)), test), test


def enlarge(images: NDArray[np.integer]) -> Bytes:
    """Return `[n, 8, 8]` images of 0 to 16 as `[n, 28, 28]` of 0 to 255, by bilinear interpolation.

    Pixel centres are aligned and edges repeated. The weights are whole numbers of fourteenths
    (8 / 28 = 4 / 14), so that the sums are exact and only the last step rounds.
    """
    weights = _weights()
    sums = weights @ images.astype(np.int64) @ weights.T
    full = INK * (2 * SIDE // 4) ** 2
    return ((2 * 255 * sums + full) // (2 * full)).astype(np.uint8)


def _weights() -> NDArray[np.int64]:
    """Return how much of each small row goes into each large row, in fourteenths, `[28, 8]`."""
    unit = 2 * SIDE // 4
    # The centre of large row i lies at (i + 1/2) · 8/28 − 1/2 small rows: (4 i − 5) fourteenths.
    centres = np.clip(4 * np.arange(SIDE) - 5, 0, unit * (SMALL - 1))
    before = np.minimum(centres // unit, SMALL - 2)
    weights = np.zeros((SIDE, SMALL), dtype=np.int64)
    rows = np.arange(SIDE)
    weights[rows, before + 1] = centres - unit * before
    weights[rows, before] = unit - weights[rows, before + 1]
    return weights


def _read_table(path: Path) -> NDArray[np.int64]:
    """Return the file's rows: 64 pixels and the label."""
    text = bytes(read_content(path)).decode("ascii", errors="replace")
    try:
        table = np.loadtxt(StringIO(text), delimiter=",", dtype=np.int64, ndmin=2)
    except ValueError as error:
        raise DataDamaged(damage(path, f"expected a table of whole numbers: {error}")) from error
    if table.shape[1] != SMALL * SMALL + 1 or len(table) <= TEST:
        expected = f"expected over {TEST} rows of {SMALL * SMALL + 1} numbers"
        raise DataDamaged(damage(path, f"{expected}, found {table.shape[0]} of {table.shape[1]}"))
    if table.min() < 0 or table[:, :-1].max() > INK or table[:, -1].max() >= len(CLASSES):
        raise DataDamaged(damage(path, f"expected pixels from 0 to {INK} and labels from 0 to 9"))
    return table
