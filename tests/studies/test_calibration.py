"""Calibration against a brute-force count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from statsmodels.api import OLS

from reportgen.analysis.intervals import score_interval
from reportgen.metrics import Predictions
from reportgen.metrics.metric import jackknife_influence
from reportgen.studies import analyse
from reportgen.studies.confidence.calibration import (
    BINS,
    assign_bins,
    expected_calibration_error,
    reliability_bins,
)
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, make_build


def make_predictions(confidence: Any, correct: Any) -> Predictions:
    """Return predictions of two classes or more with this confidence in the predicted class 0."""
    sure = np.asarray(confidence, dtype=np.float64)
    others = np.repeat((1 - sure)[:, None] / 299, 299, axis=1)
    labels = np.where(correct, 0, 1).astype(np.int32)
    probabilities = np.column_stack([sure, others])
    return Predictions(labels, np.zeros(len(sure), np.int32), probabilities, 300)


@at_most(80)
@given(st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=60))
def test_error_equals_a_count_bin_by_bin(cases: list[tuple[int, bool]]) -> None:
    """Each bin is looped over; confidences on an edge belong to the bin below it."""
    confidence = np.array([numerator / 300 for numerator, _ in cases])
    correct = np.array([right for _, right in cases])
    expected: Any = 0.0
    for index in range(BINS):
        inside = [
            (numerator / 300, right)
            for numerator, right in cases
            if 20 * index < numerator <= 20 * (index + 1)
        ]
        if inside:
            gap = np.mean([right for _, right in inside]) - np.mean([share for share, _ in inside])
            expected += len(inside) / len(cases) * abs(gap)
    found = expected_calibration_error.compute(make_predictions(confidence, correct))
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_sure_and_correct_model_has_no_error() -> None:
    """Confidence 1 and accuracy 1 are perfectly calibrated."""
    sure = make_predictions(np.ones(5), np.ones(5, dtype=bool))
    assert expected_calibration_error.compute(sure) == 0.0


def test_bins_hold_every_prediction_once() -> None:
    """Counts add up, and shares and means are those of the predictions inside."""
    random = np.random.default_rng(0)
    confidence = random.uniform(0.1, 1.0, (3, 200))
    correct = random.random((3, 200)) < confidence
    bins = reliability_bins(confidence, correct, 0.95)
    assert sum(each.count for each in bins) == 600
    for each in bins:
        inside = (confidence > each.low) & (confidence <= each.high)
        assert each.count == inside.sum()
        if not each.count:
            assert (each.confidence, each.accuracy, each.interval) == (None, None, None)
            continue
        assert each.confidence == pytest.approx(confidence[inside].mean())
        assert each.accuracy == pytest.approx(correct[inside].mean())
        assert each.interval is not None and each.accuracy is not None
        assert each.interval.low <= each.accuracy <= each.interval.high


def test_seeds_that_repeat_each_other_do_not_narrow_a_bin() -> None:
    """The same run three times is no more evidence than the same run once."""
    random = np.random.default_rng(1)
    confidence = random.uniform(0.5, 1.0, (1, 100))
    correct = random.random((1, 100)) < confidence
    once = reliability_bins(confidence, correct, 0.95)
    thrice = reliability_bins(confidence.repeat(3, 0), correct.repeat(3, 0), 0.95)
    assert [each.interval for each in once] == [each.interval for each in thrice]


def test_influence_equals_a_jackknife() -> None:
    """Where no bin's error is near zero, the variance is that of leaving examples out."""
    random = np.random.default_rng(4)
    confidence = random.uniform(0.5, 1.0, 4000)
    found = make_predictions(confidence, random.random(4000) < confidence - 0.2)
    ours = expected_calibration_error.influence_values(found)
    jackknife = jackknife_influence(expected_calibration_error.compute, found)
    assert ours.mean() == pytest.approx(0, abs=1e-12)
    assert ours @ ours == pytest.approx(jackknife @ jackknife, rel=0.25)


def test_brier_score_is_that_of_the_probabilities() -> None:
    """The evidence keeps enough of the probabilities for the Brier score."""
    _, dataset, evidence, results = make_build(PAPER_MODELS[:1], seeds=2, n=200)
    measures = analyse(evidence).studies["confidence"]["measures"]
    scores = measures["brier_score"]["models"]["cnn"]["summary"]["values"]
    for seed, value in enumerate(scores):
        probabilities = results["cnn", seed].evaluations["test"].probabilities
        assert probabilities is not None
        expected = sum(
            brier_score_loss(dataset.test_labels == digit, probabilities[:, digit].astype(float))
            for digit in range(10)
        )
        assert value == pytest.approx(expected, abs=1e-12)


def test_bins_are_open_below_and_closed_above() -> None:
    """A confidence on an edge belongs to the bin below it."""
    assert assign_bins(np.array([0.2, 0.2 + 1e-9, 1.0, 0.0])).tolist() == [2, 3, 14, 0]


def test_a_bin_of_groups_has_the_variance_between_them() -> None:
    """As statsmodels has it, robust to clusters; examples of a group that are alike widen it."""
    random = np.random.default_rng(4)
    clusters = np.repeat(np.arange(60), 10).astype(np.int32)
    correct = (random.random(60) < 0.7)[clusters][None]
    confidence = np.full((1, 600), 0.7)
    (found,) = (
        each for each in reliability_bins(confidence, correct, 0.95, clusters) if each.count
    )
    (plain,) = (each for each in reliability_bins(confidence, correct, 0.95) if each.count)
    fitted = OLS(correct[0].astype(float), np.ones(600)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    share, wrong = float(correct.mean()), int((~correct[0]).sum() // 10)
    expected = score_interval(share, fitted.bse[0] ** 2 * 60 / 59, 0.95, 60, wrong)
    assert found.interval is not None and plain.interval is not None
    assert found.interval.low == pytest.approx(expected.low)
    assert found.interval.high == pytest.approx(expected.high)
    width, narrow = (each.high - each.low for each in (found.interval, plain.interval))
    assert width > 2.5 * narrow
