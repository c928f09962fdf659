"""Area under the receiver operating characteristic, one class against the rest."""

from __future__ import annotations

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, metric


def _placements(scores: Floats, positive: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Return how each example is placed among those of the other side, `[n]`.

    For a positive example the share of negative ones with a lower score, for a negative one the
    share of positive ones with a higher score; ties count half (DeLong, DeLong & Clarke-Pearson
    1988, Biometrics 44, 837-845). The mean over either side is the area.
    """
    placement = np.empty(len(scores))
    placement[positive] = _shares_below(scores[~positive], scores[positive])
    placement[~positive] = 1 - _shares_below(scores[positive], scores[~positive])
    return placement


def _shares_below(values: Floats, scores: Floats) -> Floats:
    """Return the share of `values` below each score, ties counted half."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return np.asarray(below / (2 * len(values)))


def _areas(predictions: Predictions) -> tuple[list[float], Floats]:
    """Return the area of each class, and the influence values of their mean, `[n]`.

    A class without examples, or to which all examples belong, has no area and is left out. Of two
    classes the second is taken, as in scikit-learn: quantised probabilities need not add up to 1.
    """
    probabilities, labels = predictions.class_probabilities, predictions.labels
    areas: list[float] = []
    influence = np.zeros(len(labels))
    for index in np.unique(labels) if predictions.class_count > 2 else (1,):
        positive = labels == index
        if positive.all() or not positive.any():
            continue
        placement = _placements(probabilities[:, index], positive)
        area, share = float(placement[positive].mean()), float(positive.mean())
        influence += (placement - area) / np.where(positive, share, 1 - share)
        areas.append(area)
    return areas, influence / max(len(areas), 1)


@metric(
    "AUROC",
    influence=lambda predictions: _areas(predictions)[1],
    needs="probabilities",
    source="Fawcett 2006, Pattern Recognit. Lett. 27, 861-874; one class against the rest",
)
def auroc(predictions: Predictions) -> float:
    """Return the mean area over classes, each against the rest.

    0.5, that of chance, where all examples belong to one class.
    """
    areas, _ = _areas(predictions)
    return float(np.mean(areas)) if areas else 0.5
