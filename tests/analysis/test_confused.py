from __future__ import annotations

from collections import Counter

import numpy as np

from reportgen.analysis.assembly import prepare
from reportgen.analysis.confused import MOST, MOST_VALUES, choose_confused
from reportgen.config.schema import Experiment
from tests.support.factories import PAPER_MODELS, FakeModel, make_build

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
