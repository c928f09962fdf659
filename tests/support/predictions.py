"""PredictionArrays of invented runs, with every prediction chosen by the test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reportgen.analysis.prediction_arrays import PredictionArrays


def make_predictions(labels: ArrayLike, predicted: ArrayLike, classes: int) -> PredictionArrays:
    """Return predictions of `predicted`, `[models, seeds, n]`; the training set is the test set."""
    truth = np.asarray(labels, dtype=np.int32)
    chosen = np.asarray(predicted, dtype=np.int32)
    return PredictionArrays(
        slugs=tuple(f"model-{index}" for index in range(chosen.shape[0])),
        seeds=(tuple(range(chosen.shape[1])),) * len(chosen),
        classes=classes,
        labels=truth,
        train_labels=truth,
        predicted=tuple(chosen),
        train_predicted=tuple(chosen),
        confidence=tuple(np.full(chosen.shape, 0.9)),
    )


def draw_correct(
    random: np.random.Generator,
    accuracies: tuple[float, ...],
    seeds: int,
    n: int,
    seed_spread: float | tuple[float, ...] = 0.0,
    difficulty: float = 1.5,
) -> NDArray[np.bool_]:
    """Return `[models, seeds, n]`: which examples each run gets right.

    A probit model: examples differ in difficulty, for all models and for each, and runs in skill.
    `accuracies` are the expected ones over examples and seeds; `seed_spread` is the standard
    deviation of skill over seeds, for all models or for each.
    """
    from scipy.special import ndtri

    own = 0.7 * (difficulty > 0)
    spread = np.broadcast_to(seed_spread, len(accuracies))[:, None, None]
    scale = np.sqrt(1 + difficulty**2 + own**2 + spread**2)
    shape = (len(accuracies), seeds, n)
    skill = ndtri(np.asarray(accuracies))[:, None, None] * scale
    skill = skill + random.normal(0, 1, (len(accuracies), seeds, 1)) * spread
    skill = skill + random.normal(0, 1, (len(accuracies), 1, n)) * own
    skill = skill + random.normal(0, 1, n) * difficulty
    return random.normal(0, 1, shape) < skill


def draw_predictions(
    random: np.random.Generator, labels: NDArray[np.int32], correct: NDArray[np.bool_], classes: int
) -> NDArray[np.int32]:
    """Return predictions that are right where `correct` says so, and else another class."""
    shift = random.integers(1, classes, labels.shape)
    return np.where(correct, labels, (labels + shift) % classes).astype(np.int32)
