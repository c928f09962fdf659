"""The examples to look at: in the gallery, and in the cells of confusion matrices."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from reportgen.analysis.assembly import prepare
from reportgen.analysis.disagreements import (
    MOST,
    MOST_VALUES,
    SIZE,
    choose_confused,
    choose_gallery,
    majority_votes,
)
from reportgen.analysis.inputs import AnalysisInputs, prepare_inputs
from reportgen.config.schema import Analysis, Experiment, Model
from tests.support.factories import PAPER_MODELS, FakeModel, make_build
from tests.support.predictions import make_predictions


def make_inputs(predicted: ArrayLike, confidence: ArrayLike, labels: list[int]) -> AnalysisInputs:
    """Return inputs of these predictions and confidences, `[models, seeds, n]`."""
    predictions = make_predictions(labels, predicted, 4)
    predictions = replace(predictions, confidence=tuple(np.asarray(confidence, dtype=float)))
    return prepare_inputs(predictions, Analysis())


def models(*architectures: str) -> list[Model]:
    """Return models of these architectures, with the slugs of invented predictions."""
    return [
        Model(name=f"Model {index}", slug=f"model-{index}", architecture=architecture)
        for index, architecture in enumerate(architectures)
    ]


def test_seeds_vote_and_confidence_breaks_ties() -> None:
    """Most seeds win; of equals, the class with more confidence behind it."""
    inputs = make_inputs(
        [[[1, 1, 2], [1, 2, 3], [0, 3, 0]]],
        [[[0.5, 0.9, 0.6], [0.7, 0.4, 0.8], [0.99, 0.3, 0.7]]],
        [1, 1, 1],
    )
    (votes,) = majority_votes(inputs.predictions)
    assert votes.predicted.tolist() == [1, 1, 3]
    assert votes.confidence == pytest.approx([0.6, 0.9, 0.8])


def test_labels_alone_vote_without_confidence() -> None:
    """Of equals the lower class wins, and the examples that are shown keep their order."""
    inputs = make_inputs([[[1, 1], [2, 0]], [[3, 3], [3, 3]]], [[[0.5] * 2] * 2] * 2, [0, 0])
    predictions = replace(inputs.predictions, confidence=(None, None))
    assert [votes.predicted.tolist() for votes in majority_votes(predictions)] == [[1, 0], [3, 3]]
    gallery = choose_gallery(
        prepare_inputs(predictions, Analysis()), models("cnn", "mlp"), ("model-0", "model-1")
    )
    assert [each.index for each in gallery.only["model-0--model-1"]] == [1]
    assert gallery.all_wrong[0].confidence == {"model-0": None, "model-1": None}


def test_gallery_shows_who_gets_what_wrong_most_confidently_first() -> None:
    """Each list holds its examples, ordered by the confidence of the wrong answer."""
    inputs = make_inputs(
        [[[0, 0, 2, 2, 1]], [[1, 2, 0, 3, 1]]],
        [[[0.9, 0.9, 0.6, 0.7, 0.9]], [[0.5, 0.8, 0.9, 0.9, 0.9]]],
        [0, 0, 0, 0, 1],
    )
    gallery = choose_gallery(inputs, models("cnn", "mlp"), ("model-0", "model-1"))
    assert [each.index for each in gallery.all_wrong] == [3]
    assert gallery.all_wrong[0].predicted == {"model-0": 2, "model-1": 3}
    assert [each.index for each in gallery.only["model-0--model-1"]] == [1, 0]
    assert [each.index for each in gallery.only["model-1--model-0"]] == [2]
    assert gallery.only_counts == {"model-0--model-1": 2, "model-1--model-0": 1}
    shown = gallery.only["model-0--model-1"][0]
    assert shown.label == 0
    assert shown.confidence == pytest.approx({"model-0": 0.9, "model-1": 0.8})


@pytest.mark.parametrize(
    ("architectures", "ranking", "pair"),
    [
        (("cnn", "cnn", "mlp"), (1, 0, 2), {"model-1--model-2", "model-2--model-1"}),
        (("cnn", "mlp", "mlp"), (1, 2, 0), {"model-0--model-1", "model-1--model-0"}),
        (("cnn", "cnn", "cnn"), (2, 0, 1), {"model-1--model-2", "model-2--model-1"}),
        (("cnn",), (0,), set()),
    ],
)
def test_headline_is_the_best_against_the_best_of_another_architecture(
    architectures: tuple[str, ...], ranking: tuple[int, ...], pair: set[str]
) -> None:
    """With one architecture only, the best is set against the last; with one model, nothing."""
    shape = (len(architectures), 1, 4)
    inputs = make_inputs(np.zeros(shape), np.full(shape, 0.5), [0, 1, 2, 3])
    order = tuple(f"model-{index}" for index in ranking)
    assert set(choose_gallery(inputs, models(*architectures), order).only) == pair


def test_gallery_is_cut_but_counted() -> None:
    """More examples than a page shows are counted, not shown; equals keep their order."""
    predicted = np.stack([np.zeros((1, 30)), np.ones((1, 30))])
    inputs = make_inputs(predicted, np.full((2, 1, 30), 0.8), [0] * 30)
    gallery = choose_gallery(inputs, models("cnn", "mlp"), ("model-0", "model-1"))
    shown = gallery.only["model-0--model-1"]
    assert [each.index for each in shown] == list(range(SIZE))
    assert gallery.only_counts["model-0--model-1"] == 30
    assert gallery.all_wrong_count == 0


BAD = FakeModel("Bad", "bad", "mlp", 0.0, 0.4)


def test_each_cell_counts_the_examples_that_any_seed_puts_there() -> None:
    """Compared with a count by brute force over all runs."""
    experiment, dataset, evidence, results = make_build((BAD, PAPER_MODELS[0]), seeds=2, n=300)
    _, inputs = prepare(evidence, Experiment.model_validate(experiment))
    found = choose_confused(inputs.predictions, dataset.record.input_shape)

    for slug in ("bad", "cnn"):
        pairs = {
            (int(label), int(answer), example)
            for seed in (0, 1)
            for example, (label, answer) in enumerate(
                zip(
                    dataset.test_labels,
                    results[slug, seed].evaluations["test"].classes,
                    strict=True,
                )
            )
            if label != answer
        }
        counts = Counter((true, predicted) for true, predicted, _ in pairs)
        assert {(c.true, c.predicted): c.count for c in found[slug]} == counts
        for cell in found[slug]:
            assert len(cell.images) == min(MOST, cell.count)
            assert {(cell.true, cell.predicted, image) for image in cell.images} <= pairs


def test_examples_on_which_more_seeds_agree_come_first() -> None:
    """The votes for a cell never grow from one shown image to the next."""
    experiment, dataset, evidence, results = make_build((BAD,), seeds=3, n=200)
    _, inputs = prepare(evidence, Experiment.model_validate(experiment))
    answers = np.array([results["bad", seed].evaluations["test"].classes for seed in range(3)])

    for cell in choose_confused(inputs.predictions, dataset.record.input_shape)["bad"]:
        votes = [(answers[:, image] == cell.predicted).sum() for image in cell.images]
        assert votes == sorted(votes, reverse=True)


def test_images_are_few_where_they_are_large_and_none_where_there_are_none() -> None:
    """The pixels of all images together have a limit; each cell gets one before a second one."""
    experiment, _, evidence, _ = make_build((BAD,), seeds=1, n=300)
    _, inputs = prepare(evidence, Experiment.model_validate(experiment))
    cells = choose_confused(inputs.predictions, (3, 300, 300))["bad"]

    assert sum(len(cell.images) for cell in cells) == MOST_VALUES // (3 * 96 * 96)
    assert max(len(cell.images) for cell in cells) == 1
    assert all(not cell.images for cell in choose_confused(inputs.predictions, (20,))["bad"])
