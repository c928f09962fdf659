"""Accuracy, and accuracy with every class weighted equally."""

from __future__ import annotations

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, mean_influence, metric
from reportgen.metrics.rates import class_shares, recalls


@metric(
    "Accuracy",
    influence=lambda predictions: mean_influence(predictions.correct.astype(np.float64)),
    format="percent",
    difference_format="points",
)
def accuracy(predictions: Predictions) -> float:
    """Return the share of examples that are predicted right."""
    return float(predictions.correct.mean())


def _balanced_accuracy_influence(predictions: Predictions) -> Floats:
    share = class_shares(predictions)
    present = share > 0
    recall = recalls(predictions)
    labels = predictions.labels
    return np.asarray((predictions.correct - recall[labels]) / share[labels] / present.sum())


@metric(
    "Balanced accuracy",
    influence=_balanced_accuracy_influence,
    format="percent",
    difference_format="points",
    source="Brodersen et al. 2010, ICPR, 3121-3124",
)
def balanced_accuracy(predictions: Predictions) -> float:
    """Return the mean recall over the classes that have test examples."""
    return float(recalls(predictions)[class_shares(predictions) > 0].mean())
