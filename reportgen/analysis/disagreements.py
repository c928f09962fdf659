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
class Votes:
    """What the seeds of each model agree on."""

    predicted: Counts
    """`[models, n]`: the class that most seeds predict; of equals, the more confident one."""
    confidence: Floats
    """`[models, n]`: mean confidence of the seeds that predict it."""


def take_votes(inputs: AnalysisInputs) -> Votes:
    """Let the seeds of each model vote on every example."""
    polls = [_poll(inputs, model) for model in range(len(inputs.slugs))]
    return Votes(
        predicted=np.array([predicted for predicted, _ in polls]),
        confidence=np.array([confidence for _, confidence in polls]),
    )


def _poll(inputs: AnalysisInputs, model: int) -> tuple[Counts, Floats]:
    predictions, votes = inputs.predictions, inputs.votes[model]
    trust = np.stack(
        [
            ((predictions.predicted[model] == index) * predictions.confidence[model]).sum(axis=0)
            for index in range(predictions.classes)
        ],
        axis=1,
    )
    # Confidences add up to the number of seeds at most: votes decide, trust breaks ties.
    winner = (votes * (len(predictions.seeds) + 1) + trust).argmax(axis=1)
    row = np.arange(len(winner))
    return winner, trust[row, winner] / votes[row, winner]


def choose_gallery(
    inputs: AnalysisInputs, models: Sequence[Model], ranking: Sequence[str]
) -> GalleryFacts:
    """Return the examples to look at, the most confidently wrong first."""
    predictions, votes = inputs.predictions, take_votes(inputs)
    wrong = votes.predicted != predictions.labels
    everywhere = wrong.all(axis=0)
    only: dict[str, tuple[Disagreement, ...]] = {}
    counts: dict[str, int] = {}
    for right, other in _choose_headline(inputs.slugs, models, ranking):
        chosen = ~wrong[right] & wrong[other]
        key = f"{predictions.slugs[right]}--{predictions.slugs[other]}"
        only[key] = _show(predictions, votes, chosen, votes.confidence[other])
        counts[key] = int(chosen.sum())
    return GalleryFacts(
        all_wrong=_show(predictions, votes, everywhere, votes.confidence.mean(axis=0)),
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
    predictions: PredictionArrays, votes: Votes, chosen: Flags, confidence: Floats
) -> tuple[Disagreement, ...]:
    candidates = np.flatnonzero(chosen)
    order = np.argsort(-confidence[candidates], kind="stable")[:SIZE]
    return tuple(_describe(predictions, votes, index) for index in candidates[order].tolist())


def _describe(predictions: PredictionArrays, votes: Votes, index: int) -> Disagreement:
    return Disagreement(
        index=index,
        label=int(predictions.labels[index]),
        predicted=dict(zip(predictions.slugs, votes.predicted[:, index].tolist(), strict=True)),
        confidence=dict(zip(predictions.slugs, votes.confidence[:, index].tolist(), strict=True)),
    )
