"""Precision and recall as the threshold moves, each class against the rest.

An example is taken for a class where its probability reaches a threshold. Recall is the share of
the class's examples that are taken, precision the share of its examples among those taken. The
average precision is the sum over the thresholds of the precision times the gain in recall
(Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", 8.4), without
interpolation, as scikit-learn has it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.prediction_arrays import Floats
from reportgen.metrics.metric import Predictions

Truth = NDArray[np.bool_]


def average_precision(truth: Truth, scores: Floats) -> float:
    """Return the average precision of `scores`, `[n]`; nan where nothing in `truth` holds."""
    recall, precision = _curve(truth, scores)
    # A dot product of many numbers is rounded otherwise where BLAS has another number of threads.
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def precision_at(truth: Truth, scores: Floats) -> Floats:
    """Return the precision at the highest thresholds with recalls of 0.01, 0.02, …, 1, `[100]`."""
    recall, precision = _curve(truth, scores)
    # Rounding must not push a threshold that reaches a recall to the next one.
    at = np.searchsorted(recall, np.arange(1, 101) / 100 - 1e-12)
    return np.asarray(precision[at])


def pooled(predictions: Predictions) -> tuple[Truth, Floats]:
    """Return each example once for each class: whether it is of it, and its probability of it."""
    truth = predictions.labels[:, None] == np.arange(predictions.class_count)
    return truth.ravel(), predictions.class_probabilities.ravel()


def class_precisions(predictions: Predictions) -> list[float]:
    """Return the average precision of each class; nan for a class without test examples."""
    scores = predictions.class_probabilities
    return [
        average_precision(predictions.labels == index, scores[:, index])
        for index in range(predictions.class_count)
    ]


def _curve(truth: Truth, scores: Floats) -> tuple[Floats, Floats]:
    """Return recall and precision at every threshold that a score gives, the highest first."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(truth[order])
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = found[last].astype(np.float64)
    with np.errstate(invalid="ignore"):
        return hits / found[-1], hits / (last + 1)
