"""Metrics over the seeds of one model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reportgen.analysis.facts import CostSummary, Curve, LearningCurves, SeedSummary
from reportgen.analysis.prediction_arrays import Floats
from reportgen.results.records import Epoch, RunRecord


def summarise(values: Sequence[float]) -> SeedSummary:
    """Return mean, sample standard deviation (n − 1) and range of one value for each seed."""
    array = np.asarray(values, dtype=np.float64)
    return SeedSummary(
        mean=float(array.mean()),
        sd=float(array.std(ddof=1)) if len(array) > 1 else None,
        minimum=float(array.min()),
        maximum=float(array.max()),
        values=tuple(array.tolist()),
    )


def summarise_costs(records: Sequence[RunRecord]) -> CostSummary | None:
    """Return what the runs of one model cost; None where that is not known of every run."""
    costs = [record.costs for record in records if record.costs]
    if len(costs) < len(records):
        return None
    return CostSummary(
        train_seconds=summarise([cost.train_seconds for cost in costs]),
        seconds_per_1000=summarise([cost.seconds_per_1000 for cost in costs]),
        peak_memory_bytes=summarise([cost.peak_memory_bytes for cost in costs]),
    )


def average_curves(records: Sequence[RunRecord]) -> LearningCurves | None:
    """Return the learning curves of one model's runs, over the epochs that all of them have.

    None where a run was not trained by epochs.
    """
    epochs = min(len(record.history) for record in records)
    if not epochs:
        return None
    histories = [record.history[:epochs] for record in records]
    validated = all(
        epoch.validation_loss is not None and epoch.validation_accuracy is not None
        for history in histories
        for epoch in history
    )
    is_clean = all(epoch.clean_accuracy is not None for history in histories for epoch in history)
    return LearningCurves(
        loss=_curve(histories, "loss"),
        accuracy=_curve(histories, "accuracy"),
        validation_loss=_curve(histories, "validation_loss") if validated else None,
        validation_accuracy=_curve(histories, "validation_accuracy") if validated else None,
        clean_accuracy=_curve(histories, "clean_accuracy") if is_clean else None,
    )


def _curve(histories: Sequence[Sequence[Epoch]], quantity: str) -> Curve:
    return average_curve([[getattr(epoch, quantity) for epoch in history] for history in histories])


def average_curve(runs: Sequence[Sequence[float] | Floats]) -> Curve:
    """Return mean and range over the runs of a quantity that each has a series of."""
    values = np.array(runs, dtype=np.float64)
    return Curve(
        mean=tuple(values.mean(axis=0).tolist()),
        minimum=tuple(values.min(axis=0).tolist()),
        maximum=tuple(values.max(axis=0).tolist()),
    )
