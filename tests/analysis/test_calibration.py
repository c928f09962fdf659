"""Calibration against a brute-force count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.analysis.calibration import (
    BINS,
    calibrate,
    expected_calibration_error,
    reliability_bins,
)
from reportgen.analysis.prediction_arrays import stack_predictions
from tests.support.factories import PAPER_MODELS, make_build


@settings(max_examples=80, deadline=None)
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
    assert expected_calibration_error(confidence, correct) == pytest.approx(expected, abs=1e-9)


def test_a_sure_and_correct_model_has_no_error() -> None:
    """Confidence 1 and accuracy 1 are perfectly calibrated."""
    assert expected_calibration_error(np.ones(5), np.ones(5, dtype=bool)) == 0.0


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
    """The same run three times tells no more than the same run once."""
    random = np.random.default_rng(1)
    confidence = random.uniform(0.5, 1.0, (1, 100))
    correct = random.random((1, 100)) < confidence
    once = reliability_bins(confidence, correct, 0.95)
    thrice = reliability_bins(confidence.repeat(3, 0), correct.repeat(3, 0), 0.95)
    assert [each.interval for each in once] == [each.interval for each in thrice]


def test_brier_score_is_that_of_the_probabilities() -> None:
    """The evidence keeps enough of the probabilities for the Brier score."""
    _, dataset, evidence, results = make_build(PAPER_MODELS[:1], seeds=2, n=200)
    calibration = calibrate(stack_predictions(evidence), 0, 0.95)
    assert calibration is not None
    for seed, value in enumerate(calibration.brier_score.values):
        probabilities = results["cnn", seed].evaluations["test"].probabilities
        assert probabilities is not None
        target = np.eye(10)[dataset.test_labels]
        expected = ((probabilities - target) ** 2).sum(axis=1).mean()
        assert value == pytest.approx(expected, abs=1e-12)
