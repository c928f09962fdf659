"""Metrics over the seeds of one model."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from reportgen.analysis.facts import CostSummary, Curve, LearningCurves, SeedSummary
from reportgen.analysis.prediction_arrays import Floats
from reportgen.results.records import RunRecord


def summarise(values: Sequence[float]) -> SeedSummary:
    """Return mean, sample standard deviation (n − 1) and range of one value for each seed."""
    array = np.asarray(values, dtype=np.float64)
    # The mean of equal values may be rounded beyond them: 99.49 % beside a range of 99.50 % alone.
    mean = float(np.clip(array.mean(), array.min(), array.max()))
    sd = sqrt(float(((array - mean) ** 2).sum()) / (len(array) - 1)) if len(array) > 1 else None
    return SeedSummary(
        mean=mean,
        sd=sd,
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
    runs = {
        name: [[getattr(epoch, name) for epoch in record.history[:epochs]] for record in records]
        for name in LearningCurves.model_fields
    }
    known = {name: all(None not in run for run in each) for name, each in runs.items()}
    return LearningCurves.model_validate(
        {name: average_curve(each) if known[name] else None for name, each in runs.items()}
    )


def average_curve(runs: Sequence[Sequence[float] | Floats]) -> Curve:
    """Return mean and range over the runs of a quantity that each has a series of."""
    values = np.array(runs, dtype=np.float64)
    return Curve(
        mean=tuple(values.mean(axis=0).tolist()),
        minimum=tuple(values.min(axis=0).tolist()),
        maximum=tuple(values.max(axis=0).tolist()),
    )
