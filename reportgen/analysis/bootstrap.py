"""The stratified bootstrap over test examples, for all runs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.metrics import divide
from reportgen.analysis.prediction_arrays import Counts, Floats, PredictionArrays

CHUNK = 4_000_000
"""How many pattern counts are held in memory at once."""


@dataclass(frozen=True)
class Bootstrap:
    """Metrics of every run on every resample of the test set."""

    accuracy: Floats
    """`[resamples, models, seeds]`"""
    f1: Floats
    """`[resamples, models, seeds, classes]`"""

    @property
    def macro_f1(self) -> Floats:
        """`[resamples, models, seeds]`"""
        return np.asarray(self.f1.mean(axis=-1))


def resample(predictions: PredictionArrays, resamples: int, seed: int) -> Bootstrap:
    """Draw stratified bootstrap resamples of the test set, the same for all runs.

    Within each class, examples are drawn with replacement (Davison & Hinkley 1997, Bootstrap
    Methods, ch. 3). Examples with the same label and the same predictions in all runs are
    interchangeable, so that their counts are drawn as a multinomial: the same distribution as
    that of drawing indices, at a fraction of the cost.
    """
    labels, predicted, counts = _patterns(predictions)
    random = np.random.default_rng(seed)
    true_positives, chosen = _indicators(labels, predicted, predictions.classes)
    support = np.bincount(predictions.labels, minlength=predictions.classes)
    step = max(1, CHUNK // len(counts))
    parts = [
        _score(
            _draw(random, labels, counts, min(step, resamples - start)),
            true_positives,
            chosen,
            support,
        )
        for start in range(0, resamples, step)
    ]
    shape = (resamples, *predictions.predicted.shape[:2])
    return Bootstrap(
        accuracy=np.concatenate([accuracy for accuracy, _ in parts]).reshape(shape),
        f1=np.concatenate([f1 for _, f1 in parts]).reshape(*shape, predictions.classes),
    )


def _patterns(predictions: PredictionArrays) -> tuple[Counts, Counts, Counts]:
    """Return labels `[patterns]`, predictions `[patterns, runs]` and how often each occurs."""
    runs = predictions.predicted.reshape(-1, len(predictions.labels))
    rows, counts = np.unique(
        np.column_stack([predictions.labels, runs.T]), axis=0, return_counts=True
    )
    return rows[:, 0].astype(np.int64), rows[:, 1:].astype(np.int64), counts


def _indicators(labels: Counts, predicted: Counts, classes: int) -> tuple[Floats, Floats]:
    """Return true_positives and choices, `[patterns, runs, classes]`, as zeros and ones."""
    chosen = predicted[:, :, None] == np.arange(classes)
    true_positives = chosen & (predicted == labels[:, None])[:, :, None]
    return true_positives.astype(np.float64), chosen.astype(np.float64)


def _draw(random: np.random.Generator, labels: Counts, counts: Counts, size: int) -> Floats:
    """Return `size` resamples as counts of each pattern, `[size, patterns]`."""
    drawn = np.empty((size, len(counts)))
    for label in np.unique(labels):
        members = labels == label
        total = counts[members].sum()
        drawn[:, members] = random.multinomial(total, counts[members] / total, size)
    return drawn


def _score(
    drawn: Floats, true_positives: Floats, chosen: Floats, support: Counts
) -> tuple[Floats, Floats]:
    """Return accuracy `[size, runs]` and F1 `[size, runs, classes]` of resamples."""
    shape = (len(drawn), *true_positives.shape[1:])
    right = (drawn @ true_positives.reshape(len(true_positives), -1)).reshape(shape)
    named = (drawn @ chosen.reshape(len(chosen), -1)).reshape(shape)
    return right.sum(axis=-1) / support.sum(), divide(2 * right, named + support)
