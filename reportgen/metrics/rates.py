"""Counts and rates per class that several metrics share; no metrics themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


# The value of a run and its influence values are asked for one after the other.
@lru_cache(maxsize=1)
def one_against_rest(
    predictions: Predictions, measure: Callable[[Floats, NDArray[np.bool_]], tuple[float, Floats]]
) -> tuple[list[float], Floats]:
    """Return a measure of each class against the rest, and its mean's influence values, `[n]`.

    `measure`: from the scores of a class and which examples are of it, both `[n]`. A class without
    examples is left out. Of two classes the second is taken, as in scikit-learn: quantised
    probabilities need not add up to 1.
    """
    probabilities, labels = predictions.class_probabilities, predictions.labels
    present = np.unique(labels).tolist()
    classes = present if predictions.class_count > 2 else {1}.intersection(present)
    found = [measure(probabilities[:, index], labels == index) for index in classes]
    influence = sum((each for _, each in found), np.zeros(len(labels)))
    return [value for value, _ in found], influence / max(len(found), 1)


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Return the elementwise ratio, 0 where the denominator is 0."""
    below = np.asarray(denominator, dtype=np.float64)
    return np.asarray(numerator / np.where(below == 0, 1.0, below) * (below != 0))


def _shares(classes: NDArray[np.int32], count: int) -> Floats:
    return np.asarray(np.bincount(classes, minlength=count) / len(classes))
