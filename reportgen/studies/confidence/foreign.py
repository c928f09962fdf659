"""Foreign images: whether a network is less sure of what it was not trained on.

A network gives every image one of its classes. Its confidence, the probability of that class, can
tell whether an image is one of a kind that it was trained on (Hendrycks & Gimpel 2017, A baseline
for detecting misclassified and out-of-distribution examples in neural networks, ICLR).

Foreign images are those of another data set, or are made of test images: with their pixels in
random order, or turned by 90 degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

KNOWN = "known"
"""The set of the unchanged test images."""
MADE: Mapping[str, str] = {
    "noise": "Pixels in random order",
    "rotated": "Turned by 90°",
}
"""Foreign images that are made of test images → what the report calls them."""


def make_foreign(
    images: NDArray[np.uint8], positions: NDArray[np.integer[Any]], recipe: Mapping[str, Any]
) -> NDArray[np.uint8]:
    """Return the images of a set, `[n, channels, height, width]`; `recipe`: `kind` and `seed`.

    What is random depends on the seed and the position of an image alone.
    """
    kind = str(recipe["kind"])
    if kind == "rotated":
        # Images that are not square keep their shape.
        turns = 1 if images.shape[2] == images.shape[3] else 2
        return np.ascontiguousarray(np.rot90(images, turns, axes=(2, 3)))
    if kind != "noise":
        return images
    changed = np.empty_like(images)
    for place, (image, position) in enumerate(zip(images, positions, strict=True)):
        draw = np.random.default_rng([int(recipe["seed"]), int(position)])
        pixels = image.reshape(len(image), -1)
        changed[place] = pixels[:, draw.permutation(pixels.shape[1])].reshape(image.shape)
    return changed
