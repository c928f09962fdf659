"""Over-fitting: accuracy on the training set against the test set.

The training set counts as a whole, with the images that were held out of it for validation.
"""

from __future__ import annotations

from reportgen.analysis.contrasts import Estimates, contrast, estimate_accuracy
from reportgen.analysis.facts import Interval, Overfitting
from reportgen.analysis.prediction_arrays import Flags, PredictionArrays
from reportgen.analysis.summaries import summarise


def estimate_gaps(test: Flags, train: Flags) -> Estimates:
    """Return training accuracy − test accuracy of one model's runs.

    `test`: `[seeds, n]` and `train`: `[seeds, n_train]`, whether each example is predicted right.
    They are two independent samples: their covariances add up.
    """
    before, after = estimate_accuracy([train]), estimate_accuracy([test])
    return Estimates(
        values=before.values - after.values,
        covariance=before.covariance + after.covariance,
        seeds=after.seeds,
        examples=min(before.examples, after.examples),
    )


def measure_overfitting(
    predictions: PredictionArrays, model: int, level: float
) -> Overfitting | None:
    """Return a model's gap, with an interval over both samples and the seeds.

    None where its runs were not evaluated on the training set.
    """
    train = predictions.train_correct[model]
    if train is None:
        return None
    gaps = estimate_gaps(predictions.correct[model], train)
    found = contrast(gaps, [1.0]).interval(level)
    return Overfitting(
        train_accuracy=summarise(train.mean(axis=1).tolist()),
        gap=summarise(gaps.values.tolist()),
        gap_interval=Interval(low=found.low, high=found.high),
    )
