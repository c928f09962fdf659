"""F1 averaged over classes (van Rijsbergen 1979, Information Retrieval, ch. 7)."""

from __future__ import annotations

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, mean_influence, metric
from reportgen.metrics.rates import class_shares, correct_shares, divide, predicted_shares

SOURCE = "van Rijsbergen 1979, Information Retrieval, ch. 7"


def class_f1(predictions: Predictions) -> Floats:
    """Return F1 = 2 TP / (2 TP + FP + FN) of each class, `[classes]`; 0 where that is 0 / 0."""
    total = class_shares(predictions) + predicted_shares(predictions)
    return divide(2 * correct_shares(predictions), total)


def _weighted_class_influence(predictions: Predictions, weights: Floats) -> Floats:
    """Return the influence values of Σ wₖ F1ₖ with constant weights, `[n]`.

    F1ₖ is a ratio of means, 2 E[TPₖ] / E[Tₖ + Pₖ], and moves with an example by
    (2 tpₖ − F1ₖ (tₖ + pₖ)) / E[Tₖ + Pₖ], which is 0 except for its label and its prediction.
    """
    f1 = class_f1(predictions)
    share = divide(weights, class_shares(predictions) + predicted_shares(predictions))
    labels, predicted = predictions.labels, predictions.predicted
    true_positives = 2 * share[labels] * predictions.correct
    return np.asarray(true_positives - (share * f1)[labels] - (share * f1)[predicted])


def _macro_f1_influence(predictions: Predictions) -> Floats:
    weights = np.full(predictions.class_count, 1 / predictions.class_count)
    return _weighted_class_influence(predictions, weights)


@metric("Macro F1", influence=_macro_f1_influence, source=SOURCE)
def macro_f1(predictions: Predictions) -> float:
    """Return the mean F1 over all classes, of which one without test examples counts as 0."""
    return float(class_f1(predictions).mean())


def _weighted_f1_influence(predictions: Predictions) -> Floats:
    f1, shares = class_f1(predictions), class_shares(predictions)
    return _weighted_class_influence(predictions, shares) + mean_influence(f1[predictions.labels])


@metric("Weighted F1", influence=_weighted_f1_influence, source=SOURCE)
def weighted_f1(predictions: Predictions) -> float:
    """Return the mean F1 over classes, weighted by the classes' shares of the examples."""
    return float(class_f1(predictions) @ class_shares(predictions))
