"""Measures of predicted probabilities: log loss, Brier score, top-k accuracy."""

from __future__ import annotations

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, mean_influence, metric

TOP = 5
"""How many classes top-k accuracy looks at, where there are more than twice as many."""


def _losses(predictions: Predictions) -> Floats:
    """Return −ln p of the true class of each example, `[n]`."""
    rows = np.arange(len(predictions.labels))
    chosen = predictions.class_probabilities[rows, predictions.labels]
    return np.asarray(-np.log(np.maximum(chosen, np.finfo(np.float64).eps)))


@metric(
    "Log loss",
    influence=lambda predictions: mean_influence(_losses(predictions)),
    direction="lower",
    needs="probabilities",
    bounds=(0.0, None),
    source="Good 1952, J. R. Stat. Soc. B 14, 107-114",
)
def log_loss(predictions: Predictions) -> float:
    """Return the mean of −ln p over the examples, p being the probability of the true class, or
    2⁻⁵² where it is smaller, as in scikit-learn.
    """
    return float(_losses(predictions).mean())


def _squared_distances(predictions: Predictions) -> Floats:
    """Return Σₖ (pₖ − yₖ)² of each example, `[n]`."""
    probabilities = predictions.class_probabilities
    chosen = probabilities[np.arange(len(predictions.labels)), predictions.labels]
    return np.asarray((probabilities**2).sum(axis=1) - 2 * chosen + 1)


@metric(
    "Brier score",
    influence=lambda predictions: mean_influence(_squared_distances(predictions)),
    direction="lower",
    needs="probabilities",
    bounds=(0.0, 2.0),
    source="Brier 1950, Mon. Weather Rev. 78, 1-3",
)
def brier_score(predictions: Predictions) -> float:
    """Return the mean of Σₖ (pₖ − yₖ)² over the examples, in [0, 2]."""
    return float(_squared_distances(predictions).mean())


def top_size(class_count: int) -> int:
    """Return k of top-k accuracy: 5 with more than ten classes, else 2."""
    return TOP if class_count > 2 * TOP else 2


def _among_top(predictions: Predictions) -> Floats:
    """Return 1 where the true class is among the k most probable ones, `[n]`.

    Of classes with equal probability, the one with the higher number counts as more probable, as in
    scikit-learn.
    """
    probabilities = predictions.class_probabilities
    order = np.argsort(probabilities, axis=1, kind="stable")
    top = order[:, -top_size(predictions.class_count) :]
    return np.asarray((top == predictions.labels[:, None]).any(axis=1), dtype=np.float64)


@metric(
    "Top-k accuracy",
    influence=lambda predictions: mean_influence(_among_top(predictions)),
    needs="probabilities",
    format="percent",
    difference_format="points",
)
def top_k_accuracy(predictions: Predictions) -> float:
    """Return how often the true class is among the k most probable ones: k = 5 with more than ten
    classes, else 2 (`top_size`).
    """
    return float(_among_top(predictions).mean())
