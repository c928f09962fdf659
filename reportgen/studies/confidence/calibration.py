"""How far a model's confidence is from its accuracy.

Confidence is the probability that a model gives to the class that it predicts. All errors here are
Σ over bins of (share of the bin) · |accuracy − mean confidence|; they differ in their bins.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reportgen.analysis.contrasts import add_up
from reportgen.analysis.facts import Interval
from reportgen.analysis.intervals import score_interval, wilson_interval
from reportgen.analysis.prediction_arrays import Classes, Counts, Flags, Floats
from reportgen.metrics.metric import Metric, Predictions, metric
from reportgen.metrics.rates import divide
from reportgen.studies.confidence.records import ReliabilityBin

BINS = 15
"""Bins of equal width, as in Guo et al. (2017)."""


def confidence_of(predictions: Predictions) -> Floats:
    """Return the probability of the predicted class of each example, `[n]`."""
    rows = np.arange(len(predictions.labels))
    return predictions.class_probabilities[rows, predictions.predicted]


def binned_error(distances: Floats, index: Counts) -> float:
    """Return Σ over bins |Σ distance| / n.

    `distances`: correct − confidence, `index`: the bin, of each example, `[n]`.
    """
    return float(np.abs(np.bincount(index, weights=distances)).sum() / len(distances))


def binned_influence(distances: Floats, index: Counts) -> Floats:
    """Return the influence values of `binned_error`, `[n]`, the edges of the bins being fixed."""
    sign = np.sign(np.bincount(index, weights=distances))
    return np.asarray(sign[index] * distances - binned_error(distances, index))


def assign_bins(confidence: Floats, bins: int = BINS) -> Counts:
    """Return the bin of each confidence; bin i holds those in (i / bins, (i + 1) / bins]."""
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, confidence, side="left").astype(np.int64)


def equal_mass_bins(confidence: Floats, bins: int = BINS) -> Counts:
    """Return the bin of each confidence, `[n]`: bins of as equal size as can be, the least first.

    Examples of equal confidence are taken in their order in the test set. There are no more bins
    than examples.
    """
    bins = min(bins, len(confidence))
    index = np.empty(len(confidence), dtype=np.int64)
    index[np.argsort(confidence, kind="stable")] = np.repeat(
        np.arange(bins), np.diff(_edges(len(confidence), bins))
    )
    return index


def _edges(count: int, bins: int) -> Counts:
    """Return where bins of sorted examples begin and end, `[bins + 1]`."""
    return np.arange(bins + 1) * count // bins


def _calibration_error(
    name: str, title: str, source: str, assign: Callable[[Floats, Flags], Counts]
) -> Metric:
    """Return a calibration error; `assign`: from confidence and what is right to bins, `[n]`."""

    def split(predictions: Predictions) -> tuple[Floats, Counts]:
        confidence = confidence_of(predictions)
        return predictions.correct - confidence, assign(confidence, predictions.correct)

    return Metric(
        name,
        title,
        compute=lambda predictions: binned_error(*split(predictions)),
        influence=lambda predictions: binned_influence(*split(predictions)),
        higher_is_better=False,
        needs_probabilities=True,
        source=source,
    )


expected_calibration_error = _calibration_error(
    "expected_calibration_error",
    "Expected calibration error",
    "Guo et al. 2017, ICML, eq. 3",
    lambda confidence, _: assign_bins(confidence),
)
adaptive_calibration_error = _calibration_error(
    "adaptive_calibration_error",
    "Adaptive calibration error",
    "Nguyen & O'Connor 2015, EMNLP",
    lambda confidence, _: equal_mass_bins(confidence),
)
sweep_calibration_error = _calibration_error(
    "sweep_calibration_error",
    "Monotonic sweep error",
    "Roelofs et al. 2022, AISTATS, algorithm 1",
    lambda confidence, correct: equal_mass_bins(confidence, sweep_bins(confidence, correct)),
)
"""Over bins of equal size, as many as keep accuracy monotonic: few where the sample is small, so
that its upward bias is less than that of fifteen bins. Distances are absolute, as in the others."""


def debiased_square(distances: Floats, correct: Flags, index: Counts) -> float:
    """Return Σ over bins (n_b / n) · [d̄² − a (1 − a) / (n_b − 1)].

    d̄: mean of the distances of a bin, a: its accuracy. Bins of one example take nothing off.
    """
    counts = np.bincount(index)
    means, shares = (divide(np.bincount(index, each), counts) for each in (distances, correct))
    noise = shares * (1 - shares) / np.maximum(counts - 1, 1)
    return float((counts * (means**2 - noise)).sum() / len(distances))


def _equal_mass(predictions: Predictions) -> tuple[Floats, Counts]:
    confidence = confidence_of(predictions)
    return predictions.correct - confidence, equal_mass_bins(confidence)


def _debiased_influence(predictions: Predictions) -> Floats:
    """Return the influence values of the root of the debiased square, `[n]`; 0 where it is 0."""
    distances, index = _equal_mass(predictions)
    root = debiased_calibration_error.compute(predictions)
    if not root:
        return np.zeros(len(distances))
    means = divide(np.bincount(index, distances), np.bincount(index))
    values = 2 * means[index] * distances - means[index] ** 2
    return np.asarray((values - values.mean()) / (2 * root))


@metric(
    "Debiased calibration error",
    influence=_debiased_influence,
    direction="lower",
    needs="probabilities",
    source="Kumar et al. 2019, NeurIPS, definition 4.1",
)
def debiased_calibration_error(predictions: Predictions) -> float:
    """Return the root mean square calibration error, less what chance adds to it.

    Kumar, Liang & Ma (2019), Verified uncertainty calibration, NeurIPS, after Bröcker (2012) and
    Ferro & Fricker (2012): of the square of each of fifteen bins of equal size the variance of its
    accuracy is taken off. A calibrated model has 0 on average; where the sum is negative, it is 0.
    """
    distances, index = _equal_mass(predictions)
    return float(np.sqrt(max(debiased_square(distances, predictions.correct, index), 0.0)))


def sweep_bins(confidence: Floats, correct: Flags) -> int:
    """Return the largest number of bins up to which accuracy rises from bin to bin, at least 1.

    Roelofs et al. (2022), AISTATS, algorithm 1: bins of equal size; their number is raised by one
    until the accuracies of the bins, ordered by confidence, no longer increase monotonically.
    """
    right = np.concatenate([[0], np.cumsum(correct[np.argsort(confidence, kind="stable")])])
    for bins in range(2, len(correct) + 1):
        edges = _edges(len(correct), bins)
        shares = np.diff(right[edges]) / np.diff(edges)
        if (np.diff(shares) < 0).any():
            return bins - 1
    return len(correct)


def reliability_bins(
    confidence: Floats, correct: Flags, level: float, clusters: Classes | None = None
) -> tuple[ReliabilityBin, ...]:
    """Return the bins of a reliability diagram; `confidence`, `correct`: `[seeds, n]`.

    The runs of several seeds see the same examples and are not independent of each other, so that
    Wilson's interval counts each example of a bin once, however many seeds put it there. Where
    examples come in `clusters`, `[n]`, its effective number of examples follows from the variance
    of the accuracy between clusters.
    """

    def enclose(share: float, inside: Flags, size: int) -> Interval:
        if clusters is None:
            return wilson_interval(share * size, size, level)
        touched = np.unique(clusters[inside.any(axis=0)])
        wrong = np.unique(clusters[(inside & ~correct).any(axis=0)])
        # Influence values of the ratio of what is right to what is inside.
        influence = np.where(inside, correct - share, 0).sum(axis=0) / inside.sum()
        sums = add_up(influence[None], clusters, int(clusters.max()) + 1)
        return score_interval(share, float((sums**2).sum()), level, len(touched), len(wrong))

    index = assign_bins(confidence)
    counts = np.bincount(index.ravel(), minlength=BINS)
    sums = np.bincount(index.ravel(), weights=confidence.ravel(), minlength=BINS)
    right = np.bincount(index.ravel(), weights=correct.ravel().astype(float), minlength=BINS)
    examples = [int((index == bin_).any(axis=0).sum()) for bin_ in range(BINS)]
    means, shares = divide(sums, counts), divide(right, counts)
    return tuple(
        ReliabilityBin(
            low=bin_ / BINS,
            high=(bin_ + 1) / BINS,
            count=int(counts[bin_]),
            confidence=float(means[bin_]) if counts[bin_] else None,
            accuracy=float(shares[bin_]) if counts[bin_] else None,
            interval=enclose(float(shares[bin_]), index == bin_, size) if size else None,
        )
        for bin_, size in enumerate(examples)
    )
