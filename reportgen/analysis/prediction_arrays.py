"""The evidence as arrays: what every run predicted for every example, models by seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.results.evidence import Evidence, KeptEvaluation

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Classes = NDArray[np.int32]


@dataclass(frozen=True)
class PredictionArrays:
    """Every run of an experiment, the models in the order of its file."""

    slugs: tuple[str, ...]
    seeds: tuple[int, ...]
    classes: int
    labels: Classes
    """`[n]`"""
    train_labels: Classes
    """`[n_train]`"""
    predicted: Classes
    """`[models, seeds, n]`"""
    train_predicted: Classes
    """`[models, seeds, n_train]`"""
    confidence: Floats
    """`[models, seeds, n]`, of the predicted class, in [0, 1]."""
    brier: Floats
    """`[models, seeds, n]`: Σₖ (pₖ − yₖ)² of each example, in [0, 2]."""

    @property
    def correct(self) -> Flags:
        """`[models, seeds, n]`: whether the run gets the test example right."""
        return np.equal(self.predicted, self.labels)

    @property
    def train_correct(self) -> Flags:
        """`[models, seeds, n_train]`: whether the run gets the training example right."""
        return np.equal(self.train_predicted, self.train_labels)


def stack_predictions(evidence: Evidence) -> PredictionArrays:
    """Stack the predictions of all runs; every model has a run for each seed."""
    slugs = tuple(dict.fromkeys(model for model, _ in evidence.runs))
    seeds = tuple(dict.fromkeys(seed for _, seed in evidence.runs))
    runs = [[evidence.runs[slug, seed] for seed in seeds] for slug in slugs]
    scored = [[_score(run["test"], evidence.test_labels) for run in row] for row in runs]
    return PredictionArrays(
        slugs=slugs,
        seeds=seeds,
        classes=len(evidence.header.dataset.classes),
        labels=evidence.test_labels,
        train_labels=evidence.train_labels,
        predicted=np.array([[run["test"].classes for run in row] for row in runs]),
        train_predicted=np.array([[run["train"].classes for run in row] for row in runs]),
        confidence=np.array([[confidence for confidence, _ in row] for row in scored]),
        brier=np.array([[brier for _, brier in row] for row in scored]),
    )


def _score(kept: KeptEvaluation, labels: Classes) -> tuple[Floats, Floats]:
    """Return the confidence and the Brier score of each example, `[n]`."""
    probabilities, rows = kept.probabilities, np.arange(len(labels))
    assert probabilities is not None
    distance = (probabilities**2).sum(axis=1) - 2 * probabilities[rows, labels] + 1
    return probabilities[rows, kept.classes], distance
