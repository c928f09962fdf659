"""The test images in each cell of the confusion matrices: which of them a report shows."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from math import prod

import numpy as np

from reportgen.analysis.facts import ConfusedCell
from reportgen.analysis.prediction_arrays import PredictionArrays

MOST = 12
"""Images of one cell."""
MOST_VALUES = 400_000
"""Values of the pixels of all images together: 510 images of MNIST."""
SIDE = 96
"""Pixels of the longer side of an image that is shown."""


def choose_confused(
    predictions: PredictionArrays, input_shape: tuple[int, ...]
) -> dict[str, tuple[ConfusedCell, ...]]:
    """Return the cells off the diagonal of each model, with the images that a reader can open.

    Of a cell the images come first that most seeds put there, then those with most confidence.
    Where there is no room for all images, each cell gets one before any gets a second one, large
    cells first. input_shape: `[channels, height, width]`; a table of features has no images.
    """
    found = {slug: _rank(predictions, model) for model, slug in enumerate(predictions.slugs)}
    cells = [(slug, cell) for slug, ranked in found.items() for cell in ranked]
    cells.sort(key=lambda each: -len(found[each[0]][each[1]]))
    size = prod((*input_shape[:1], *(min(side, SIDE) for side in input_shape[1:])))
    most_images = MOST_VALUES // size if len(input_shape) == 3 else 0
    known: set[int] = set()
    shown: defaultdict[tuple[str, tuple[int, int]], list[int]] = defaultdict(list)
    for images in zip_longest(*(found[slug][cell][:MOST] for slug, cell in cells)):
        for each, image in zip(cells, images, strict=True):
            if image is not None and (image in known or len(known) < most_images):
                known.add(image)
                shown[each].append(image)
    return {
        slug: tuple(
            ConfusedCell(
                true=true,
                predicted=predicted,
                count=len(images),
                images=tuple(shown[slug, (true, predicted)]),
            )
            for (true, predicted), images in ranked.items()
        )
        for slug, ranked in found.items()
    }


def _rank(predictions: PredictionArrays, model: int) -> dict[tuple[int, int], list[int]]:
    """Return cell → its images, best first; the cells row by row."""
    predicted, confidence = predictions.predicted[model], predictions.confidence[model]
    seeds, examples = np.nonzero(predicted != predictions.labels)
    answers = predicted[seeds, examples].astype(np.int64)
    confidences = np.zeros(len(seeds)) if confidence is None else confidence[seeds, examples]
    named, position, votes = np.unique(
        examples * predictions.classes + answers, return_inverse=True, return_counts=True
    )
    images, answers = np.divmod(named, predictions.classes)
    labels = predictions.labels[images]
    sums = np.bincount(position.ravel(), confidences, minlength=len(named))
    ranked: dict[tuple[int, int], list[int]] = {}
    for place in np.lexsort((images, -sums, -votes, answers, labels)).tolist():
        cell = int(labels[place]), int(answers[place])
        ranked.setdefault(cell, []).append(int(images[place]))
    return ranked
