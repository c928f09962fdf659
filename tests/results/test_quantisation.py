"""Class probabilities in one byte each, against the probabilities themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, top_k_accuracy_score

from reportgen.results.quantisation import FINE, STEPS, quantise, restore


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the rows of `logits` as probabilities."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def through_codes(probabilities: np.ndarray) -> np.ndarray:
    """Return the probabilities as they are read again."""
    classes = probabilities.argmax(axis=1).astype(np.int32)
    return restore(quantise(probabilities, classes), classes)


@st.composite
def rows(draw: st.DrawFn) -> np.ndarray:
    """Rows of probabilities with zeros, ties and sizes many powers of ten apart."""
    count, classes = draw(st.integers(1, 12)), draw(st.integers(2, 9))
    weight = st.sampled_from([0.0, 1.0, 1.0, 0.999, 0.5, 1e-3, 1e-12, 1e-40, 1e-300])
    weights = draw(
        st.lists(
            st.lists(weight, min_size=classes, max_size=classes).filter(lambda row: max(row) > 0),
            min_size=count,
            max_size=count,
        )
    )
    table = np.array(weights)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


@given(rows())
def test_the_predicted_class_zeros_and_sums_are_exact(probabilities: np.ndarray) -> None:
    """The first largest probability stays that, zeros stay zeros, and rows sum to one."""
    found = through_codes(probabilities)
    np.testing.assert_array_equal(found.argmax(axis=1), probabilities.argmax(axis=1))
    np.testing.assert_array_equal(found == 0, probabilities == 0)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


@given(rows())
def test_probabilities_are_restored_once_and_for_all(probabilities: np.ndarray) -> None:
    """Probabilities that were restored before come back unchanged."""
    once = through_codes(probabilities)
    np.testing.assert_allclose(through_codes(once), once, rtol=1e-9)


@given(rows())
def test_each_probability_is_as_close_as_its_step(probabilities: np.ndarray) -> None:
    """Half a step of the scale: of the root of r up to `FINE`, of the logarithm of r beyond."""
    found = through_codes(probabilities)
    row = np.arange(len(found))
    largest = probabilities.argmax(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.log(probabilities[row, largest])[:, None] - np.log(probabilities)
        after = np.log(found[row, largest])[:, None] - np.log(found)
        kept = (probabilities > 0) & (before < 150)
        before, after = before[kept], np.maximum(after[kept], 0)
    # Where rounding would make a tie, a code is moved by a whole step.
    fine = np.minimum(before, after) <= FINE
    off = np.where(fine, np.abs(np.sqrt(before) - np.sqrt(after)), 0)
    assert (off <= 1.04 / STEPS).all()
    off = np.where(fine, 0, np.abs(np.log(np.maximum(before, 1) / np.maximum(after, 1))))
    assert (off <= 2.0001 / (STEPS * np.sqrt(FINE))).all()


@pytest.mark.parametrize(("classes", "confidence"), [(2, 3.0), (10, 9.0), (30, 4.0)])
def test_metrics_hardly_move(classes: int, confidence: float) -> None:
    """Scikit-learn's scores of the restored probabilities are those of the original ones."""
    random = np.random.default_rng(classes)
    labels = random.integers(classes, size=10_000)
    logits = random.normal(0, 2, (10_000, classes))
    logits[np.arange(10_000), labels] += random.gamma(2.0, confidence / 2, 10_000)
    before = softmax(logits)
    after = through_codes(before)
    assert log_loss(labels, after) == pytest.approx(log_loss(labels, before), rel=2e-3)
    score = before[:, 1] if classes == 2 else before
    again = after[:, 1] if classes == 2 else after
    area, same = (roc_auc_score(labels, s, multi_class="ovr") for s in (score, again))
    assert same == pytest.approx(area, abs=1e-4)
    if classes == 2:
        scores = [brier_score_loss(labels, s) for s in (score, again)]
        assert scores[1] == pytest.approx(scores[0], rel=2e-3)
    else:
        for k in (2, 3, 5):
            exact = top_k_accuracy_score(labels, before, k=k)
            assert top_k_accuracy_score(labels, after, k=k) == exact
