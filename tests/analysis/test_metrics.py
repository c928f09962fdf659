"""Metrics against scikit-learn."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from reportgen.analysis.metrics import count_confusion_matrix, score_confusion_matrices
from tests.support.examples import at_most


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Labels and predictions in which classes may well be missing."""
    classes = draw(st.integers(2, 6))
    n = draw(st.integers(1, 40))
    values = arrays(np.int32, n, elements=st.integers(0, classes - 1))
    return draw(values), draw(values), classes


@at_most(60)
@given(predictions())
def test_scores_equal_scikit_learn(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    """Every score and every average is scikit-learn's, classes without examples included."""
    labels, predicted, classes = case
    names = list(range(classes))
    matrix = count_confusion_matrix(labels, predicted, classes)
    scores = score_confusion_matrices(matrix)
    assert (matrix == confusion_matrix(labels, predicted, labels=names)).all()
    per_class = precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0)
    for ours, theirs in zip(
        (scores.precision, scores.recall, scores.f1, scores.support), per_class, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    for average, take in (("macro", scores.macro), ("weighted", scores.weighted)):
        averages = precision_recall_fscore_support(
            labels, predicted, labels=names, zero_division=0, average=average
        )
        taken = [take(score) for score in (scores.precision, scores.recall, scores.f1)]
        np.testing.assert_allclose(taken, averages[:3], atol=1e-12)
    assert np.isclose(scores.accuracy, accuracy_score(labels, predicted), atol=1e-12)


def test_scores_of_many_matrices_are_those_of_each() -> None:
    """Leading axes are worked on at once, with the same result."""
    matrices = np.random.default_rng(0).integers(0, 9, (2, 3, 4, 4))
    together = score_confusion_matrices(matrices)
    for index in np.ndindex(2, 3):
        alone = score_confusion_matrices(matrices[index])
        np.testing.assert_array_equal(together.f1[index], alone.f1)
        assert together.macro(together.recall)[index] == alone.macro(alone.recall)
