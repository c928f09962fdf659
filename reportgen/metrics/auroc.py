"""Area under the receiver operating characteristic, one class against the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.metrics.metric import Floats, Predictions, metric
from reportgen.metrics.rates import one_against_rest


def _placements(scores: Floats, positive: NDArray[np.bool_]) -> Floats:
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


def _area(scores: Floats, positive: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Return the area and its influence values, `[n]`; 0.5 where no example is negative."""
    if positive.all():
        return 0.5, np.zeros(len(scores))
    placement = _placements(scores, positive)
    area, share = float(placement[positive].mean()), float(positive.mean())
    return area, (placement - area) / np.where(positive, share, 1 - share)


@metric(
    "AUROC",
    influence=lambda predictions: one_against_rest(predictions, _area)[1],
    needs="probabilities",
    source="Fawcett 2006, Pattern Recognit. Lett. 27, 861-874; one class against the rest",
)
def auroc(predictions: Predictions) -> float:
    """Return the mean area over classes, each against the rest.

    0.5, that of chance, where all examples belong to one class.
    """
    values, _ = one_against_rest(predictions, _area)
    return float(np.mean(values)) if values else 0.5
