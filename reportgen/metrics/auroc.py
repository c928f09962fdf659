"""Area under the receiver operating characteristic, one class against the rest."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from reportgen.metrics.metric import Floats, Predictions, metric


def _placements(scores: Floats, positive: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Return how each example is placed among those of the other side, `[n]`.

    For a positive example the share of negative ones with a lower score, for a negative one the
    share of positive ones with a higher score; ties count half (DeLong, DeLong & Clarke-Pearson
    1988, Biometrics 44, 837-845). The mean over either side is the area.
    """
    order = np.argsort(scores)
    ordered, side = scores[order], positive[order]
    # Where the examples with the same score begin and end, and how many positive ones come before.
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ends = np.append(begins[1:], len(scores))
    before = np.append(0, np.cumsum(side))
    # Twice the number below, ties counted once.
    of_positive = before[begins] + before[ends]
    of_negative = begins + ends - of_positive
    positives = int(before[-1])
    group = np.repeat(np.arange(len(begins)), ends - begins)
    placement = np.empty(len(scores))
    placement[order] = np.where(
        side,
        of_negative[group] / (2 * (len(scores) - positives)),
        1 - of_positive[group] / (2 * positives),
    )
    return placement


# The value of a run and its influence values are computed one after the other.
@lru_cache(maxsize=1)
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
