"""Variances of F1 from influence values, against the stratified bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from reportgen.analysis.influence import estimate_f1
from tests.support.predictions import draw_correct, draw_predictions, make_predictions

CLASSES = 3


def count_f1(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return 2 TP / (2 TP + FP + FN) of each class."""
    hits = np.bincount(labels[labels == predicted], minlength=CLASSES)
    named = np.bincount(predicted, minlength=CLASSES) + np.bincount(labels, minlength=CLASSES)
    return np.asarray(2 * hits / named)


def bootstrap_f1(labels: np.ndarray, runs: np.ndarray, draws: int) -> np.ndarray:
    """Return the F1 of each class on stratified resamples, `[draws, runs, classes]`."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(labels == index) for index in range(CLASSES)]
    found = []
    for _ in range(draws):
        rows = np.concatenate([random.choice(group, len(group)) for group in members])
        found.append([count_f1(labels[rows], run[rows]) for run in runs])
    return np.array(found)


def test_covariances_are_those_of_the_stratified_bootstrap() -> None:
    """Of macro F1 and of each class's F1: of each run, and between the means of two models."""
    random = np.random.default_rng(1)
    labels = random.choice(CLASSES, 600, p=[0.5, 0.3, 0.2]).astype(np.int32)
    correct = draw_correct(random, (0.85, 0.75), 2, 600)
    predicted = draw_predictions(random, labels, correct, CLASSES)
    macro, each = estimate_f1(make_predictions(labels, predicted, CLASSES))
    runs = predicted.reshape(4, -1)
    drawn = bootstrap_f1(labels, runs, 1500)
    scores = np.array([f1_score(labels, run, average=None) for run in runs])
    np.testing.assert_allclose(macro.values, scores.mean(axis=1), atol=1e-12)
    expected = [(macro, drawn.mean(axis=2))]
    for index, estimates in enumerate(each):
        np.testing.assert_allclose(estimates.values, scores[:, index], atol=1e-12)
        expected.append((estimates, drawn[:, :, index]))
    for estimates, replicates in expected:
        covariance = np.cov(replicates, rowvar=False)
        variances = np.diag(covariance)
        np.testing.assert_allclose(estimates.variances / variances, 1, atol=4 / np.sqrt(1500))
        of_means = np.cov(replicates.reshape(1500, 2, 2).mean(axis=2), rowvar=False)
        scale = np.sqrt(np.outer(np.diag(of_means), np.diag(of_means)))
        np.testing.assert_allclose(
            estimates.covariance_of_means / scale, of_means / scale, atol=4 / np.sqrt(1500)
        )


def test_a_class_that_nothing_touches_has_no_variance() -> None:
    """A class without examples and predictions has an F1 of 0 and a variance of 0."""
    labels = np.array([0, 1, 0, 1])
    macro, each = estimate_f1(make_predictions(labels, [[[0, 1, 1, 1]]], 4))
    assert each[3].values.tolist() == [0.0]
    assert each[3].variances.tolist() == [0.0]
    assert each[3].covariance_of_means.tolist() == [[0.0]]
    assert macro.values == pytest.approx([np.mean([2 / 3, 4 / 5, 0, 0])])


def test_many_classes_are_quick_and_small() -> None:
    """A thousand classes and many examples need no array of examples by classes."""
    random = np.random.default_rng(2)
    labels = random.integers(1000, size=20_000).astype(np.int32)
    predicted = np.where(random.random((2, 1, 20_000)) < 0.8, labels, random.integers(1000))
    _, each = estimate_f1(make_predictions(labels, predicted, 1000))
    expected = f1_score(labels, predicted[0, 0], average=None)
    np.testing.assert_allclose([e.values[0] for e in each], expected, atol=1e-12)
