"""Runs and data sets in the store: they come back equal, or not at all."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reportgen.config.keys import digest
from reportgen.errors import TrainingFailed
from reportgen.results.arrays import pack_arrays, unpack_arrays
from reportgen.results.datasets import ARRAYS, load_dataset, save_dataset
from reportgen.results.records import Dataset, Evaluation, Run
from reportgen.results.runs import PREDICTIONS, kept_ingredients, load_run, load_weights, save_run
from reportgen.results.store import Store
from tests.support.factories import PAPER_MODELS, assert_same_evaluations, make_dataset, make_result

DATASET = make_dataset(n=50, n_train=80)
KEY = "ab" * 32


def assert_same(first: Any, second: Any) -> None:
    """Make sure that two dataclasses with arrays are equal, types and shapes included."""
    for field in dataclasses.fields(first):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert ours == theirs


def assert_same_run(first: Run, second: Run) -> None:
    """Make sure that two runs are equal, records and arrays."""
    assert first.record == second.record
    assert_same_evaluations(first, second)


def test_a_run_comes_back_equal_to_the_last_bit(tmp_path: Path) -> None:
    """Records, float32 probabilities and weights are those that were saved."""
    store = Store(tmp_path, warn=pytest.fail)
    for model in PAPER_MODELS[:2]:
        result = make_result(model, 3, DATASET)
        assert load_run(store, result.key) is None
        save_run(store, result, b"weights of " + model.slug.encode())
        loaded = load_run(store, result.key)
        assert loaded is not None
        assert_same_run(result, loaded)
        assert load_weights(store, result.key) == b"weights of " + model.slug.encode()


def test_a_data_set_comes_back_equal(tmp_path: Path) -> None:
    """Record, labels and images are those that were saved."""
    store = Store(tmp_path, warn=pytest.fail)
    assert load_dataset(store, KEY) is None
    save_dataset(store, KEY, DATASET)
    loaded = load_dataset(store, KEY)
    assert loaded is not None
    assert_same(DATASET, loaded)


def test_the_same_run_is_the_same_bytes(tmp_path: Path) -> None:
    """Saving a run in two places writes identical files."""
    result = make_result(PAPER_MODELS[0], 0, DATASET)
    for name in ("first", "second"):
        save_run(Store(tmp_path / name), result, b"weights")
    first, second = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("first", "second")
    )
    assert first == second and len(first) == 3


def test_ingredients_of_all_kept_runs_are_listed(tmp_path: Path) -> None:
    """The ingredients of whole runs come in the order of their keys; a damaged one is left out."""
    store = Store(tmp_path)
    results = [make_result(PAPER_MODELS[0], seed, DATASET) for seed in range(3)]
    for result in results:
        save_run(store, result, b"")
    record = store.folder("run", results[0].key) / "record.json"
    record.write_bytes(record.read_bytes().replace(b"adam", b"sgd!"))
    kept = kept_ingredients(store)
    assert [digest(item) for item in kept] == sorted(result.key for result in results[1:])


def change_test(run: Run, classes: Any = None, probabilities: Any = None) -> Run:
    """Return the run with other predictions for the test set."""
    test = run.evaluations["test"]
    changed = Evaluation(
        test.classes if classes is None else classes,
        test.probabilities if probabilities is None else probabilities,
    )
    return dataclasses.replace(run, evaluations={**run.evaluations, "test": changed})


def change_record(run: Run, **changes: Any) -> Run:
    """Return the run with another record."""
    return dataclasses.replace(run, record=run.record.model_copy(update=changes))


def spoiled_runs(run: Run) -> dict[str, Run]:
    """Return runs that no training may leave, each wrong in one way."""
    test = run.evaluations["test"]
    assert test.probabilities is not None
    nan = test.probabilities.copy()
    nan[3, 4] = np.nan
    negative = test.probabilities.copy()
    negative[0, 0], negative[0, 1] = -0.5, negative[0, 1] + 0.5 + negative[0, 0]
    high, low = test.classes.copy(), test.classes.copy()
    high[5], low[5] = 10, -1
    history = run.record.history
    lost = history[0].model_copy(update={"loss": float("inf")})
    return {
        "not numbers": change_test(run, probabilities=nan),
        "not probabilities": change_test(run, probabilities=test.probabilities * np.float32(1.01)),
        "rows that are not probabilities": change_test(run, probabilities=negative),
        "instead of float32": change_test(run, probabilities=test.probabilities.astype("f8")),
        r"\[50, 10\]": change_test(run, probabilities=test.probabilities[:, :9]),
        "instead of int32": change_test(run, classes=test.classes.astype(np.int64)),
        "names class 10 of 10": change_test(run, classes=high),
        "names class -1 of 10": change_test(run, classes=low),
        "the test set was not evaluated": dataclasses.replace(run, evaluations={}),
        "3 epochs instead of 4": change_record(run, history=history[1:]),
        "the history contains values that are not finite": change_record(
            run, history=(lost, *history[1:])
        ),
        "not the digest": change_record(run, key="ab" * 32),
    }


RESULT = make_result(PAPER_MODELS[0], 0, DATASET)


@pytest.mark.parametrize("message", spoiled_runs(RESULT))
def test_a_run_that_diverged_is_never_kept(tmp_path: Path, message: str) -> None:
    """NaN, wrong shapes and wrong keys end with a message, and nothing is written."""
    with pytest.raises(TrainingFailed, match=message):
        save_run(Store(tmp_path), spoiled_runs(RESULT)[message], b"weights")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["test/probabilities", "test/classes", "archive", "all"])
def test_wrong_arrays_with_right_digests_are_a_miss(tmp_path: Path, name: str) -> None:
    """An entry whose arrays are missing, of another shape or no archive is set aside."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    save_run(store, RESULT, b"weights")
    entry = store.read("run", RESULT.key)
    assert entry is not None
    arrays = unpack_arrays(entry.files[PREDICTIONS])
    if name in arrays:
        arrays[name] = arrays[name][..., None]
    files = dict(entry.files) | {PREDICTIONS: pack_arrays(arrays)}
    if name == "archive":
        files[PREDICTIONS] = files[PREDICTIONS][:-30]
    if name == "all":
        del files[PREDICTIONS]
    store.remove("run", RESULT.key)
    store.write("run", RESULT.key, entry.record, files)
    assert load_run(store, RESULT.key) is None
    assert len(warnings) == 1
    save_run(store, RESULT, b"weights")
    loaded = load_run(store, RESULT.key)
    assert loaded is not None
    assert_same_run(RESULT, loaded)


def spoiled_datasets() -> dict[str, Dataset]:
    """Return data sets whose parts do not fit each other."""
    replace, inputs = dataclasses.replace, DATASET.test_inputs
    assert inputs is not None
    return {
        "labels": replace(DATASET, test_labels=DATASET.test_labels[1:]),
        "classes": replace(DATASET, train_labels=DATASET.train_labels + 1),
        "images": replace(DATASET, test_inputs=inputs[:, 1:]),
        "floats": replace(DATASET, test_inputs=inputs / 255),
    }


@pytest.mark.parametrize("name", spoiled_datasets())
def test_a_data_set_that_does_not_fit_its_record_is_a_miss(tmp_path: Path, name: str) -> None:
    """A data set with other shapes than its record says is set aside, and can be saved again."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    save_dataset(store, KEY, spoiled_datasets()[name])
    assert load_dataset(store, KEY) is None
    assert len(warnings) == 1
    save_dataset(store, KEY, DATASET)
    assert load_dataset(store, KEY) is not None


def test_arrays_with_objects_are_never_loaded(tmp_path: Path) -> None:
    """An archive that holds pickled objects is refused before any object is made."""
    path = tmp_path / "objects.npz"
    np.savez(path, probabilities=np.array([{"a": 1}], dtype=object))
    store = Store(tmp_path / "store", warn=lambda _: None)
    store.write("dataset", KEY, DATASET.record.model_dump(mode="json"), {ARRAYS: path.read_bytes()})
    assert load_dataset(store, KEY) is None
