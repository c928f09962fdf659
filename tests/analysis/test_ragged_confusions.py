"""Confusion matrices of models with unequal numbers of seeds: as many of each are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from reportgen.analysis.comparisons import compare_confusion_matrices
from reportgen.analysis.inputs import prepare_inputs
from reportgen.config.schema import Analysis
from tests.support.predictions import make_predictions


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
    difference, cells = compare_confusion_matrices(prepare_inputs(ragged, Analysis()), 0, 1)
    assert cells == ()
    assert np.sum(difference) == 0
