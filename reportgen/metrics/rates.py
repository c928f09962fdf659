"""Counts and rates per class that several metrics share; no metrics themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from reportgen.metrics.metric import Floats, Predictions


def class_shares(predictions: Predictions) -> Floats:
    """Return the share of examples of each true class, `[classes]`."""
    return _shares(predictions.labels, predictions.class_count)


def predicted_shares(predictions: Predictions) -> Floats:
    """Return the share of examples that each class is predicted for, `[classes]`."""
    return _shares(predictions.predicted, predictions.class_count)


def correct_shares(predictions: Predictions) -> Floats:
    """Return the share of examples that are of a class and predicted as it, `[classes]`."""
    correct_labels = predictions.labels[predictions.correct]
    counts = np.bincount(correct_labels, minlength=predictions.class_count)
    return np.asarray(counts / len(predictions.labels))


def recalls(predictions: Predictions) -> Floats:
    """Return the recall of each class, `[classes]`; 0 for a class without examples."""
    return divide(correct_shares(predictions), class_shares(predictions))


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Return the elementwise ratio, 0 where the denominator is 0."""
    below = np.asarray(denominator, dtype=np.float64)
    return np.asarray(numerator / np.where(below == 0, 1.0, below) * (below != 0))


def _shares(classes: np.ndarray[tuple[int], np.dtype[np.int32]], count: int) -> Floats:
    return np.asarray(np.bincount(classes, minlength=count) / len(classes))
