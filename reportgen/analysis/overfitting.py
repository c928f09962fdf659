"""Over-fitting: accuracy on the training set against the test set.

The training set counts as a whole, with the images that were held out of it for validation.
"""

from __future__ import annotations

from reportgen.analysis.contrasts import Estimates, contrast, estimate_accuracy
from reportgen.analysis.facts import Interval, Overfitting
from reportgen.analysis.prediction_arrays import PredictionArrays
from reportgen.analysis.summaries import summarise


def estimate_gaps(predictions: PredictionArrays) -> Estimates:
    """Return training accuracy − test accuracy of all runs.

    Training and test examples are two independent samples: their covariances add up.
    """
    test = estimate_accuracy(predictions.correct)
    train = estimate_accuracy(predictions.train_correct)
    return Estimates(
        values=train.values - test.values,
        covariance=train.covariance + test.covariance,
        examples=min(train.examples, test.examples),
    )


def measure_overfitting(
    predictions: PredictionArrays, gaps: Estimates, model: int, level: float
) -> Overfitting:
    """Return a model's gap, with an interval over both samples and the seeds."""
    weights = [float(index == model) for index in range(len(predictions.slugs))]
    found = contrast(gaps, weights).interval(level)
    return Overfitting(
        train_accuracy=summarise(predictions.train_correct[model].mean(axis=1).tolist()),
        gap=summarise(gaps.values[model].tolist()),
        gap_interval=Interval(low=found.low, high=found.high),
    )
