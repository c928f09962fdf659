"""Test images as strips in small PNG files, for the figures that show them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

GAP = 2
"""White pixels between two images of a strip."""


def encode_strip(images: NDArray[np.uint8], indices: Sequence[int]) -> str:
    """Return the images at `indices`, side by side, dark on white, as a PNG in base64.

    images: `[n, height, width]`, bright on black as the data sets have them.
    """
    height, width = images.shape[1:]
    strip = np.full((height, len(indices) * (width + GAP) - GAP), 255, dtype=np.uint8)
    for place, index in enumerate(indices):
        left = place * (width + GAP)
        strip[:, left : left + width] = 255 - images[index]
    return encode_png(strip)


def encode_png(pixels: NDArray[np.uint8]) -> str:
    """Return grey pixels, `[height, width]`, as a PNG in base64."""
    from PIL import Image  # only where there are images to show

    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return b64encode(file.getvalue()).decode()
