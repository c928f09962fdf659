"""Corruptions of images in the manner of MNIST-C, and reduced resolution.

The kinds are those of Mu and Gilmer (2019), MNIST-C: A Robustness Benchmark for Computer Vision,
arXiv:1906.02337, which takes noise, blur, brightness and fog from Hendrycks and Dietterich (2019),
Benchmarking Neural Network Robustness to Common Corruptions and Perturbations, ICLR. The code and
most parameters are of our own, so numbers are not those of the published arrays.

Every function takes one image, float64 `[channels, height, width]` in [0, 1], a severity from 1 to
5, and the generator of that image; lengths are in 28ths of the shorter side, so that images of any
size are changed alike. Channels share all that is drawn, apart from shot noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Pixels = NDArray[np.float64]


def corrupt(
    images: NDArray[np.uint8], positions: NDArray[np.integer[Any]], recipe: Mapping[str, Any]
) -> NDArray[np.uint8]:
    """Return changed copies of images, `[n, channels, height, width]`.

    `positions`, `[n]`, are those of the images in the test set: what is drawn at random depends on
    the position and the recipe (`corruption`, `severity`, `seed`), not on the images beside it.
    """
    name, severity = str(recipe["corruption"]), int(recipe["severity"])
    apply = _FUNCTIONS[name]
    start = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
    changed = np.empty_like(images)
    for place, (image, position) in enumerate(zip(images, positions, strict=True)):
        draw = np.random.default_rng([int(recipe["seed"]), start, severity, int(position)])
        pixels = apply(image / 255.0, severity, draw)
        changed[place] = np.rint(np.clip(pixels, 0, 1) * 255)
    return changed


def _unit(image: Pixels) -> float:
    return float(min(image.shape[1:])) / 28


def _ink(image: Pixels) -> float:
    """Return the level that is seen on the image's border: white on black, black on white."""
    border = [image[:, [0, -1]].ravel(), image[:, :, [0, -1]].ravel()]
    return 1.0 if float(np.median(np.concatenate(border))) < 0.5 else 0.0


def _shot_noise(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Poisson noise of a sensor that counts few photons."""
    photons = (60, 25, 12, 5, 3)[severity - 1]
    return draw.poisson(image * photons) / photons


def _impulse_noise(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Black and white pixels."""
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[severity - 1]
    drawn = draw.random(image.shape[1:])
    return np.where(drawn < share, np.where(drawn < share / 2, 0.0, 1.0), image)


def _glass_blur(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Pixels exchanged with near ones, between two slight blurs."""
    sigma, rounds = ((0.4, 1), (0.5, 2), (0.7, 3), (0.9, 4), (1.1, 6))[severity - 1]
    unit = _unit(image)
    reach = max(1, round(unit))
    height, width = image.shape[1:]
    blurred = ndimage.gaussian_filter(image, (0, sigma * unit, sigma * unit))
    for _ in range(rounds):
        down, right = draw.integers(-reach, reach + 1, (2, height, width))
        rows = np.clip(np.arange(height)[:, None] + down, 0, height - 1)
        columns = np.clip(np.arange(width) + right, 0, width - 1)
        blurred = blurred[:, rows, columns]
    return np.asarray(ndimage.gaussian_filter(blurred, (0, sigma * unit, sigma * unit)))


def _motion_blur(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """The mean along a line of random direction."""
    length = (3, 5, 7, 9, 11)[severity - 1] * _unit(image)
    angle = draw.uniform(0, np.pi)
    reach = int(np.ceil(length / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for step in np.linspace(-length / 2, length / 2, 4 * reach + 1):
        kernel[round(reach + step * np.sin(angle)), round(reach + step * np.cos(angle))] += 1
    kernel /= kernel.sum()
    return np.asarray(ndimage.convolve(image, kernel[None], mode="nearest"))


def _transform(image: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """Map the image about its centre; `matrix` takes a place of the result to one of the image."""
    centre = (np.array(image.shape[1:]) - 1) / 2
    whole = np.eye(3)
    whole[1:, 1:] = matrix
    offset = np.concatenate([[0.0], centre - matrix @ centre])
    edge = 1.0 - _ink(image)
    return np.asarray(
        ndimage.affine_transform(image, whole, offset, order=1, mode="constant", cval=edge)
    )


def _shear(image: Pixels, severity: int, draw: Generator) -> Pixels:
    slope = (0.2, 0.3, 0.4, 0.5, 0.6)[severity - 1] * draw.choice([-1, 1])
    return _transform(image, np.array([[1.0, 0.0], [slope, 1.0]]))


def _scale(image: Pixels, severity: int, draw: Generator) -> Pixels:  # noqa: ARG001
    """Smaller, about the centre."""
    return _transform(image, np.eye(2) / (0.9, 0.8, 0.7, 0.6, 0.5)[severity - 1])


def _rotate(image: Pixels, severity: int, draw: Generator) -> Pixels:
    angle = np.deg2rad((10, 20, 30, 40, 50)[severity - 1]) * draw.choice([-1, 1])
    cos, sin = np.cos(angle), np.sin(angle)
    return _transform(image, np.array([[cos, -sin], [sin, cos]]))


def _translate(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Moved along both axes, by whole pixels."""
    distance = max(1, round((1, 2, 3, 4, 5)[severity - 1] * _unit(image)))
    down, right = draw.choice([-distance, distance], 2)
    return np.asarray(
        ndimage.shift(image, (0, down, right), order=0, mode="constant", cval=1.0 - _ink(image))
    )


def _brightness(image: Pixels, severity: int, draw: Generator) -> Pixels:  # noqa: ARG001
    return image + (0.1, 0.2, 0.3, 0.4, 0.5)[severity - 1]


def _stripe(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """A vertical band of inverted pixels, near the centre."""
    unit, width = _unit(image), image.shape[2]
    band = max(1, round((2, 4, 6, 8, 10)[severity - 1] * unit))
    left = int(np.clip((width - band) / 2 + draw.uniform(-4, 4) * unit, 0, width - band))
    changed = image.copy()
    changed[:, :, left : left + band] = 1 - changed[:, :, left : left + band]
    return changed


def _fog(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """A cloud added, and the whole brought back to the image's range."""
    density = (0.4, 0.7, 1.0, 1.4, 1.8)[severity - 1]
    side = max(image.shape[1:])
    cloud = np.zeros(image.shape[1:])
    for octave in (4, 8, 16):
        noise = draw.normal(size=image.shape[1:])
        smooth = ndimage.gaussian_filter(noise, side / octave, mode="wrap")
        cloud += smooth / (smooth.std() or 1.0) * (4 / octave)
    cloud -= cloud.min()
    cloud /= cloud.max() or 1.0
    brightest = image.max()
    return np.asarray((image + density * cloud) * (brightest / (brightest + density)))


def _spatter(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Blots of a grey liquid."""
    share = (0.03, 0.06, 0.1, 0.15, 0.2)[severity - 1]
    drops = ndimage.gaussian_filter(draw.normal(size=image.shape[1:]), 1.2 * _unit(image))
    wet = drops > np.quantile(drops, 1 - share)
    return np.where(wet, 0.25 + 0.5 * _ink(image), image)


def _paint(image: Pixels, rows: Pixels, columns: Pixels) -> Pixels:
    """Return the image with dots, a 28th of its side wide, in its ink."""
    height, width = image.shape[1:]
    inside = np.clip(np.rint(rows), 0, height - 1), np.clip(np.rint(columns), 0, width - 1)
    painted = np.zeros((height, width), dtype=bool)
    painted[inside[0].astype(int), inside[1].astype(int)] = True
    if (side := round(_unit(image))) > 1:
        painted = ndimage.maximum_filter(painted, side)
    return np.where(painted, _ink(image), image)


def _dotted_line(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Lines of dots from the left edge to the right, one for each degree of severity."""
    height, width = image.shape[1:]
    columns = np.arange(0, width, 2 * _unit(image))
    ends = draw.uniform(0, height - 1, (severity, 2))
    rows = [left + (right - left) * columns / width for left, right in ends]
    return _paint(image, np.concatenate(rows), np.tile(columns, severity))


def _zigzag(image: Pixels, severity: int, draw: Generator) -> Pixels:
    """Zigzag lines from the left edge to the right, one for each degree of severity."""
    height, width = image.shape[1:]
    unit = _unit(image)
    columns = np.arange(0, width, 0.5 * unit)
    swing = 2 * unit * abs((columns / (2 * unit)) % 2 - 1)
    ends = draw.uniform(0, height - 1, (severity, 2))
    rows = [left + (right - left) * columns / width + swing for left, right in ends]
    return _paint(image, np.concatenate(rows), np.tile(columns, severity))


def _canny_edges(image: Pixels, severity: int, draw: Generator) -> Pixels:  # noqa: ARG001
    """The edges alone, white on black (Canny 1986, IEEE Trans. PAMI 8, 679-698)."""
    smooth = ndimage.gaussian_filter(image.mean(axis=0), _unit(image), mode="constant")
    down, right = ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1)
    size = np.hypot(down, right)
    # The neighbours along the gradient, whose direction is rounded to 45°.
    steps = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    padded = np.pad(size, 1)
    height, width = size.shape
    thin = np.zeros_like(size, dtype=bool)
    for number, (dy, dx) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        thin |= (steps == number) & (size >= ahead) & (size > behind)
    weak = thin & (size > 0.1 * size.max())
    labels, _ = ndimage.label(weak, np.ones((3, 3)))
    strong = np.unique(labels[weak & (size > 0.2 * size.max())])
    edges = np.isin(labels, strong[strong > 0])
    return np.broadcast_to(edges.astype(np.float64), image.shape)


def _low_resolution(image: Pixels, severity: int, draw: Generator) -> Pixels:  # noqa: ARG001
    """Reduced to fewer pixels by averaging, and enlarged again."""
    height, width = image.shape[1:]
    share = (20, 14, 10, 7, 5)[severity - 1] / 28
    small = (max(1, round(width * share)), max(1, round(height * share)))
    return np.stack(
        [
            np.asarray(
                Image.fromarray(channel.astype(np.float32))
                .resize(small, Image.Resampling.BOX)
                .resize((width, height), Image.Resampling.BILINEAR),
                dtype=np.float64,
            )
            for channel in image
        ]
    )


_FUNCTIONS: Mapping[str, Callable[[Pixels, int, Generator], Pixels]] = {
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "glass_blur": _glass_blur,
    "motion_blur": _motion_blur,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "translate": _translate,
    "brightness": _brightness,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted_line": _dotted_line,
    "zigzag": _zigzag,
    "canny_edges": _canny_edges,
    "low_resolution": _low_resolution,
}
