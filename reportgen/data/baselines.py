"""Older methods, fitted on the same training set, to measure the networks against."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.data.arrays import DataArrays, Inputs, Labels
from reportgen.results.records import Baseline

SMOOTHING = 0.1
"""Share of the largest pixel variance added to all variances of naive Bayes.

scikit-learn's default, 1e-9, leaves border pixels that are blank in a whole class with almost no
variance, so that one stray dot there outweighs the rest of the image.
"""


def measure_baselines(images: DataArrays) -> tuple[tuple[Baseline, Labels], ...]:
    """Fit each baseline; return its record and its predicted classes on the test set, `[n]`.

    Pixels are in [0, 1]; float inputs are taken as they are. Seconds are of the wall clock.
    """
    # Importing scikit-learn takes a second, which a rebuild from the store must not pay.
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import NearestCentroid

    train, test = _pixels(images.train_inputs), _pixels(images.test_inputs)
    methods = (
        ("centroid", "Nearest class centroid", NearestCentroid()),
        ("naive-bayes", "Gaussian naive Bayes", GaussianNB(var_smoothing=SMOOTHING)),
    )
    return tuple(
        _measure(slug, name, method, train, images.train_labels, test)
        for slug, name, method in methods
    )


def _pixels(inputs: Inputs) -> NDArray[np.float32]:
    flat = inputs.reshape(len(inputs), -1).astype(np.float32)
    return flat / np.float32(255) if inputs.dtype == np.uint8 else flat


def _measure(
    slug: str,
    name: str,
    method: Any,
    train: NDArray[np.float32],
    labels: Labels,
    test: NDArray[np.float32],
) -> tuple[Baseline, Labels]:
    started = time.perf_counter()
    with warnings.catch_warnings():
        # A blank border has no spread within a class; the distance to the centroid needs none.
        warnings.filterwarnings("ignore", "self.within_class_std_dev_", UserWarning)
        method.fit(train, labels)
    fitted = time.perf_counter()
    predicted = method.predict(test).astype(np.int32)
    ended = time.perf_counter()
    record = Baseline(
        slug=slug, name=name, fit_seconds=fitted - started, predict_seconds=ended - fitted
    )
    return record, predicted
