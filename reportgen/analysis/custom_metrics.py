"""Measure the runs with metrics of the user's own, whose code runs here and nowhere else.

What they give is added to the evidence. Intervals and differences are computed from it as for the
shipped metrics, so that a report can be verified without running the user's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.metric_facts import measure_runs, read_runs
from reportgen.errors import PluginFailed
from reportgen.metrics import shipped_metrics
from reportgen.metrics.metric import Metric, Predictions
from reportgen.plugins import Plugin
from reportgen.plugins.loading import load_object, user_code
from reportgen.results.evidence import CustomMetric, Evidence


def measure_custom_metrics(evidence: Evidence, plugins: Mapping[str, Plugin]) -> Evidence:
    """Return the evidence with the metrics of `plugins`, by reference, of every run.

    Raises PluginFailed: the user's code raises, or returns what is no number.
    """
    slugs = tuple(dict.fromkeys(model for model, _ in evidence.runs))
    records: list[CustomMetric] = []
    influence: dict[tuple[str, str, int], NDArray[np.float32]] = {}
    for reference, plugin in plugins.items():
        metric = load_metric(plugin)
        _check_name(metric, plugin, [record.name for record in records])
        with user_code(plugin, "computing it"):
            measured = measure_runs([metric], read_runs(evidence, slugs))[metric.name]
        values = {slug: tuple(value for value, _ in own) for slug, own in measured.items()}
        _check_values(metric, plugin, values)
        records.append(_describe(metric, reference, plugin, values))
        for slug, own in measured.items():
            seeds = [seed for model, seed in evidence.runs if model == slug]
            for seed, (_, row) in zip(seeds, own, strict=True):
                if not np.isfinite(row).all():
                    raise PluginFailed(
                        f"{plugin.reference} returned no finite number where a part of the test "
                        "examples was left out, which gives its interval; return one for any part, "
                        "such as 0 where no example is of the class"
                    )
                influence[metric.name, slug, seed] = row.astype(np.float32)
    return replace(evidence.with_header(custom_metrics=tuple(records)), influence=influence)


def load_metric(plugin: Plugin) -> Metric:
    """Import a metric: what `@metric` made, or a function of true and predicted classes.

    Raises PluginFailed: it cannot be imported, or is neither of the two.
    """
    found = load_object(plugin)
    if isinstance(found, Metric):
        return found
    if not callable(found):
        raise PluginFailed(
            f"{plugin.reference} is {type(found).__name__}; give a function with the decorator "
            "reportgen.metrics.metric, or a function of true and predicted classes"
        )
    name = plugin.name.rpartition(".")[2]

    def compute(predictions: Predictions) -> float:
        return float(found(predictions.labels, predictions.predicted))

    return Metric(name, name.replace("_", " ").capitalize(), compute, bounds=(None, None))


def _check_name(metric: Metric, plugin: Plugin, others: Sequence[str]) -> None:
    """Make sure that the metric has a name of its own in paths and tables."""
    if not metric.name.isidentifier():
        raise PluginFailed(
            f"{plugin.reference} is named {metric.name!r}; give it a name of letters, digits and _"
        )
    if metric.name in shipped_metrics() or metric.name in others:
        raise PluginFailed(
            f"{plugin.reference} is named {metric.name}, like another metric; give it a name of "
            'its own: @metric("Title", name="my_name")'
        )


def _check_values(metric: Metric, plugin: Plugin, values: Mapping[str, tuple[float, ...]]) -> None:
    """Make sure that values are finite and within the metric's bounds."""
    low, high = metric.bounds
    for slug, found in values.items():
        for value in found:
            if not isfinite(value):
                raise PluginFailed(
                    f"{plugin.reference} returned {value} for a run of {slug}; return a finite "
                    "number"
                )
            if (low is not None and value < low) or (high is not None and value > high):
                raise PluginFailed(
                    f"{plugin.reference} returned {value} for a run of {slug}, beyond its bounds "
                    f"({low}, {high}); correct it, or give others: @metric(bounds=(None, None))"
                )


def _describe(
    metric: Metric, reference: str, plugin: Plugin, values: Mapping[str, tuple[float, ...]]
) -> CustomMetric:
    return CustomMetric(
        reference=reference,
        **CustomMetric.described_by(metric),
        digests=dict(plugin.digests),
        files=plugin.read_sources(),
        values=dict(values),
    )
