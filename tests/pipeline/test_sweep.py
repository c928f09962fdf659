"""A sweep: it selects on held-out training examples, and never reads the test set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from reportgen.config.environment import Environment
from reportgen.config.loading import make_experiment
from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.data.source import Source
from reportgen.data.subsets import draw_held_out
from reportgen.errors import DataDamaged, ReportgenError, TrainingFailed
from reportgen.pipeline import BuildRequest, Reporter, _prepare, carry, explain_build, suggestions
from reportgen.pipeline import sweep as room
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.runs import Completed
from reportgen.results.records import Evaluation, Run
from reportgen.results.store import Store
from reportgen.training.estimators import flatten
from reportgen.verification.consistency import check_evidence
from tests.support.examples import at_most

ENVIRONMENT = Environment(
    versions={"numpy": "2.4.6", "scikit-learn": "1.9.0", "scipy": "1.18.0"},
    device="cpu",
    precision="float32",
)
NEIGHBORS = [1, 3, 5, 9, 15]
FRACTION = 0.25


class Unreadable:
    """Stands for the test set: nothing can be done with it."""

    def __getattr__(self, name: str) -> Any:
        """Fail whatever is asked for."""
        raise AssertionError(f"the test set was read: {name}")


def make_arrays(seed: int = 0, classes: int = 3) -> DataArrays:
    """Return tables of overlapping classes, on which the number of neighbours matters."""
    random = np.random.default_rng(seed)
    labels = np.arange(160, dtype=np.int32) % classes
    inputs = (random.normal(size=(160, 4)) + labels[:, None]).astype(np.float32)
    names = tuple("abc"[:classes])
    return DataArrays(inputs[:120], labels[:120], inputs[120:], labels[120:], names)


def neighbors_of(run: PlannedRun) -> Any:
    """Return the number of neighbours of a run."""
    return run.ingredients.spec.options["n_neighbors"]


def fit_here(prepared: Prepared, planned: Sequence[PlannedRun], reporter: Reporter) -> Completed:
    """Fit nearest neighbours in this process, in place of workers and store."""
    assert prepared.source is not None
    arrays = prepared.source.read(prepared.loaded.experiment.data)
    results: dict[str, Run] = {}
    for run in planned:
        fitted = KNeighborsClassifier(neighbors_of(run)).fit(
            flatten(arrays.train_inputs), arrays.train_labels
        )
        predicted = fitted.predict(flatten(arrays.test_inputs)).astype(np.int32)
        results[run.key] = Run(Mock(), {"test": Evaluation(predicted, None)})
    return Completed(results, frozenset())


@contextmanager
def trained_here(
    read: Callable[[], DataArrays], complete: Callable[..., Completed] = fit_here
) -> Iterator[None]:
    """Replace data and training."""
    source = Source("made", "Made", (), read=lambda _: read())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "find_data", lambda *_: (ENVIRONMENT, source))
        patch.setattr("reportgen.pipeline.preparation.find_data", lambda *_: (ENVIRONMENT, source))
        patch.setattr(room, "complete_runs", complete)
        patch.setattr(room, "read_dataset", _read_anew)
        patch.setattr("reportgen.pipeline.preparation.read_dataset", _read_anew)
        yield


def _read_anew(source: Source, data: Any, *_: object) -> Any:
    from reportgen.data.describe import describe_dataset
    from reportgen.data.source import read_arrays

    arrays = read_arrays(source, data)
    return describe_dataset(source, arrays), arrays


def make_request(tmp_path: Path, **sweep: Any) -> BuildRequest:
    """Return the request of an experiment that sweeps the number of neighbours."""
    values = {
        "title": "Neighbours",
        "data": {"source": "made.csv", "label": "class"},
        "training": {"seeds": [0], "validation_fraction": FRACTION},
        "models": [{"name": "KNN", "estimator": "sklearn.neighbors:KNeighborsClassifier"}],
        "sweep": {"models.knn.options.n_neighbors": NEIGHBORS, **sweep},
    }
    loaded = make_experiment(values, Path("neighbours.toml"), "neighbours", ())
    return BuildRequest(loaded=loaded, output=tmp_path)


def _same(arrays: DataArrays) -> DataArrays:
    return arrays


def selected(request: BuildRequest) -> object:
    """Return the number of neighbours that an experiment has."""
    assert request.loaded is not None
    return request.loaded.experiment.models[0].options["n_neighbors"]


@at_most(8)
@given(data=st.data(), seed=st.integers(0, 20))
def test_selection_does_not_depend_on_the_test_set(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, seed: int
) -> None:
    """Whatever its labels are and in whatever order, and where nothing of it can be read at all."""
    request = make_request(Path("none"))
    arrays = make_arrays(seed)
    unreadable: Any = Unreadable()
    order = data.draw(st.permutations(range(len(arrays.test_labels))))
    labels = data.draw(st.lists(st.integers(0, 2), min_size=40, max_size=40))
    variants = (
        replace(arrays, test_labels=arrays.test_labels[list(order)]),
        replace(arrays, test_labels=np.array(labels, dtype=np.int32)),
        replace(arrays, test_inputs=arrays.test_inputs[::-1]),
        replace(arrays, test_inputs=unreadable, test_labels=unreadable, test_groups=unreadable),
    )
    with trained_here(lambda: arrays):
        expected, swept = room.run_sweep(request, Mock(spec=Reporter))
    assert swept is not None
    for variant in variants:
        with trained_here(partial(_same, variant)):
            found, again = room.run_sweep(request, Mock(spec=Reporter))
        assert again is not None
        assert selected(found) == selected(expected)
        # Nor do the keys of its runs: another test set trains none of them anew.
        assert again.record == swept.record


def test_the_test_set_is_unreadable_until_the_selection_is_final(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a build: all that comes after the selection reads it, nothing before."""
    final = False
    select, arrays = room._select, make_arrays()
    unreadable: Any = Unreadable()

    def note(*given: Any) -> BuildRequest:
        nonlocal final
        final = True
        return select(*given)

    def read() -> DataArrays:
        if final:
            return arrays
        return replace(arrays, test_inputs=unreadable, test_labels=unreadable)

    monkeypatch.setattr(room, "_select", note)
    with trained_here(read):
        prepared = _prepare(make_request(tmp_path), Mock(spec=Reporter))
    assert final
    assert prepared.swept is not None
    assert prepared.dataset.record.test == len(arrays.test_labels)
    (run,) = prepared.planned
    assert neighbors_of(run) == selected(prepared.request)
    assert run.ingredients.is_ordinary


def test_the_best_on_held_out_examples_is_selected(tmp_path: Path) -> None:
    """As scikit-learn finds it by hand; of equal scores, the first."""
    arrays, request = make_arrays(3), make_request(tmp_path)
    rows = draw_held_out(arrays.train_labels, FRACTION, 0)
    left = np.setdiff1d(np.arange(120), rows)
    accuracies = [
        KNeighborsClassifier(each)
        .fit(arrays.train_inputs[left], arrays.train_labels[left])
        .score(arrays.train_inputs[rows], arrays.train_labels[rows])
        for each in NEIGHBORS
    ]
    with trained_here(lambda: arrays):
        found, swept = room.run_sweep(request, Mock(spec=Reporter))
    assert selected(found) == NEIGHBORS[int(np.argmax(accuracies))]
    assert swept is not None
    right = (swept.predicted["knn"] == arrays.train_labels[rows]).mean(axis=1)
    assert list(right) == pytest.approx(accuracies)


@given(st.integers(2, 400), st.floats(0.01, 0.99), st.integers(0, 9))
def test_each_class_is_held_out_in_proportion(count: int, fraction: float, seed: int) -> None:
    """At least one example, never all, the same for the same seed."""
    labels = np.arange(count) % 3
    rows = draw_held_out(labels, fraction, seed)
    assert 1 <= len(rows) < count
    assert len(rows) == pytest.approx(fraction * count, abs=1)
    shares = np.bincount(labels[rows], minlength=3) / np.bincount(labels, minlength=3).clip(1)
    assert np.ptp(shares[np.bincount(labels, minlength=3) > 0]) <= 2 / (count // 3 or 1) + 1e-9
    np.testing.assert_array_equal(rows, draw_held_out(labels, fraction, seed))


@given(
    groups=st.lists(st.integers(0, 12), min_size=20, max_size=200),
    fraction=st.floats(0.05, 0.6),
    seed=st.integers(0, 9),
)
def test_groups_are_held_out_as_a_whole(groups: list[int], fraction: float, seed: int) -> None:
    """Some of each class are left, and no group that is left would bring the classes nearer."""
    of, labels = np.unique(groups, return_inverse=True)[1], np.arange(len(groups)) % 3
    rows = draw_held_out(labels, fraction, seed, of)
    left = np.setdiff1d(np.arange(len(of)), rows)
    assert not set(of[rows]) & set(of[left])
    assert set(labels[left]) == {0, 1, 2}
    total, size = np.bincount(labels), max(1, round(fraction * len(of)))

    def distance(held: np.ndarray) -> float:
        return float(abs(held - total * size / len(of)).sum())

    held = np.bincount(labels[rows], minlength=3)
    for group in set(of[left]):
        more = held + np.bincount(labels[of == group], minlength=3)
        assert distance(more) > distance(held) - 1e-9 or (more == total).any()


def test_a_model_that_knows_the_groups_is_not_selected_for_it(tmp_path: Path) -> None:
    """One neighbour recognises a patient, which helps only where others of its rows are seen."""
    random = np.random.default_rng(1)
    groups, patients = np.repeat(np.arange(200), 4), random.normal(size=(200, 2))
    labels = (patients[:, 0] + random.normal(size=200) > 0).astype(np.int32)[groups]
    inputs = (patients[groups] + 0.01 * random.normal(size=(800, 2))).astype(np.float32)
    names = np.char.add("p", groups.astype(str))
    train, test = np.arange(600), np.arange(600, 800)
    alone = DataArrays(inputs[train], labels[train], inputs[test], labels[test], ("a", "b"))
    grouped = replace(alone, is_drawn=True, train_groups=names[train], test_groups=names[test])
    chosen = {}
    for name, arrays in (("alone", alone), ("grouped", grouped)):
        with trained_here(lambda arrays=arrays: arrays):  # type: ignore[misc]
            chosen[name] = selected(room.run_sweep(make_request(tmp_path), Mock(spec=Reporter))[0])
    assert chosen["alone"] == 1
    assert chosen["grouped"] != 1


def test_a_sweep_needs_two_groups_to_hold_out(tmp_path: Path) -> None:
    """The variance between groups would be unknown."""
    arrays = replace(make_arrays(), is_drawn=True, train_groups=np.array(["a", "b"]).repeat(60))
    with trained_here(lambda: arrays), pytest.raises(DataDamaged, match="two of the 2 groups"):
        room.run_sweep(make_request(tmp_path), Mock(spec=Reporter))


def test_runs_are_named_by_their_configuration(tmp_path: Path) -> None:
    """Progress and errors tell the runs of a sweep apart."""
    titles: list[str] = []

    def complete(
        prepared: Prepared, planned: Sequence[PlannedRun], reporter: Reporter
    ) -> Completed:
        titles.extend(run.title for run in planned)
        return fit_here(prepared, planned, reporter)

    weights = {"models.knn.options.weights": ["uniform", "distance"]}
    request = make_request(tmp_path, **weights, **{"models.knn.options.n_neighbors": [1, 3]})
    with trained_here(make_arrays, complete):
        room.run_sweep(request, Mock(spec=Reporter))
    assert len(set(titles)) == 4
    assert "knn, sweep with n_neighbors 3 and weights distance" in titles


def test_a_configuration_that_fails_is_left_out(tmp_path: Path) -> None:
    """It has no score; one that diverged is not trained again, and all failing is an error."""
    asked: list[int] = []

    def fail_from(
        worst: int, prepared: Prepared, planned: Sequence[PlannedRun], reporter: Reporter
    ) -> Completed:
        asked.append(len(planned))
        reason = f"training knn failed: the loss became nan; {room.DIVERGED}"
        failed = {run.key: reason for run in planned if neighbors_of(run) >= worst}
        if failed:
            error = TrainingFailed("it failed")
            error.failed = failed
            raise error
        return fit_here(prepared, planned, reporter)

    request, reporter = make_request(tmp_path), Mock(spec=Reporter)
    with trained_here(make_arrays, partial(fail_from, 5)):
        found, swept = room.run_sweep(request, reporter)
        assert swept is not None
        assert [trial.failed for trial in swept.record.models[0].trials] == [False] * 2 + [True] * 3
        assert swept.predicted["knn"].shape == (2, 30)
        assert selected(found) in NEIGHBORS[:2]
        assert reporter.warn.call_count == 3
        room.run_sweep(request, reporter)
    assert asked == [5, 2, 2]
    with (
        trained_here(make_arrays, partial(fail_from, 0)),
        pytest.raises(TrainingFailed, match="all 5 configurations of the sweep failed"),
    ):
        room.run_sweep(make_request(tmp_path / "other"), reporter)


def test_optuna_suggests_the_same_each_time(tmp_path: Path) -> None:
    """Among the values that are named, as many as are asked for, learning from their scores."""
    pytest.importorskip("optuna")
    request = make_request(
        tmp_path,
        design="optuna",
        count=12,
        **{"models.knn.options.p": {"linear": [1.0, 3.0]}, "models.knn.options.leaf_size": [9, 30]},
    )
    with trained_here(make_arrays):
        _, first = room.run_sweep(request, Mock(spec=Reporter))
        _, second = room.run_sweep(request, Mock(spec=Reporter))
    assert first is not None and second is not None
    assert first.record == second.record
    trials = first.record.models[0].trials
    assert len(trials) == 12
    for trial in trials:
        values: Mapping[str, Any] = trial.values
        assert values["options.n_neighbors"] in NEIGHBORS
        assert 1.0 <= values["options.p"] <= 3.0


def test_optuna_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(suggestions, "find_spec", lambda _: None)
    request = make_request(tmp_path, design="optuna", count=2)
    with (
        trained_here(make_arrays),
        pytest.raises(ReportgenError, match=r"pip install 'reportgen\[sweep\]'"),
    ):
        room.run_sweep(request, Mock(spec=Reporter))


EXPERIMENT = """
title = "Sweep"
[data]
name = "digits"
train_limit = 200
test_limit = 100
[training]
epochs = 1
seeds = [0, 1]
validation_fraction = 0.25
[[models]]
name = "MLP"
architecture = "mlp"
options = { hidden = [16] }
[[models]]
name = "KNN"
estimator = "sklearn.neighbors:KNeighborsClassifier"
[sweep]
"training.learning_rate" = [0.001, 0.01]
"models.knn.options.n_neighbors" = [1, 3, 25]
"""


@pytest.mark.slow
def test_runs_of_a_sweep_are_kept_and_agree_with_its_settings(tmp_path: Path) -> None:
    """They are runs of the store: explained, reused where nothing changes, without weights."""
    file = tmp_path / "sweep.toml"
    file.write_text(EXPERIMENT)
    request = BuildRequest(str(file), (), tmp_path / "output", formats=("html",), workers=1)
    before = explain_build(request, Mock(spec=Reporter))
    assert (before.studies[0].study, before.studies[0].missing) == ("sweep", 5)
    assert {str(reason) for run in before.runs for reason in run.reasons} == {
        "with the settings that the sweep will select"
    }
    evidence = carry(request, Mock(spec=Reporter), "reportgen build sweep.toml").evidence
    assert list(check_evidence(evidence)) == []
    assert evidence.header.sweep is not None
    store = Store(tmp_path / "output" / "store")
    for model in evidence.header.sweep.models:
        for key in (key for trial in model.trials for key in trial.keys):
            entry = store.read("run", key)
            assert entry is not None
            assert list(entry.files) == ["predictions.npz"]
    after = explain_build(request, Mock(spec=Reporter))
    assert (after.studies[0].total, after.studies[0].missing) == (5, 0)
    assert {run.action for run in after.runs} == {"reuse"}
    # Another test set trains no configuration anew, and other seeds only the selected ones.
    other = replace(request, overrides=("data.test_limit=50",))
    assert explain_build(other, Mock(spec=Reporter)).studies[0].missing == 0
    more = replace(request, overrides=("sweep.training.learning_rate=[0.001, 0.01, 0.1]",))
    assert explain_build(more, Mock(spec=Reporter)).studies[0].missing == 1
