"""Runs that studies ask for: right, kept, trained only where they are missing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from reportgen.config.keys import canonical_json
from reportgen.config.schema import Data
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source
from reportgen.data.subsets import draw_subset
from reportgen.pipeline import Reporter, build, explain_build
from reportgen.plugins import find_plugin
from reportgen.report.carried import read_html
from reportgen.results.evidence import Evidence
from reportgen.results.results_json import read_results, run_keys
from reportgen.results.store import Store
from reportgen.training.fit import train_epochs
from reportgen.training.loop import Examples, classify, start
from reportgen.verification.html import verify_html
from tests.pipeline.conftest import html_in, request_in
from tests.support.processes import start_command

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("stub_drawings")]

EXPERIMENT = """
title = "Few"
[data]
name = "digits"
train_limit = 300
test_limit = 100
[training]
epochs = 2
seeds = [0, 1]
[[models]]
name = "MLP"
architecture = "mlp"
[[models]]
name = "Nearest centroid"
estimator = "sklearn.neighbors:NearestCentroid"
[studies.samples]
sizes = [30, 100]
steps = 8
[studies.continual]
buffer = 30
"""
TASKS = 2 * 4 * 2
"""Four methods of two seeds of the network, with all outputs and with those of one task."""
RUNS = 2 * 2 + 2
"""Two sizes of two seeds of the network, and of the one run of the estimator."""


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    """Return the report."""
    return html_in(folder)


@pytest.fixture(scope="module")
def evidence(html: str) -> Evidence:
    """Return what the report carries."""
    return read_html(html).evidence


def test_each_run_is_fitted_to_its_examples_alone(evidence: Evidence) -> None:
    """Training on these arrays by hand gives the same predictions, with at least so many steps."""
    data = Data(name="digits", train_limit=300, test_limit=100)
    arrays = read_arrays(find_source(data, None, None, Mock(), folder=Path()), data)
    plugin, device = find_plugin("mlp", "architecture", Path()), torch.device("cpu")
    assert len(evidence.study_runs["samples"]) == RUNS
    for run in evidence.header.runs:
        if run.model != "mlp":
            continue
        for size, epochs in ((30, 8), (100, 4)):
            settings = run.record.spec.training
            assert settings is not None
            changed = settings.model_copy(update={"epochs": epochs})
            training = start(
                run.record.spec.model_copy(update={"training": changed}), plugin, device
            )
            rows = draw_subset(arrays.train_labels, size, run.seed)
            examples = Examples(
                torch.from_numpy(arrays.train_inputs[rows]),
                torch.from_numpy(arrays.train_labels[rows]).long(),
            )
            train_epochs(training, examples, lambda _: None, lambda: None)
            expected = classify(training, torch.from_numpy(arrays.test_inputs))
            np.testing.assert_array_equal(
                evidence.study_runs["samples"]["mlp", run.seed, str(size)][0], expected
            )


def test_the_tasks_are_learned_one_after_the_other(evidence: Evidence) -> None:
    """Each network predicts only classes that it has seen, and forgets what is not replayed."""
    of_task = evidence.test_labels // 2
    for seed in (0, 1):
        for method in ("fine-tuning", "ewc", "replay"):
            predicted = evidence.study_runs["continual"]["mlp", seed, method]
            assert predicted.shape == (10, 100)
            for after in range(5):
                assert predicted[after].max() < 2 * (after + 1)
                np.testing.assert_array_equal(predicted[5 + after] // 2, of_task)
            shared = evidence.study_runs["continual"]["mlp", seed, f"domain-{method}"]
            assert shared.shape == (5, 100)
            assert set(np.unique(shared)) <= {0, 1}
        assert evidence.study_runs["continual"]["mlp", seed, "joint"].shape == (2, 100)
        assert evidence.study_runs["continual"]["mlp", seed, "domain-joint"].shape == (1, 100)


def test_the_report_follows_from_its_evidence(html: str) -> None:
    """Nothing is found by `verify`; the section is there."""
    assert not verify_html(html.encode()).findings
    assert "Fewer training images" in html
    assert "Continual learning" in html


def test_keys_of_other_runs_are_as_before(evidence: Evidence) -> None:
    """What a run on all examples is made of is written without a word about parts."""
    for run in evidence.header.runs:
        written = run.record.ingredients.model_dump(mode="json")
        assert not {"subset", "tasks"} & written.keys()
        assert sha256(canonical_json(written)).hexdigest() == run.record.key


def test_runs_are_kept_for_reports(folder: Path) -> None:
    """`clean` finds in results.json which runs a report needs; no weights are kept for these."""
    store = Store(folder / "output" / "store")
    results = read_results(folder / "output" / "mine")
    assert results is not None
    assert run_keys(results) == set(store.keys("run"))
    parts = [run["key"] for runs in results["study_runs"].values() for run in runs]
    assert len(parts) == RUNS + TASKS
    for key in parts:
        entry = store.read("run", key)
        assert entry is not None
        assert list(entry.files) == ["predictions.npz"]


def test_only_what_is_new_is_trained(folder: Path) -> None:
    """Another size trains no other; another setting is named as the reason."""
    more = request_in(folder, "studies.samples.sizes=[30, 100, 200]")
    explained = explain_build(more, Mock(spec=Reporter))
    assert {run.action for run in explained.runs} == {"reuse"}
    tasks, study = explained.studies
    assert (tasks.study, tasks.total, tasks.missing) == ("continual", TASKS, 0)
    assert (study.kind, study.total, study.missing) == ("runs", 9, 3)
    assert list(map(str, study.reasons)) == ["runs on 200 training examples are new"]

    store = Store(folder / "output" / "store")
    before = set(store.keys("run"))
    build(more, Mock(spec=Reporter))
    assert len(set(store.keys("run")) - before) == 3

    other = request_in(folder, "training.learning_rate=0.01")
    tasks, study = explain_build(other, Mock(spec=Reporter)).studies
    assert (study.total, study.missing) == (RUNS, 4)
    assert "training.learning_rate 0.001 → 0.01" in map(str, study.reasons)
    assert tasks.missing == TASKS
    buffer = request_in(folder, "studies.continual.buffer=40")
    tasks, _ = explain_build(buffer, Mock(spec=Reporter)).studies
    assert tasks.missing == 4
    assert list(map(str, tasks.reasons)) == ["studies.continual.buffer 30 → 40"]


def test_a_kill_costs_no_finished_run(folder: Path) -> None:
    """After SIGKILL the next build trains what is missing alone."""
    every = ["studies.samples.sizes=[40, 50, 60, 70, 80]", "studies.samples.steps=100"]
    words = [word for override in every for word in ("--set", override)]
    store = Store(folder / "output" / "store")
    before = len(store.keys("run"))
    command = ["build", "mine.toml", "--workers", "1", *words, "--format", "html"]
    start_command(command, folder).kill_after(lambda line: line.startswith("[7/15]"))

    kept = len(store.keys("run")) - before
    _, study = explain_build(request_in(folder, *every), Mock(spec=Reporter)).studies
    assert kept >= 7
    assert (study.total, study.missing) == (15, 15 - kept)
    build(request_in(folder, *every), Mock(spec=Reporter))
    assert len(store.keys("run")) == before + 15
