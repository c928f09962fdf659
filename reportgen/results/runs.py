"""Runs in the store: a `Run` as JSON and arrays, with the trained weights beside them."""

from __future__ import annotations

import logging
import math
from typing import Any

from numpy.typing import NDArray
from pydantic import ValidationError

from reportgen.config.keys import digest
from reportgen.errors import TrainingFailed
from reportgen.results.arrays import (
    UnfitArray,
    check_array,
    check_classes,
    check_probabilities,
    pack_arrays,
    pack_classes,
    take_classes,
    unpack_arrays,
)
from reportgen.results.records import Evaluation, Ingredients, Run, RunRecord
from reportgen.results.store import Entry, Store

LOG = logging.getLogger(__name__)

PREDICTIONS = "predictions.npz"
WEIGHTS = "weights.safetensors"


def save_run(store: Store, run: Run, weights: bytes | None) -> None:
    """Keep a run under its key; `weights` are safetensors, None where there are none to keep.

    A study or sweep compares the classes that its runs predict for the test set, and nothing else
    of them is kept. Raises TrainingFailed where the training diverged (a loss or a probability is
    not a number), and StoreError where the run cannot be written.
    """
    try:
        _check(run)
    except UnfitArray as problem:
        hint = "; a lower training.learning_rate may help" if run.spec.training else ""
        raise TrainingFailed(
            f"run {run.key[:12]} ({run.spec.reference}, seed {run.spec.seed}) "
            f"has no usable result: {problem}{hint}"
        ) from problem
    if not run.record.ingredients.is_ordinary:
        sets = {name: each for name, each in run.evaluations.items() if name != "train"}
        kept = {name: Evaluation(each.classes, None) for name, each in sets.items()}
        run, weights = Run(run.record, kept), None
    files = {PREDICTIONS: pack_arrays(_evaluation_arrays(run))}
    if weights is not None:
        files[WEIGHTS] = weights
    store.write("run", run.key, run.record.model_dump(mode="json"), files)


def load_run(store: Store, key: str) -> Run | None:
    """Return the run of this key, or None where no valid one is kept; raises StoreError."""

    def decode(entry: Entry) -> Run:
        run = _decode(entry)
        if run.key != key:
            raise UnfitArray(f"it is the run {run.key[:12]}")
        _check(run)
        return run

    return store.load("run", key, decode)


def load_weights(store: Store, key: str) -> bytes | None:
    """Return the weights of a run as safetensors bytes, or None where no whole run is kept."""
    entry = store.read("run", key)
    return None if entry is None else entry.files.get(WEIGHTS)


def kept_ingredients(store: Store) -> tuple[Ingredients, ...]:
    """Return the ingredients of every run in the store, in the order of their keys."""
    found = []
    for key in store.keys("run"):
        record = store.read_record("run", key)
        if record is None:
            continue
        try:
            found.append(RunRecord.model_validate(record).ingredients)
        except ValidationError as problem:
            # Only `load_run` decides what is damaged.
            LOG.debug("run %s is left out: %s", key, str(problem).splitlines()[0])
    return tuple(found)


def _evaluation_arrays(run: Run) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, evaluation in run.evaluations.items():
        arrays[f"{name}/classes"] = pack_classes(evaluation.classes, run.spec.classes)
        if evaluation.probabilities is not None:
            arrays[f"{name}/probabilities"] = evaluation.probabilities
    return arrays


def _decode(entry: Entry) -> Run:
    record = RunRecord.model_validate(entry.record)
    arrays = unpack_arrays(entry.files[PREDICTIONS])
    has_weights = record.spec.kind == "network" and record.ingredients.is_ordinary
    if has_weights and WEIGHTS not in entry.files:
        raise UnfitArray(f"{WEIGHTS} is missing")
    sets = dict.fromkeys(name.partition("/")[0] for name in arrays)
    return Run(
        record,
        {
            name: Evaluation(
                classes=take_classes(arrays, f"{name}/classes", record.spec.classes, None),
                probabilities=arrays.get(f"{name}/probabilities"),
            )
            for name in sets
        },
    )


def _check(run: Run) -> None:
    """Check a run against its ingredients; raises UnfitArray."""
    record, spec = run.record, run.spec
    if digest(record.ingredients) != record.key:
        raise UnfitArray("the key is not the digest of the ingredients")
    epochs = spec.training.epochs if spec.training else 0
    stops_early = spec.training is not None and spec.training.patience > 0
    if not (1 if stops_early else epochs) <= len(record.history) <= epochs:
        raise UnfitArray(f"{len(record.history)} epochs instead of {epochs}")
    values = (value for epoch in record.history for value in epoch.measures)
    if not all(value is None or math.isfinite(value) for value in values):
        raise UnfitArray("the history contains values that are not finite")
    if "test" not in run.evaluations:
        raise UnfitArray("the test set was not evaluated")
    for name, evaluation in run.evaluations.items():
        _check_evaluation(name, evaluation, spec.classes)


def _check_evaluation(name: str, evaluation: Evaluation, classes: int) -> None:
    check_array(evaluation.classes, f"{name}/classes", "int32", (None,))
    check_classes(evaluation.classes, f"{name}/classes", classes)
    if evaluation.probabilities is not None:
        shape = (len(evaluation.classes), classes)
        check_array(evaluation.probabilities, f"{name}/probabilities", "float32", shape)
        check_probabilities(evaluation.probabilities, f"{name}/probabilities")
