"""The gap between training and test accuracy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reportgen.analysis.models import measure_overfitting
from reportgen.analysis.prediction_arrays import PredictionArrays
from tests.support.predictions import draw_correct, draw_predictions, make_predictions


def predictions_of(train: np.ndarray, test: np.ndarray) -> PredictionArrays:
    """Return predictions that are right where both arrays, `[models, seeds, n]`, say so."""
    random = np.random.default_rng(0)
    train_labels, labels = (
        (np.arange(each.shape[2]) % 2).astype(np.int32) for each in (train, test)
    )
    predictions = make_predictions(labels, draw_predictions(random, labels, test, 2), 2)
    return replace(
        predictions,
        train_labels=train_labels,
        train_predicted=tuple(draw_predictions(random, train_labels, train, 2)),
    )


def test_gap_is_training_less_test_accuracy() -> None:
    """One gap for each seed, and an interval around their mean."""
    random = np.random.default_rng(1)
    train, test = (draw_correct(random, (share,), 3, 1000) for share in (0.99, 0.9))
    predictions = predictions_of(train, test)
    found = measure_overfitting(predictions, 0, 0.95)
    assert found is not None
    gaps = train[0].mean(axis=1) - test[0].mean(axis=1)
    assert found.gap.values == pytest.approx(gaps)
    assert found.train_accuracy.mean == pytest.approx(train.mean())
    assert 0 < found.gap_interval.low < gaps.mean() < found.gap_interval.high


def test_interval_covers_the_gap() -> None:
    """Over simulated runs the interval holds the true gap in 95 % of cases, less chance."""
    random, covered, draws = np.random.default_rng(2), 0, 300
    for _ in range(draws):
        train, test = (
            draw_correct(random, (share,), 2, size, 0.05)
            for share, size in ((0.97, 600), (0.92, 300))
        )
        predictions = predictions_of(train, test)
        found = measure_overfitting(predictions, 0, 0.95)
        assert found is not None
        covered += found.gap_interval.low <= 0.05 <= found.gap_interval.high
    assert covered / draws > 0.95 - 3 * np.sqrt(0.05 * 0.95 / draws)
