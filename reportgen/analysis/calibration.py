"""How far a model's confidence is from its accuracy."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.facts import Calibration, Interval, ReliabilityBin
from reportgen.analysis.intervals import wilson_interval
from reportgen.analysis.metrics import divide
from reportgen.analysis.prediction_arrays import Counts, Flags, Floats, PredictionArrays
from reportgen.analysis.summaries import summarise

BINS = 15
"""Equal-width bins of confidence, as in Guo et al. (2017)."""


def expected_calibration_error(confidence: Floats, correct: Flags, bins: int = BINS) -> float:
    """Return Σ (share of the bin) · |accuracy − mean confidence| over equal-width bins.

    Guo et al. (2017), On calibration of modern neural networks, ICML, eq. 3; bin i holds
    confidences in (i/bins, (i + 1)/bins]. `confidence`, `correct`: `[n]`.
    """
    index = assign_bins(confidence, bins)
    distance = np.bincount(index, weights=correct - confidence, minlength=bins)
    return float(np.abs(distance).sum() / len(confidence))


def assign_bins(confidence: Floats, bins: int = BINS) -> Counts:
    """Return the bin of each confidence; bins are open below and closed above."""
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, confidence, side="left").astype(np.int64)


def calibrate(predictions: PredictionArrays, model: int, level: float) -> Calibration | None:
    """Return calibration errors for each seed and the reliability diagram of all seeds together.

    None where the model gives labels alone.
    """
    confidence, correct = predictions.confidence[model], predictions.correct[model]
    brier = predictions.brier[model]
    if confidence is None or brier is None:
        return None
    return Calibration(
        expected_calibration_error=summarise(
            [expected_calibration_error(*run) for run in zip(confidence, correct, strict=True)]
        ),
        brier_score=summarise(brier.mean(axis=1).tolist()),
        bins=reliability_bins(confidence, correct, level),
    )


def reliability_bins(
    confidence: Floats, correct: Flags, level: float, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Return the bins of a reliability diagram; `confidence`, `correct`: `[seeds, n]`.

    The runs of several seeds see the same examples and are not independent of each other, so that
    Wilson's interval counts each example of a bin once, however many seeds put it there.
    """
    index = assign_bins(confidence, bins)
    counts = np.bincount(index.ravel(), minlength=bins)
    sums = np.bincount(index.ravel(), weights=confidence.ravel(), minlength=bins)
    right = np.bincount(index.ravel(), weights=correct.ravel().astype(float), minlength=bins)
    examples = [int((index == bin_).any(axis=0).sum()) for bin_ in range(bins)]
    means, shares = divide(sums, counts), divide(right, counts)
    return tuple(
        ReliabilityBin(
            low=bin_ / bins,
            high=(bin_ + 1) / bins,
            count=int(counts[bin_]),
            confidence=float(means[bin_]) if counts[bin_] else None,
            accuracy=float(shares[bin_]) if counts[bin_] else None,
            interval=_share_interval(float(shares[bin_]), examples[bin_], level),
        )
        for bin_ in range(bins)
    )


def _share_interval(share: float, examples: int, level: float) -> Interval | None:
    return wilson_interval(share * examples, examples, level) if examples else None
