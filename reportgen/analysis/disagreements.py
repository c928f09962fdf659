"""The test examples to look at: where models disagree, where all are wrong, in each confusion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import prod

import numpy as np

from reportgen.analysis.facts import ConfusedCell, Disagreement, GalleryFacts
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.prediction_arrays import Counts, Flags, Floats, PredictionArrays
from reportgen.config.schema import Model

SIZE = 12
"""Examples shown in each gallery."""
MOST = 12
"""Images of one cell."""
MOST_VALUES = 400_000
"""Values of the pixels of all images together: 510 images of MNIST."""
SIDE = 96
"""Pixels of the longer side of an image that is shown."""


@dataclass(frozen=True)
class MajorityVote:
    """What most seeds of one model predict."""

    predicted: Counts
    """`[n]`: the class that most seeds predict; of equals, the one with more confidence."""
    confidence: Floats | None
    """`[n]`: mean confidence of the seeds that predict it; None where there is none."""


def majority_votes(predictions: PredictionArrays) -> tuple[MajorityVote, ...]:
    """Return the majority vote of each model's seeds on every example."""
    return tuple(_majority_vote(predictions, model) for model in range(len(predictions.slugs)))


def _majority_vote(predictions: PredictionArrays, model: int) -> MajorityVote:
    predicted, confidence = predictions.predicted[model], predictions.confidence[model]
    size = len(predictions.labels)
    named = predicted + predictions.classes * np.arange(size)
    found = predictions.count_votes(model, len(predicted))
    places, votes = found.places, found.votes
    position = np.searchsorted(places, named.ravel())
    weight = np.zeros(named.size) if confidence is None else confidence.ravel()
    confidence_sums = np.bincount(position, weight)
    # Most votes first, then most confidence, then the lower class; `places` ascend.
    example = places // predictions.classes
    order = np.lexsort((places, -confidence_sums, -votes, example))
    best = order[np.searchsorted(example[order], np.arange(size))]
    mean = None if confidence is None else confidence_sums[best] / votes[best]
    return MajorityVote(places[best] % predictions.classes, mean)


def choose_gallery(
    inputs: AnalysisInputs, models: Sequence[Model], ranking: Sequence[str]
) -> GalleryFacts:
    """Return the examples to look at, the most confidently wrong first."""
    predictions, votes = inputs.predictions, majority_votes(inputs.predictions)
    wrong = np.array([each.predicted for each in votes]) != predictions.labels
    everywhere = wrong.all(axis=0)
    only: dict[str, tuple[Disagreement, ...]] = {}
    counts: dict[str, int] = {}
    for right, other in _choose_headline(inputs.slugs, models, ranking):
        chosen = ~wrong[right] & wrong[other]
        key = f"{predictions.slugs[right]}--{predictions.slugs[other]}"
        only[key] = _show(predictions, votes, chosen, [votes[other]])
        counts[key] = int(chosen.sum())
    return GalleryFacts(
        all_wrong=_show(predictions, votes, everywhere, votes),
        all_wrong_count=int(everywhere.sum()),
        only=only,
        only_counts=counts,
    )


def _choose_headline(
    slugs: Sequence[str], models: Sequence[Model], ranking: Sequence[str]
) -> list[tuple[int, int]]:
    """Return the most telling pair, both ways round.

    The best model and the best one of another architecture; where there is one architecture only,
    the best model and the last.
    """
    if len(ranking) < 2:
        return []
    architectures = {model.slug: model.architecture or model.slug for model in models}
    rivals = [slug for slug in ranking if architectures[slug] != architectures[ranking[0]]]
    second = rivals[0] if rivals else ranking[-1]
    low, high = sorted((slugs.index(ranking[0]), slugs.index(second)))
    return [(low, high), (high, low)]


def _show(
    predictions: PredictionArrays,
    votes: Sequence[MajorityVote],
    chosen: Flags,
    wrong: Sequence[MajorityVote],
) -> tuple[Disagreement, ...]:
    """Return the chosen examples, those first of which the `wrong` models are most confident."""
    candidates = np.flatnonzero(chosen)
    known = [each.confidence[candidates] for each in wrong if each.confidence is not None]
    confidence = np.mean(known, axis=0) if known else np.zeros(len(candidates))
    order = np.argsort(-confidence, kind="stable")[:SIZE]
    return tuple(_describe(predictions, votes, index) for index in candidates[order].tolist())


def _describe(
    predictions: PredictionArrays, votes: Sequence[MajorityVote], index: int
) -> Disagreement:
    named = list(zip(predictions.slugs, votes, strict=True))
    return Disagreement(
        index=index,
        label=int(predictions.labels[index]),
        predicted={slug: int(each.predicted[index]) for slug, each in named},
        confidence={
            slug: None if each.confidence is None else float(each.confidence[index])
            for slug, each in named
        },
    )


def choose_confused(
    predictions: PredictionArrays, input_shape: tuple[int, ...]
) -> dict[str, tuple[ConfusedCell, ...]]:
    """Return the cells off the diagonal of each model, with the images that a reader can open.

    Within a cell, images that more seeds put there come first; of equals, the more confident ones.
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
            # An image that another cell shows already takes no further room.
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
