"""The examples that models disagree on, and those that all get wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.facts import Disagreement, GalleryFacts
from reportgen.analysis.outcomes import Counts, Flags, Floats, Outcomes

SIZE = 12
"""Examples shown in each gallery."""


@dataclass(frozen=True)
class Votes:
    """What the seeds of each model agree on."""

    predicted: Counts
    """`[models, n]`: the class that most seeds predict; of equals, the more confident one."""
    confidence: Floats
    """`[models, n]`: mean confidence of the seeds that predict it."""


def take_votes(outcomes: Outcomes) -> Votes:
    """Let the seeds of each model vote on every example."""
    polls = [_poll(outcomes, model) for model in range(len(outcomes.slugs))]
    return Votes(
        predicted=np.array([predicted for predicted, _ in polls]),
        confidence=np.array([confidence for _, confidence in polls]),
    )


def _poll(outcomes: Outcomes, model: int) -> tuple[Counts, Floats]:
    chosen = outcomes.predicted[model] == np.arange(outcomes.classes)[:, None, None]
    votes = chosen.sum(axis=1)
    trust = (chosen * outcomes.confidence[model]).sum(axis=1)
    # Confidences add up to less than the seeds + 1: votes decide, trust breaks ties.
    winner = (votes * (len(outcomes.seeds) + 1) + trust).argmax(axis=0)
    index = np.arange(len(outcomes.labels))
    return winner, trust[winner, index] / votes[winner, index]


def choose_gallery(
    outcomes: Outcomes, ranking: tuple[str, ...], architectures: dict[str, str]
) -> GalleryFacts:
    """Return the examples to look at, the most confidently wrong first."""
    votes = take_votes(outcomes)
    wrong = votes.predicted != outcomes.labels
    everywhere = wrong.all(axis=0)
    only: dict[str, tuple[Disagreement, ...]] = {}
    counts: dict[str, int] = {}
    for right, other in _headline(outcomes.slugs, ranking, architectures):
        chosen = ~wrong[right] & wrong[other]
        key = f"{outcomes.slugs[right]}--{outcomes.slugs[other]}"
        only[key] = _show(outcomes, votes, chosen, votes.confidence[other])
        counts[key] = int(chosen.sum())
    return GalleryFacts(
        all_wrong=_show(outcomes, votes, everywhere, votes.confidence.mean(axis=0)),
        all_wrong_count=int(everywhere.sum()),
        only=only,
        only_counts=counts,
    )


def _headline(
    slugs: tuple[str, ...], ranking: tuple[str, ...], architectures: dict[str, str]
) -> list[tuple[int, int]]:
    """Return the most telling pair, both ways round: the best model and the best of another
    architecture; with one architecture only, the best model and the last.
    """
    if len(ranking) < 2:
        return []
    rivals = [slug for slug in ranking if architectures[slug] != architectures[ranking[0]]]
    second = rivals[0] if rivals else ranking[-1]
    low, high = sorted((slugs.index(ranking[0]), slugs.index(second)))
    return [(low, high), (high, low)]


def _show(
    outcomes: Outcomes, votes: Votes, chosen: Flags, confidence: Floats
) -> tuple[Disagreement, ...]:
    candidates = np.flatnonzero(chosen)
    order = np.argsort(-confidence[candidates], kind="stable")[:SIZE]
    return tuple(_describe(outcomes, votes, index) for index in candidates[order].tolist())


def _describe(outcomes: Outcomes, votes: Votes, index: int) -> Disagreement:
    return Disagreement(
        index=index,
        label=int(outcomes.labels[index]),
        predicted=dict(zip(outcomes.slugs, votes.predicted[:, index].tolist(), strict=True)),
        confidence=dict(zip(outcomes.slugs, votes.confidence[:, index].tolist(), strict=True)),
    )
