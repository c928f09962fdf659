"""Imported predictions become runs whose keys follow the files and how they are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from reportgen.config.comparison import compare_files
from reportgen.config.keys import digest
from reportgen.config.loading import LoadedExperiment, make_experiment
from reportgen.errors import ConfigurationError
from reportgen.pipeline import BuildRequest, Reporter
from reportgen.pipeline.imports import date_of, import_runs, read_imports
from reportgen.pipeline.preparation import Prepared, prepare
from tests.support.factories import make_dataset

LABELS = ["cat", "dog", "cat", "dog"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with labels, one file of labels alone and three of probabilities; work is in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "y.csv").write_text("label\n" + "\n".join(LABELS))
    (tmp_path / "svm.csv").write_text("prediction\ncat\ndog\ndog\ndog\n")
    random = np.random.default_rng(0)
    for seed in (0, 3, 10):
        scores = random.random((4, 2))
        np.savez(tmp_path / f"cnn-{seed}.npz", logits=scores)
    return tmp_path


def load(folder: Path, **changed: Any) -> LoadedExperiment:
    """Return the experiment of both models, with other values of its data."""
    values = {
        "title": "Two",
        "data": {"labels": "y.csv", "classes": ["cat", "dog"], **changed},
        "models": [
            {"name": "SVM", "predictions": "svm.csv"},
            {"name": "CNN", "predictions": "cnn-*.npz"},
        ],
    }
    return make_experiment(values, folder / "two.toml", "two", ())


def prepared(folder: Path) -> Prepared:
    """Prepare a build of both models."""
    request = BuildRequest(loaded=load(folder), output=folder / "output")
    return prepare(request, Mock(spec=Reporter))


def test_a_model_may_have_another_number_of_seeds_than_its_rival(folder: Path) -> None:
    """Each file is a run with the seed that its name ends in; a single file is seed 0."""
    runs = prepared(folder).planned
    assert [(run.model, run.seed) for run in runs] == [
        ("svm", 0),
        ("cnn", 0),
        ("cnn", 3),
        ("cnn", 10),
    ]


def test_an_imported_run_has_predictions_and_nothing_else(folder: Path) -> None:
    """It has no layers, no epochs, no costs; its key is the digest of what it follows from."""
    build = prepared(folder)
    for planned in build.planned:
        run = build.imported[planned.key]
        assert run.spec.kind == "predictions"
        assert digest(planned.ingredients) == planned.key
        assert list(run.evaluations) == ["test"]
        record = run.record
        assert (record.summary, record.history, record.costs, record.provenance) == (
            None,
            (),
            None,
            None,
        )


def test_the_data_set_is_its_labels(folder: Path) -> None:
    """It has no inputs and no training set, and lists each file with its use."""
    dataset = prepared(folder).dataset
    record = dataset.record
    assert (record.title, record.train, record.test, record.input_shape) == ("y.csv", 0, 4, ())
    assert dataset.test_inputs is None
    assert dataset.test_labels.tolist() == [0, 1, 0, 1]
    assert [(file.name, file.usage) for file in record.files] == [
        ("y.csv", "True labels"),
        ("svm.csv", "Predictions of SVM"),
        ("cnn-0.npz", "Predictions of CNN, seed 0"),
        ("cnn-3.npz", "Predictions of CNN, seed 3"),
        ("cnn-10.npz", "Predictions of CNN, seed 10"),
    ]


def keys(folder: Path) -> dict[tuple[str, int], str]:
    """Return model and seed → key."""
    return {(run.model, run.seed): run.key for run in prepared(folder).planned}


def test_a_file_changes_the_keys_of_its_runs_alone(folder: Path) -> None:
    """Another byte of one file is another run; a label that changes is another run of all."""
    before = keys(folder)
    (folder / "svm.csv").write_text("prediction\ncat\ndog\ncat\ndog\n")
    after = keys(folder)
    assert {pair for pair in before if before[pair] != after[pair]} == {("svm", 0)}
    (folder / "y.csv").write_text("label\ncat\ndog\ncat\ncat\n")
    assert not set(after.values()) & set(keys(folder).values())


def test_how_a_file_is_read_is_part_of_the_key(folder: Path) -> None:
    """Another column of the same file is another run."""
    (folder / "all.csv").write_text("label,a,b\ncat,cat,dog\ndog,dog,dog\n")
    loaded = compare_files([("A", "all.csv#a"), ("B", "all.csv#b")])
    imported = import_runs(loaded.experiment, read_imports(loaded, None), None)
    assert imported.dataset.test_labels.tolist() == [0, 1]
    assert len(imported.runs) == 2
    assert [file.usage for file in imported.dataset.record.files] == [
        "True labels; predictions of A; predictions of B"
    ]


def test_predictions_are_joined_with_the_test_set_of_a_data_set(tmp_path: Path) -> None:
    """Without a file of labels they are for the test set of the data set that is named."""
    dataset = make_dataset()
    predicted = dataset.test_labels[::-1]
    np.save(tmp_path / "m.npy", predicted)
    values = {
        "title": "T",
        "data": {"name": "digits"},
        "models": [{"name": "M", "predictions": "m.npy"}],
    }
    loaded = make_experiment(values, tmp_path / "t.toml", "t", ())
    imported = import_runs(loaded.experiment, read_imports(loaded, dataset), dataset)
    (run,) = imported.runs.values()
    assert run.evaluations["test"].classes.tolist() == predicted.tolist()
    assert imported.dataset is dataset


def test_a_report_is_dated_as_its_newest_file(folder: Path) -> None:
    """The same files give the same date, whenever the report is built."""
    os.utime(folder / "svm.csv", (0, 0))
    for seed in (0, 3, 10):
        os.utime(folder / f"cnn-{seed}.npz", (86400 * seed, 86400 * seed))
    loaded = load(folder)
    assert date_of(read_imports(loaded, None)) == "11 January 1970"
    assert prepared(folder).loaded.experiment.report.date == "11 January 1970"


def test_a_comparison_is_an_experiment(folder: Path) -> None:
    """What the command line says is checked as a file is, and messages name the value."""
    loaded = compare_files([("SVM", "svm.csv"), ("CNN", "cnn-*.npz")], labels="y.csv")
    assert loaded.experiment.title == "SVM and CNN compared"
    assert loaded.slug == "svm-and-cnn-compared"
    with pytest.raises(ConfigurationError, match="already the name of model 1"):
        compare_files([("SVM", "a.csv"), ("SVM", "b.csv")], labels="y.csv")
    with pytest.raises(ConfigurationError, match=r"analysis\.margin"):
        compare_files([("A", "a.csv")], labels="y.csv", overrides=["analysis.margin=-1"])
    with pytest.raises(ConfigurationError, match="cannot be called store"):
        compare_files([("A", "a.csv")], labels="y.csv", title="Store")
