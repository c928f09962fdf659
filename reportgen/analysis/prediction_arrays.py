"""The evidence as arrays: what every run predicted for every example, model by model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reportgen.results.evidence import Evidence, KeptEvaluation

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Classes = NDArray[np.int32]


@dataclass(frozen=True)
class Votes:
    """How many seeds of a model predict which class of which example."""

    places: Counts
    """Example × number of classes + class, of those that any seed predicts; ascending."""
    votes: Counts
    """How many seeds predict each."""


@dataclass(frozen=True)
class PredictionArrays:
    """Every run of an experiment, the models in the order of its file.

    What is a tuple has one entry for each model, whose first axis is that model's seeds: models may
    have different numbers of them.
    """

    slugs: tuple[str, ...]
    seeds: tuple[tuple[int, ...], ...]
    classes: int
    labels: Classes
    """`[n]`"""
    train_labels: Classes
    """`[n_train]`; empty where the training set is not known."""
    predicted: tuple[Classes, ...]
    """`[seeds, n]` of each model."""
    train_predicted: tuple[Classes | None, ...]
    """`[seeds, n_train]`; None where a run of the model was not evaluated on the training set."""
    confidence: tuple[Floats | None, ...]
    """`[seeds, n]`, of the predicted class, in [0, 1]; None where a run has labels alone."""
    deterministic: frozenset[int] = frozenset()
    """Positions of the models that give the same predictions with every seed."""
    clusters: Classes | None = None
    """Number of each test example's cluster, `[n]`; None where the examples are independent."""
    train_clusters: Classes | None = None
    """The same of each training example, `[n_train]`."""

    def count_independent(self, flags: Flags) -> int:
        """Count the examples that a run is flagged for, or their clusters; `flags`: `[runs, n]`."""
        flagged = np.flatnonzero(flags.any(axis=0))
        return len(flagged if self.clusters is None else np.unique(self.clusters[flagged]))

    @property
    def independent(self) -> int:
        """How many test examples, or clusters of them, are independent of each other."""
        return len(self.labels) if self.clusters is None else int(self.clusters.max()) + 1

    @cached_property
    def correct(self) -> tuple[Flags, ...]:
        """`[seeds, n]` of each model: whether the run gets the test example right."""
        return tuple(np.equal(predicted, self.labels) for predicted in self.predicted)

    def count_votes(self, model: int, seeds: int) -> Votes:
        """Return the votes of the first `seeds` seeds of a model; `model` is a position."""
        if (model, seeds) not in self._votes:
            named = self.predicted[model][:seeds] + self.classes * np.arange(len(self.labels))
            found = np.unique(named.ravel(), return_counts=True)
            self._votes[model, seeds] = Votes(*found)
        return self._votes[model, seeds]

    @cached_property
    def _votes(self) -> dict[tuple[int, int], Votes]:
        return {}

    @cached_property
    def train_correct(self) -> tuple[Flags | None, ...]:
        """`[seeds, n_train]` of each model: whether the run gets the training example right."""
        return tuple(
            None if predicted is None else np.equal(predicted, self.train_labels)
            for predicted in self.train_predicted
        )


def stack_predictions(evidence: Evidence, slugs: Sequence[str]) -> PredictionArrays:
    """Stack the predictions of all runs of each of these models.

    Raises LookupError where one of them has no run.
    """
    found = {model for model, _ in evidence.runs}
    if missing := [slug for slug in slugs if slug not in found]:
        raise LookupError(f"there are no runs of {', '.join(missing)}")
    seeds = tuple(tuple(seed for model, seed in evidence.runs if model == slug) for slug in slugs)
    runs = [
        [evidence.runs[slug, seed] for seed in own] for slug, own in zip(slugs, seeds, strict=True)
    ]
    return PredictionArrays(
        slugs=tuple(slugs),
        seeds=seeds,
        classes=len(evidence.header.dataset.classes),
        labels=evidence.test_labels,
        train_labels=evidence.train_labels,
        predicted=tuple(np.array([run["test"].classes for run in own]) for own in runs),
        train_predicted=tuple(
            np.array([run["train"].classes for run in own])
            if all("train" in run for run in own)
            else None
            for own in runs
        ),
        confidence=tuple(_stack_confidence([run["test"] for run in own]) for own in runs),
        deterministic=frozenset(map(slugs.index, find_deterministic(evidence) & {*slugs})),
        clusters=evidence.clusters,
        train_clusters=evidence.train_clusters,
    )


def find_deterministic(evidence: Evidence) -> frozenset[str]:
    """Return the models that give the same predictions with every seed.

    They are estimators that were fitted once though the experiment names several seeds (see
    `reportgen.config.plan.seeds_of`).
    """
    if len(evidence.header.experiment.get("training", {}).get("seeds", ())) < 2:
        return frozenset()
    runs = Counter(run.model for run in evidence.header.runs)
    return frozenset(
        run.model
        for run in evidence.header.runs
        if run.record.spec.kind == "estimator" and runs[run.model] == 1
    )


def _stack_confidence(runs: list[KeptEvaluation]) -> Floats | None:
    """Return the probability of the predicted class, `[seeds, n]`; None without probabilities."""
    confidence = []
    for run in runs:
        probabilities = run.probabilities
        if probabilities is None:
            return None
        confidence.append(probabilities[np.arange(len(run.classes)), run.classes])
    return np.array(confidence)
