"""Average precision, one class against the rest: what AUROC hides where a class is rare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.metrics.metric import Floats, Predictions, metric
from reportgen.metrics.rates import one_against_rest


def _average(scores: Floats, positive: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Return the sum over thresholds of precision × gain in recall, and influence values, `[n]`.

    With the weights of the examples as variables, h hits among m examples of each score, H and M
    at it or above, the average is Σ h H / M over Σ h; an example changes h at its own score, and
    H and M at this and every lower one.
    """
    _, group = np.unique(-scores, return_inverse=True)
    hits = np.bincount(group, weights=positive)
    taken = np.cumsum(np.bincount(group))
    precision = np.cumsum(hits) / taken
    average = float((hits * precision).sum() / hits.sum())
    gain, loss = (np.cumsum(each[::-1])[::-1] for each in (hits / taken, hits * precision / taken))
    influence = positive * (precision + gain - average)[group] - loss[group]
    return average, influence / positive.mean()


@metric(
    "Average precision",
    influence=lambda predictions: one_against_rest(predictions, _average)[1],
    needs="probabilities",
    source="Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, 8.4",
)
def average_precision(predictions: Predictions) -> float:
    """Return the mean over classes, each against the rest; with two classes that of the second.

    0 where no example belongs to these.
    """
    values, _ = one_against_rest(predictions, _average)
    return float(np.mean(values)) if values else 0.0
