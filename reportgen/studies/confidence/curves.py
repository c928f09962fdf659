"""Curves of confidence: of the answers that a model is sure of, and of each class by itself.

Selective prediction is about the error that remains where a model answers only when it is sure.

Coverage is the share of the examples that are answered, the most confident first; the risk at a
coverage is the share of wrong answers among them (El-Yaniv & Wiener 2010, J. Mach. Learn. Res. 11,
1605-1641; Geifman & El-Yaniv 2017, NeurIPS). Examples of equal confidence come in any order: each
counts with the mean error of all of them, which is the expectation over their orders.

Precision and recall as the threshold moves, each class against the rest.

An example is taken for a class where its probability reaches a threshold. Recall is the share of
the class's examples that are taken, precision the share of its examples among those taken. The
average precision is the sum over the thresholds of the precision times the gain in recall
(Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", 8.4), without
interpolation, as scikit-learn has it.
"""

from __future__ import annotations

import numpy as np

from reportgen.analysis.prediction_arrays import Counts, Floats
from reportgen.metrics.metric import Predictions, metric
from reportgen.studies.confidence.calibration import confidence_of

RECALLS = np.arange(1, 201) / 200
"""Where precision is averaged over seeds."""


def risk_curve(predictions: Predictions) -> Floats:
    """Return the risk with 1, 2, … n examples answered, `[n]`."""
    _, sizes, errors = _tied(predictions)
    spread = np.repeat(errors / sizes, sizes)
    return np.asarray(np.cumsum(spread) / np.arange(1, len(spread) + 1))


def risk_at(predictions: Predictions) -> Floats:
    """Return the risk at the coverages 0.01, 0.02, …, 1, `[100]`."""
    curve = risk_curve(predictions)
    answered = np.ceil(np.arange(1, 101) * len(curve) / 100).astype(int)
    return np.asarray(curve[answered - 1])


def _tied(predictions: Predictions) -> tuple[Counts, Counts, Floats]:
    """Return the group of equal confidence of each example, most confident first, `[n]`, and the
    size and the wrong answers of each group.
    """
    wrong = (~predictions.correct).astype(np.float64)
    _, group = np.unique(-confidence_of(predictions), return_inverse=True)
    errors = np.bincount(group, weights=wrong).astype(np.float64)
    return group.astype(np.int64), np.bincount(group).astype(np.int64), errors


def _area_influence(predictions: Predictions) -> Floats:
    """Return the influence values of the area, E[e · (−ln S)] with S = P(confidence ≥ own), `[n]`.

    An example moves the area by its own error, and by taking a place ahead of the less confident.
    """
    group, sizes, errors = _tied(predictions)
    ends = np.cumsum(sizes)
    weights = np.cumsum(1 / np.arange(ends[-1], 0, -1))[::-1]
    own = np.add.reduceat(weights, ends - sizes) / sizes
    behind = np.cumsum((errors / ends)[::-1])[::-1]
    wrong = ~predictions.correct
    values = wrong * own[group] - behind[group]
    return np.asarray(values - values.mean())


@metric(
    "Risk–coverage area × 10³",
    influence=_area_influence,
    direction="lower",
    needs="probabilities",
    format="thousandths",
    difference_format="signed_thousandths",
    source="Geifman et al. 2019, ICLR",
)
def risk_coverage_area(predictions: Predictions) -> float:
    """Return the mean of the risk over all coverages (AURC; Geifman et al. 2019, ICLR)."""
    return float(risk_curve(predictions).mean())


def measure_recalls(predictions: Predictions) -> tuple[Floats, Floats]:
    """Return average precisions, `[1 + classes]`, and their curves, `[1 + classes, 200]`.

    First those of all classes pooled, where each example counts once for each class, then those of
    each class. A curve is the precision at the highest threshold that reaches each of `RECALLS`.
    Both are nan for a class without examples.
    """
    truth = np.arange(predictions.class_count)[:, None] == predictions.labels
    # Numbers from 0 to 1 are in the order of their bits. The truth beside them makes one number to
    # sort by: the highest score first, of equal ones those that are not of the class.
    scores = np.ascontiguousarray(predictions.class_probabilities.T).view(np.int64)
    ranked = np.sort(truth - 2 * scores, axis=1)
    # The classes are in order already, which a stable sort merges.
    pooled = np.sort(ranked, axis=None, kind="stable")
    found = [_measure_recall(each) for each in (pooled, *ranked)]
    return np.array([average for average, _ in found]), np.array([curve for _, curve in found])


def _measure_recall(ranked: Counts) -> tuple[float, Floats]:
    """Return the average precision and the curve of what `measure_recalls` ranks, `[n]`."""
    hits = np.flatnonzero(ranked & 1)
    if not len(hits):
        return np.nan, np.full(len(RECALLS), np.nan)
    # Recall rises at the last hit of each score, where all examples of that score are taken.
    last = np.flatnonzero(np.append(np.diff(ranked[hits]) != 0, True))
    recall, precision = (last + 1) / len(hits), (last + 1) / (hits[last] + 1)
    # A dot product of many numbers is rounded otherwise where BLAS has another number of threads.
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    # Rounding must not push a threshold that reaches a recall to the next one.
    return average, precision[np.searchsorted(recall, RECALLS - 1e-12)]
