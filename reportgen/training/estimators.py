"""A scikit-learn estimator from its construction to its evaluations; loads no torch."""

from __future__ import annotations

import logging
import random
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.spec import RunSpec
from reportgen.errors import PluginFailed
from reportgen.plugins import Plugin
from reportgen.plugins.loading import build_estimator, user_code
from reportgen.results.records import Evaluation

LOG = logging.getLogger(__name__)

RANDOM_STATE = "random_state"

ROW_TOLERANCE = 1e-3
"""How far a row of probabilities may miss 1."""


@dataclass(frozen=True)
class Fitted:
    """What an estimator predicts, and how long it took."""

    evaluations: Mapping[str, Evaluation]
    fit_seconds: float
    predict_seconds: float
    """For the test set."""


def make_estimator(spec: RunSpec, plugin: Plugin) -> Any:
    """Return the estimator of a run, seeded wherever it takes `random_state`.

    Raises PluginFailed: it cannot be made, or is no estimator.
    """
    random.seed(spec.seed)
    np.random.seed(spec.seed)
    estimator = build_estimator(plugin, spec.options)
    if hasattr(estimator, "get_params") and hasattr(estimator, "set_params"):
        with user_code(plugin, "seeding the estimator"):
            names = [name for name in estimator.get_params() if _is_seed(name)]
            estimator.set_params(**dict.fromkeys(names, spec.seed))
    return estimator


def fit_estimator(
    spec: RunSpec,
    plugin: Plugin,
    train_inputs: NDArray[Any],
    train_labels: NDArray[np.int32],
    test_inputs: NDArray[Any],
) -> Fitted:
    """Fit the estimator of a run, and evaluate it on both sets, in one thread.

    Inputs are flattened to `[n, features]`; pixels are scaled to [0, 1], features of a table are
    passed on as they are. Warnings are logged. Raises PluginFailed: it cannot be made or fitted, or
    predicts what makes no sense.
    """
    from threadpoolctl import threadpool_limits

    estimator = make_estimator(spec, plugin)
    train, test = flatten(train_inputs), flatten(test_inputs)
    with threadpool_limits(1), logged_warnings(plugin), user_code(plugin, "fitting it"):
        started = time.perf_counter()
        estimator.fit(train, train_labels)
        fitted = time.perf_counter()
        evaluation = _predict(estimator, test, spec, plugin)
        predicted = time.perf_counter()
        train_classes = _classes(estimator.predict(train), len(train), spec, plugin)
    evaluations = {"test": evaluation, "train": Evaluation(train_classes, None)}
    return Fitted(evaluations, fitted - started, predicted - fitted)


def flatten(inputs: NDArray[Any]) -> NDArray[np.float32]:
    """Return inputs as float32 `[n, features]`; pixels are scaled to [0, 1]."""
    flat = inputs.reshape(len(inputs), -1)
    scale = np.float32(255) if inputs.dtype == np.uint8 else np.float32(1)
    return flat.astype(np.float32) / scale


@contextmanager
def logged_warnings(plugin: Plugin) -> Iterator[None]:
    """Log each kind of warning once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # A blank border has no spread within a class; the distance to the centroid needs none.
        warnings.filterwarnings("ignore", "self.within_class_std_dev_", UserWarning)
        yield
    for message in dict.fromkeys(str(item.message).split("\n")[0] for item in caught):
        LOG.warning("%s: %s", plugin.reference, message)


def _predict(
    estimator: Any, inputs: NDArray[np.float32], spec: RunSpec, plugin: Plugin
) -> Evaluation:
    classes = _classes(estimator.predict(inputs), len(inputs), spec, plugin)
    if not hasattr(estimator, "predict_proba"):
        return Evaluation(classes, None)
    given = np.asarray(estimator.predict_proba(inputs), dtype=np.float64)
    known = np.asarray(getattr(estimator, "classes_", np.arange(spec.classes)))
    if given.shape != (len(inputs), len(known)):
        raise PluginFailed(
            f"{plugin.reference}: predict_proba returns {_shape(given)} for {len(inputs)} examples "
            f"of {len(known)} classes"
        )
    probabilities = np.zeros((len(inputs), spec.classes))
    probabilities[:, known.astype(np.int64)] = given
    sums = probabilities.sum(axis=1)
    if not np.isfinite(given).all() or (given < 0).any() or np.abs(sums - 1).max() > ROW_TOLERANCE:
        raise PluginFailed(
            f"{plugin.reference}: predict_proba returns rows that are no probabilities; each must "
            "be at least 0 and sum to 1"
        )
    return Evaluation(classes, probabilities.astype(np.float32))


def _classes(given: Any, count: int, spec: RunSpec, plugin: Plugin) -> NDArray[np.int32]:
    found = np.asarray(given)
    if found.shape != (count,):
        raise PluginFailed(
            f"{plugin.reference}: predict returns {_shape(found)} for {count} examples; "
            "it must return one class for each"
        )
    classes = found.astype(np.int32) if found.dtype.kind in "iufb" else np.full(count, -1, np.int32)
    if (classes != found).any() or classes.min() < 0 or classes.max() >= spec.classes:
        raise PluginFailed(
            f"{plugin.reference}: predict returns values that are none of the classes it was "
            f"fitted to, 0 to {spec.classes - 1}"
        )
    return classes


def _shape(array: NDArray[Any]) -> str:
    return " × ".join(map(str, array.shape)) or "a single value"


def _is_seed(name: str) -> bool:
    return name == RANDOM_STATE or name.endswith(f"__{RANDOM_STATE}")
