"""The gap between training and test accuracy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit
from statsmodels.api import OLS

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


def draw_patients(random: np.random.Generator, count: int, share: float) -> np.ndarray:
    """Return whether one run is right about six examples of each patient, `[1, 1, n]`.

    For nine patients in ten it is right about all of them, or wrong about all.
    """
    each = random.random((count, 6)) < share
    alike = random.random(count) < 0.9
    return np.where(alike[:, None], each[:, :1], each).reshape(1, 1, -1)


def of_patients(count: int) -> np.ndarray:
    """Return the patient of each of these examples."""
    return np.repeat(np.arange(count), 6).astype(np.int32)


def test_interval_of_patients_is_that_of_statsmodels() -> None:
    """A regression on the set, with standard errors that are robust to clusters of both sets."""
    random = np.random.default_rng(3)
    train, test = draw_patients(random, 60, 0.95), draw_patients(random, 40, 0.8)
    predictions = replace(
        predictions_of(train, test), train_clusters=of_patients(60), clusters=of_patients(40)
    )
    found = measure_overfitting(predictions, 0, 0.95)
    assert found is not None
    # Without the correction for a small number of clusters, which is another one for each set.
    errors = []
    for right, count in ((train, 60), (test, 40)):
        fitted = OLS(right.ravel().astype(float), np.ones(right.size)).fit(
            cov_type="cluster",
            cov_kwds={"groups": of_patients(count), "use_correction": False},
        )
        errors.append(fitted.bse[0] ** 2 * count / (count - 1))
    half = float(stdtrit(39, 0.975)) * np.sqrt(sum(errors) + 2 / 240**2)
    gap = train.mean() - test.mean()
    assert (found.gap_interval.low, found.gap_interval.high) == pytest.approx(
        (gap - half, gap + half), rel=1e-9
    )


def test_interval_covers_the_gap_of_patients() -> None:
    """It does where patients of both sets are the sample, and not where their examples are."""
    random, draws, covered = np.random.default_rng(4), 400, np.zeros(2)
    for _ in range(draws):
        train, test = draw_patients(random, 100, 0.9), draw_patients(random, 100, 0.8)
        predictions = replace(predictions_of(train, test), clusters=of_patients(100))
        for place, clusters in enumerate((of_patients(100), None)):
            found = measure_overfitting(replace(predictions, train_clusters=clusters), 0, 0.95)
            assert found is not None
            covered[place] += found.gap_interval.low <= 0.1 <= found.gap_interval.high
    assert covered[0] / draws > 0.95 - 3 * np.sqrt(0.05 * 0.95 / draws)
    assert covered[1] < covered[0] - 0.02 * draws
