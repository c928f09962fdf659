"""How thick, slanted and large what an image shows is, and groups of images by each.

Of a grey image the ink is how far each pixel is from the level of the background, as a share of the
largest distance in the data set; ink(x, y) is a density, with y counted downwards.

    thickness  2 · Σ ink / Σ |∇ ink|     a stroke of width w and length l has the area w · l and an
                                         outline of about 2 · l; for levels of grey the outline is
                                         the total variation (Rudin, Osher & Fatemi 1992, Physica D
                                         60, 259-268)
    slant      atan(−μ11 / μ02)          the shear that makes the second central moments those of an
                                         upright shape; positive where the top leans to the right
                                         (Castro et al. 2019, Morpho-MNIST, J. Mach. Learn. Res. 20)
    size       √((μ20 + μ02) / μ00)      root mean squared distance of the ink from its centre

Thickness and size are in pixels, the slant is in degrees.

Classes differ in all of them: a 1 is thin and small beside a 0. The images of each class are
therefore cut into groups by themselves, so that the groups of a data set have the same classes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from reportgen.metrics.metric import Floats
from reportgen.metrics.rates import divide

DIGITS = 6
"""Measured values are rounded to so many decimals: equal images have equal values everywhere."""
_PART = 2000
"""Images that are measured at once."""


def measure(images: NDArray[np.number]) -> Mapping[str, Floats]:
    """Return thickness, slant and size of grey images `[n, height, width]`; 0 without ink."""
    border = [images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()]
    background = float(np.median(np.concatenate(border)))
    largest = float(max(images.max() - background, background - images.min())) or 1.0
    parts = [
        _measure(np.abs(images[start : start + _PART] - background) / largest)
        for start in range(0, len(images), _PART)
    ]
    return {
        name: np.round(np.concatenate([part[name] for part in parts]), DIGITS) for name in parts[0]
    }


def _measure(ink: Floats) -> dict[str, Floats]:
    mass = ink.sum(axis=(1, 2))
    rows, columns = np.arange(ink.shape[1]), np.arange(ink.shape[2])
    across, down = ink.sum(axis=1), ink.sum(axis=2)
    x = columns - divide(across @ columns, mass)[:, None]
    y = rows - divide(down @ rows, mass)[:, None]
    horizontal, vertical = (across * x**2).sum(axis=1), (down * y**2).sum(axis=1)
    mixed = np.einsum("nij,ni,nj->n", ink, y, x)
    return {
        "thickness": divide(2 * mass, _outline(ink)),
        "slant": np.degrees(np.arctan(divide(-mixed, vertical))),
        "size": np.sqrt(divide(horizontal + vertical, mass)),
    }


def _outline(ink: Floats) -> Floats:
    """Return the total variation of each image, whose surroundings have no ink."""
    around = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(around, axis=1)[:, :, :-1], np.diff(around, axis=2)[:, :-1]
    return np.asarray(np.hypot(down, right).sum(axis=(1, 2)))


def cut(values: Floats, labels: NDArray[np.int32], count: int) -> NDArray[np.uint16]:
    """Return the group of each image, `[n]`: 0 for the lowest part of its class, to count − 1.

    The parts of a class are of equal size, apart from equal values, which are in one group.
    """
    groups = np.zeros(len(values), dtype=np.uint16)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        edges = np.quantile(values[rows], np.arange(1, count) / count)
        groups[rows] = np.searchsorted(edges, values[rows], side="left")
    return groups


def choose_shown(
    values: Floats, groups: NDArray[np.uint16], labels: NDArray[np.int32], count: int
) -> list[int]:
    """Return the position of a typical image of each group, all of the class that varies most."""
    spreads = {
        int(label): np.diff(np.quantile(values[labels == label], [0.1, 0.9]))[0]
        for label in np.unique(labels)
    }
    label = max(spreads, key=spreads.__getitem__)
    shown = []
    for group in range(count):
        rows = np.flatnonzero((groups == group) & (labels == label))
        # A class with few images may have none in a group.
        rows = rows if len(rows) else np.flatnonzero(groups == group)
        shown.append(int(rows[np.argsort(values[rows], kind="stable")[len(rows) // 2]]))
    return shown
