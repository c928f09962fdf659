"""Runs in the store: a `RunResult` as JSON and arrays, with the trained weights beside them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

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
from reportgen.results.records import (
    Costs,
    Epoch,
    Ingredients,
    ModelSummary,
    Provenance,
    Record,
    RunResult,
)
from reportgen.results.store import Entry, Store

LOG = logging.getLogger(__name__)

PREDICTIONS = "predictions.npz"
WEIGHTS = "weights.safetensors"


class KeptRun(Record):
    """The JSON part of a run in the store."""

    ingredients: Ingredients
    summary: ModelSummary
    history: tuple[Epoch, ...]
    costs: Costs
    provenance: Provenance


def save_run(store: Store, result: RunResult, weights: bytes) -> None:
    """Keep a run with its weights (safetensors) under its key.

    Raises:
        TrainingFailed: the training diverged: a loss or a probability is not a number.
        StoreError: it cannot be written.
    """
    try:
        _check(result)
    except UnfitArray as problem:
        raise TrainingFailed(
            f"run {result.key[:12]} ({result.spec.architecture}, seed {result.spec.seed}) "
            f"left no usable result: {problem}; a lower training.learning_rate may help"
        ) from problem
    record = KeptRun(
        ingredients=result.ingredients,
        summary=result.summary,
        history=result.history,
        costs=result.costs,
        provenance=result.provenance,
    )
    predictions = pack_arrays(
        {
            "probabilities": result.probabilities,
            "train_predictions": pack_classes(result.train_predictions, result.spec.classes),
        }
    )
    files = {PREDICTIONS: predictions, WEIGHTS: weights}
    store.write("run", result.key, record.model_dump(mode="json"), files)


def load_run(store: Store, key: str) -> RunResult | None:
    """Return the run of this key, or None where no whole and sensible one is kept.

    Raises:
        StoreError: the store cannot be read.
    """
    entry = store.read("run", key)
    if entry is None:
        return None
    try:
        result = _decode(entry, key)
        _check(result)
    except (ValidationError, UnfitArray, KeyError) as problem:
        # The digests are right, so this was written wrong; it must make room for a new run.
        store.set_aside("run", key, entry, _first_line(problem))
        return None
    return result


def load_weights(store: Store, key: str) -> bytes | None:
    """Return the weights of a run as safetensors bytes, or None where no whole run is kept."""
    entry = store.read("run", key)
    return None if entry is None else entry.files.get(WEIGHTS)


def kept_ingredients(store: Store) -> tuple[Ingredients, ...]:
    """Return the ingredients of every run in the store, in the order of their keys."""
    return tuple(_read_ingredients(store))


def _read_ingredients(store: Store) -> Iterator[Ingredients]:
    for key in store.keys("run"):
        record = store.read_record("run", key)
        if record is None:
            continue
        try:
            yield KeptRun.model_validate(record).ingredients
        except ValidationError as problem:
            # Only `load_run` decides what is damaged.
            LOG.debug("run %s is left out: %s", key, _first_line(problem))


def _decode(entry: Entry, key: str) -> RunResult:
    kept = KeptRun.model_validate(entry.record)
    arrays = unpack_arrays(entry.files[PREDICTIONS])
    if WEIGHTS not in entry.files:
        raise UnfitArray(f"{WEIGHTS} is missing")
    return RunResult(
        key=key,
        ingredients=kept.ingredients,
        summary=kept.summary,
        history=kept.history,
        costs=kept.costs,
        provenance=kept.provenance,
        probabilities=arrays["probabilities"],
        train_predictions=take_classes(
            arrays, "train_predictions", kept.ingredients.spec.classes, None
        ),
    )


def _check(result: RunResult) -> None:
    """Make sure that a run is what its key promises; raises UnfitArray."""
    if digest(result.ingredients) != result.key:
        raise UnfitArray("the key is not the digest of the ingredients")
    if len(result.history) != result.spec.epochs:
        raise UnfitArray(f"{len(result.history)} epochs instead of {result.spec.epochs}")
    if not all(_is_finite(epoch) for epoch in result.history):
        raise UnfitArray("the history holds values that are no numbers")
    classes = result.spec.classes
    check_array(result.probabilities, "probabilities", "float32", (None, classes))
    check_probabilities(result.probabilities, "probabilities")
    check_array(result.train_predictions, "train_predictions", "int32", (None,))
    check_classes(result.train_predictions, "train_predictions", classes)


def _is_finite(epoch: Epoch) -> bool:
    values = (epoch.loss, epoch.accuracy, epoch.validation_loss, epoch.validation_accuracy)
    return all(value is None or math.isfinite(value) for value in values)


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0]
