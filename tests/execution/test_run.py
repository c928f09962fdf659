import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.data.subsets import draw_held_out, plan_validation, validate_on_clusters
from reportgen.execution.progress import Progress
from reportgen.execution.provenance import Commit
from reportgen.execution.run import train_run
from reportgen.results.records import Run
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from reportgen.training.fit import Diverged
from tests.support.factories import assert_same_evaluations
from tests.support.training import CLASSES, CPU, NO_COMMIT, SIDE, load, make_images, plan


@pytest.mark.slow
def test_result_holds_what_its_record_promises(tmp_path: Path) -> None:
    """Predictions, history, costs and provenance are there, in the promised shapes."""
    run, store, images = plan(validation_fraction=0.25), Store(tmp_path), make_images()
    reports: list[Progress] = []
    assert train_run(run, load(), store, CPU, Commit("ab" * 20, True), reports.append) == "trained"
    result = load_run(store, run.key)
    assert result is not None
    probabilities, costs = result.evaluations["test"].probabilities, result.record.costs
    provenance, history = result.record.provenance, result.record.history
    assert probabilities is not None and costs is not None and provenance is not None
    assert probabilities.shape == (len(images.test_labels), CLASSES)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert result.evaluations["train"].classes.shape == images.train_labels.shape
    assert (result.evaluations["test"].classes == images.test_labels).mean() > 0.8
    np.testing.assert_array_equal(result.evaluations["test"].classes, probabilities.argmax(axis=1))
    assert all(epoch.validation_accuracy is not None for epoch in history)
    assert costs.train_seconds == sum(epoch.seconds for epoch in history)
    assert costs.seconds_per_1000 > 0
    assert costs.peak_memory_bytes > 50 * 2**20
    assert (provenance.commit, provenance.dirty) == ("ab" * 20, True)
    assert (provenance.threads, provenance.device) == (1, "cpu")
    assert provenance.started <= provenance.ended
    assert [progress.state for progress in reports][:: len(reports) - 1] == ["started", "finished"]
    assert [progress.fraction for progress in reports] == sorted(p.fraction for p in reports)
    assert reports[-1].fraction == 1.0


@pytest.mark.slow
def test_diverged_run_is_an_error(tmp_path: Path) -> None:
    """A loss that is not a number ends the run, says what to do, and leaves no checkpoint."""
    run, store = plan(optimizer="sgd", std=1e-30), Store(tmp_path)
    with pytest.raises(Diverged, match=r"loss became (nan|inf).*learning_rate"):
        train_run(run, load(), store, CPU, NO_COMMIT, lambda _: None)
    assert store.keys("checkpoint") == ()
    assert store.keys("run") == ()


@pytest.mark.parametrize("changes", [{"dropout": 0.5}, {"noise": 0.2}])
def test_accuracy_without_dropout_is_that_of_the_trained_network(
    tmp_path: Path, changes: dict[str, float]
) -> None:
    """The last epoch's equals the evaluation of the network on the training set."""
    run, store = plan(**changes), Store(tmp_path)
    train_run(run, load(), store, CPU, NO_COMMIT, lambda _: None)
    result = load_run(store, run.key)
    assert result is not None
    right = result.evaluations["train"].classes == make_images().train_labels
    assert result.record.history[-1].clean_accuracy == right.mean()
    assert all(epoch.clean_accuracy is not None for epoch in result.record.history)


def test_nothing_is_measured_twice_where_nothing_is_dropped(tmp_path: Path) -> None:
    """Networks without dropout and augmentation have one accuracy for each epoch."""
    run, store = plan(), Store(tmp_path)
    train_run(run, load(), store, CPU, NO_COMMIT, lambda _: None)
    result = load_run(store, run.key)
    assert result is not None
    assert [epoch.clean_accuracy for epoch in result.record.history] == [None] * 3


def test_early_stopping_keeps_the_best_epoch(tmp_path: Path) -> None:
    """Training ends `patience` epochs after the best, whose weights are those that are kept."""
    changes = {"validation_fraction": 0.3, "learning_rate": 0.02, "noise": 0.3}
    early = plan(patience=2, epochs=40, **changes)
    store = Store(tmp_path)
    train_run(early, load(), store, CPU, NO_COMMIT, lambda _: None)
    stopped = load_run(store, early.key)
    assert stopped is not None and stopped.record.kept_epoch is not None
    losses = [epoch.validation_loss or math.inf for epoch in stopped.record.history]
    best = stopped.record.kept_epoch
    assert losses.index(min(losses)) + 1 == best == len(losses) - 2 < 38
    # The same training, ended after the best epoch.
    whole = plan(epochs=best, **changes)
    train_run(whole, load(), store, CPU, NO_COMMIT, lambda _: None)
    expected = load_run(store, whole.key)
    assert expected is not None
    assert_same_evaluations(stopped, expected)
    assert load_weights(store, early.key) == load_weights(store, whole.key)


def make_patients(patients: int = 60, images: int = 8) -> DataArrays:
    """Return images by which a patient is recognised, but not the class, which is drawn at random.

    The training set has whole patients; those of the test set are others.
    """
    random = np.random.default_rng(7)
    faces = random.integers(0, 256, (patients + 20, 1, SIDE, SIDE))
    classes = random.integers(0, CLASSES, patients + 20).astype(np.int32)
    of = np.repeat(np.arange(patients + 20), images)
    pixels = np.clip(faces[of] + random.normal(0, 8, (len(of), 1, SIDE, SIDE)), 0, 255)
    order = random.permutation(patients * images)
    train, test = order, np.arange(patients * images, len(of))
    names = np.char.add("patient ", of.astype(np.str_))
    return DataArrays(
        pixels[train].astype(np.uint8),
        classes[of[train]],
        pixels[test].astype(np.uint8),
        classes[of[test]],
        tuple("abcd"),
        train_groups=names[train],
        test_groups=names[test],
    )


def train_on(images: DataArrays, run: PlannedRun, store: Store) -> Run:
    """Return a run that is trained on images."""
    train_run(run, load(images), store, CPU, NO_COMMIT, lambda _: None, images.train_clusters)
    found = load_run(store, run.key)
    assert found is not None
    return found


def test_a_network_is_validated_on_patients_that_it_has_not_seen(tmp_path: Path) -> None:
    """One that recognises patients is right about others of their images, and no more."""
    images, store = make_patients(), Store(tmp_path)
    run = plan(validation_fraction=0.25, epochs=12)
    by_row = train_on(replace(images, train_groups=None), run, store)
    grouped = plan_validation(run, images)
    by_patient = train_on(images, grouped, store)
    last, of_patients = by_row.record.history[-1], by_patient.record.history[-1]
    assert last.validation_accuracy is not None and last.validation_accuracy > 0.95
    assert of_patients.validation_accuracy is not None and of_patients.validation_accuracy < 0.5
    assert of_patients.accuracy > 0.95


def test_the_validation_examples_are_the_groups_that_the_seed_draws(tmp_path: Path) -> None:
    """What is measured on them is what the trained network gives for them."""
    images, store = make_patients(), Store(tmp_path)
    for seed in (0, 1):
        run = plan_validation(plan(validation_fraction=0.25, seed=seed), images)
        found = train_on(images, run, store)
        rows = draw_held_out(images.train_labels, 0.25, seed, images.train_clusters)
        right = found.evaluations["train"].classes == images.train_labels
        assert found.record.history[-1].validation_accuracy == right[rows].mean()


def test_training_does_not_stop_early_without_groups_to_validate_on(tmp_path: Path) -> None:
    """As on a part of the training set in which each class has one group."""
    images, store = make_images(), Store(tmp_path)
    clusters = images.train_labels
    spec = validate_on_clusters(
        plan(validation_fraction=0.25, patience=1).ingredients, clusters, clusters
    )
    assert spec.validation is not None and spec.validation.size == 0
    run = plan().changed_to(spec)
    train_run(run, load(), store, CPU, NO_COMMIT, lambda _: None, clusters)
    found = load_run(store, run.key)
    assert found is not None
    assert len(found.record.history) == 3
    assert found.record.kept_epoch is None


def test_a_resumed_run_holds_out_the_same_groups(tmp_path: Path) -> None:
    """It ends with the weights and the history of a run that was not interrupted."""
    images = make_patients()
    run = plan_validation(plan(validation_fraction=0.25, patience=3, epochs=5), images)
    whole = train_on(images, run, Store(tmp_path / "whole"))

    def stop(progress: Progress) -> None:
        if progress.state == "training" and progress.epoch == 2:
            raise InterruptedError

    store = Store(tmp_path / "stopped")
    with pytest.raises(InterruptedError):
        train_run(run, load(images), store, CPU, NO_COMMIT, stop, images.train_clusters)
    assert store.keys("checkpoint") == (run.key,)
    resumed = train_on(images, run, store)
    assert_same_evaluations(resumed, whole)
    measures = [[each.measures for each in found.record.history] for found in (resumed, whole)]
    assert measures[0] == measures[1]
