"""The examples that models disagree on, and those that all get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reportgen.analysis.facts import Disagreement, GalleryFacts
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.prediction_arrays import Counts, Flags, Floats, PredictionArrays
from reportgen.config.schema import Model

SIZE = 12
"""Examples shown in each gallery."""


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
