"""The difference of two confusion matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from reportgen.analysis.comparisons import cell_p_values, compare_confusion_matrices
from reportgen.analysis.inputs import prepare_inputs
from reportgen.config.schema import Analysis
from tests.support.predictions import make_predictions

SETTINGS = Analysis()


def test_p_values_equal_mcnemar_on_each_cell() -> None:
    """For one seed each cell is McNemar's test of naming that class, corrected by Holm."""
    random = np.random.default_rng(1)
    labels = (np.arange(300) % 3).astype(np.int32)
    predicted = np.where(random.random((2, 1, 300)) < 0.6, labels, random.integers(0, 3, 300))
    inputs = prepare_inputs(make_predictions(labels, predicted, 3), SETTINGS)
    first, second = predicted[0, 0], predicted[1, 0]
    tests = []
    for true in range(3):
        for cell in range(3):
            member = labels == true
            b = int((member & (first == cell) & (second != cell)).sum())
            c = int((member & (second == cell) & (first != cell)).sum())
            tests.append(mcnemar([[0, b], [c, 0]], exact=True).pvalue)
    expected = multipletests(tests, method="holm")[1].reshape(3, 3)
    np.testing.assert_allclose(cell_p_values(inputs, 0, 1), expected, atol=1e-9)


def test_a_planted_confusion_is_found_and_nothing_else() -> None:
    """The one class that one model confuses is marked, both where it goes and where it is gone."""
    labels = (np.arange(600) % 3).astype(np.int32)
    first = np.tile(labels, (1, 2, 1))
    second = first.copy()
    second[..., np.flatnonzero(labels == 1)[:40]] = 2
    both = np.concatenate([first, second])
    inputs = prepare_inputs(make_predictions(labels, both, 3), SETTINGS)
    difference, cells = compare_confusion_matrices(inputs, 0, 1)
    assert {(cell.true, cell.predicted) for cell in cells} == {(1, 1), (1, 2)}
    assert [(cell.first, cell.second) for cell in cells] == [(400, 320), (0, 80)]
    matrices = [sum(confusion_matrix(labels, run) for run in runs) for runs in both]
    np.testing.assert_array_equal(difference, matrices[0] - matrices[1])


def test_seeds_of_one_example_are_not_counted_as_several() -> None:
    """Three seeds that make the same few errors are as weak as one that does."""
    labels = (np.arange(60) % 3).astype(np.int32)
    second = labels.copy()
    second[np.flatnonzero(labels == 1)[:4]] = 2
    once = np.stack([labels, second])[:, None]
    tables = [
        cell_p_values(prepare_inputs(make_predictions(labels, runs, 3), SETTINGS), 0, 1)
        for runs in (once, once.repeat(3, axis=1))
    ]
    np.testing.assert_array_equal(tables[0], tables[1])


def test_more_seeds_of_one_model_are_no_difference() -> None:
    """Of two equal models the one with three seeds differs in no cell from that with one."""
    random = np.random.default_rng(4)
    labels = (np.arange(3000) % 5).astype(np.int32)
    right = random.random((2, 3, 3000)) < 0.9
    predicted = np.where(right, labels, random.integers(0, 5, right.shape)).astype(np.int32)
    predictions = make_predictions(labels, predicted, 5)

    def cut(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return values[0], values[1][:1]

    ragged = replace(
        predictions,
        seeds=((0, 1, 2), (0,)),
        predicted=cut(predictions.predicted),
        train_predicted=cut(predictions.train_predicted),
        confidence=cut(predictions.confidence),
    )
    difference, cells = compare_confusion_matrices(prepare_inputs(ragged, SETTINGS), 0, 1)
    assert cells == ()
    assert np.sum(difference) == 0
