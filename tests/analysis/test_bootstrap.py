"""The bootstrap over patterns against a plain bootstrap over indices."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import f1_score

from reportgen.analysis import bootstrap as module
from reportgen.analysis.bootstrap import resample
from tests.analysis.fake_predictions import draw_correct, draw_predictions, make_predictions


def test_distribution_equals_enumeration() -> None:
    """On a tiny test set, the frequencies are those of all index resamples, listed."""
    labels, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
    predictions = make_predictions(labels, predicted[None, None], 2)
    expected: Counter[float] = Counter()
    for zeros in product((0, 1), repeat=2):
        for ones in product((2, 3, 4), repeat=3):
            index = [*zeros, *ones]
            score = f1_score(labels[index], predicted[index], average="macro", zero_division=0)
            expected[round(score, 9)] += 1
    drawn = 20_000
    found = Counter(np.round(resample(predictions, drawn, 3).macro_f1[:, 0, 0], 9).tolist())
    assert set(found) == set(expected)
    for value, count in expected.items():
        share = count / (2**2 * 3**3)
        error = np.sqrt(share * (1 - share) / drawn)
        assert found[value] / drawn == pytest.approx(share, abs=5 * error)


def test_moments_equal_an_index_bootstrap() -> None:
    """Means and covariances over runs are those of drawing indices within each class."""
    random = np.random.default_rng(1)
    labels = (np.arange(300) % 3).astype(np.int32)
    correct = draw_correct(random, (0.8, 0.7), 2, 300)
    predictions = make_predictions(labels, draw_predictions(random, labels, correct, 3), 3)
    fast = resample(predictions, 4000, 5).accuracy.reshape(4000, 4)
    members = [np.flatnonzero(labels == label) for label in range(3)]
    index = np.concatenate([random.choice(each, (4000, len(each))) for each in members], axis=1)
    slow = predictions.correct.reshape(4, -1)[:, index].mean(axis=2).T
    np.testing.assert_allclose(fast.mean(axis=0), slow.mean(axis=0), atol=0.002)
    np.testing.assert_allclose(np.cov(fast.T), np.cov(slow.T), atol=5e-5)


def test_each_resample_scores_all_runs_on_the_same_examples() -> None:
    """Runs with equal predictions have equal replicates: the bootstrap is paired."""
    random = np.random.default_rng(2)
    labels = (np.arange(50) % 2).astype(np.int32)
    run = draw_predictions(random, labels, random.random(50) < 0.7, 2)
    other = draw_predictions(random, labels, random.random(50) < 0.7, 2)
    drawn = resample(make_predictions(labels, [[run, other], [run, other]], 2), 200, 0)
    np.testing.assert_array_equal(drawn.f1[:, 0], drawn.f1[:, 1])
    assert (drawn.f1[:, 0, 0] != drawn.f1[:, 0, 1]).any()


def test_same_seed_same_replicates_in_any_order_of_examples() -> None:
    """Replicates depend on the seed and on what was predicted, not on the order of examples."""
    random = np.random.default_rng(3)
    labels = (np.arange(60) % 3).astype(np.int32)
    run = draw_predictions(random, labels, random.random(60) < 0.8, 3)
    order = random.permutation(60)
    first = resample(make_predictions(labels, run[None, None], 3), 100, 9)
    again = resample(make_predictions(labels[order], run[order][None, None], 3), 100, 9)
    other = resample(make_predictions(labels, run[None, None], 3), 100, 10)
    np.testing.assert_array_equal(first.f1, again.f1)
    assert (first.f1 != other.f1).any()


def test_chunks_keep_every_resample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn in chunks that do not divide the resamples evenly, none is lost."""
    monkeypatch.setattr(module, "CHUNK", 24)
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    drawn = resample(make_predictions(labels, [[[0, 1, 1, 0]]], 2), 501, 0)
    assert drawn.f1.shape == (501, 1, 1, 2)
    assert drawn.accuracy.mean() == pytest.approx(0.5, abs=0.05)
