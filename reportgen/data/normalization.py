"""Scaling of the features of tables and of float images before training.

uint8 images are not changed: training normalises them by level, in a quarter of the memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Normalization
from reportgen.errors import DataDamaged

Floats = NDArray[np.float64] | NDArray[np.float32]
Scale = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Mean and standard deviation, each of a shape that fits the inputs."""


def normalize_floats(
    train: Floats, test: Floats, settings: Normalization
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (inputs − mean) / std as float32, where `settings` ask for it.

    By default mean and std are those of each feature, `[n, features]`, or of each channel,
    `[n, channels, height, width]`, over the training set. A feature that is constant becomes 0.
    Raises DataDamaged where a value is out of the range of float32.
    """
    scale = _scale(train, settings)
    if scale is not None:
        train, test = ((inputs - scale[0]) / scale[1] for inputs in (train, test))
    largest = max(float(np.abs(inputs).max(initial=0)) for inputs in (train, test))
    if largest > np.finfo(np.float32).max:
        raise DataDamaged(f"the inputs reach {largest:g}, which is out of the range of float32")
    return train.astype(np.float32), test.astype(np.float32)


def _scale(train: Floats, settings: Normalization) -> Scale | None:
    given = settings.mean is not None or settings.std is not None
    if given:
        mean = 0.0 if settings.mean is None else settings.mean
        std = 1.0 if settings.std is None else settings.std
        return _per_channel(mean, train.ndim), _per_channel(std, train.ndim)
    if settings.standardize is False:
        return None
    axes = (0, *range(2, train.ndim))
    values = train.astype(np.float64)
    std = values.std(axis=axes, keepdims=True)
    return values.mean(axis=axes, keepdims=True), np.where(std > 0, std, 1.0)


def _per_channel(numbers: float | tuple[float, ...], dimensions: int) -> NDArray[np.float64]:
    """Return one number, or one for each channel, in a shape that fits the inputs."""
    array = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
    return array.reshape(1, -1, *(1,) * (dimensions - 2))
