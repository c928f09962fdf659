"""The metrics that an experiment asks for: of each model, and of each pair of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy.special import ndtri

from reportgen.analysis.comparisons import Scale
from reportgen.analysis.contrasts import Estimates, contrast
from reportgen.analysis.facts import (
    Difference,
    Interval,
    MetricFacts,
    ModelFacts,
    ModelMetric,
    PairFacts,
)
from reportgen.analysis.intervals import wilson_interval
from reportgen.analysis.prediction_arrays import Floats
from reportgen.analysis.summaries import summarise
from reportgen.config.schema import Experiment
from reportgen.errors import ConfigurationError, Problem
from reportgen.metrics import Metric, Predictions, shipped_metrics
from reportgen.results.evidence import CustomMetric, Evidence


@dataclass(frozen=True)
class MetricEstimates:
    """One metric of every run that it can be computed of."""

    values: Mapping[str, tuple[float, ...]]
    """Slug → one value for each seed."""
    influence: Mapping[str, Floats]
    """Slug → influence values, `[seeds, n]`."""


def estimate_metric(metric: Metric, evidence: Evidence, slugs: Sequence[str]) -> MetricEstimates:
    """Compute a metric and its influence values for the runs of the models `slugs`.

    Models that the metric cannot be computed of, since they give no probabilities, are left out.
    """
    values: dict[str, tuple[float, ...]] = {}
    influence: dict[str, Floats] = {}
    for slug in slugs:
        runs = [_predictions(evidence, pair) for pair in evidence.runs if pair[0] == slug]
        if metric.needs_probabilities and any(run.probabilities is None for run in runs):
            continue
        values[slug] = tuple(metric.compute(run) for run in runs)
        influence[slug] = np.array([metric.influence_values(run) for run in runs])
    return MetricEstimates(values, influence)


def _predictions(evidence: Evidence, pair: tuple[str, int]) -> Predictions:
    kept = evidence.runs[pair]["test"]
    classes = len(evidence.header.dataset.classes)
    return Predictions(evidence.test_labels, kept.classes, kept.probabilities, classes)


Measured = Mapping[str, tuple[Metric, MetricEstimates]]
"""As the experiment file names it → a metric, and what it gives."""


def measure_metrics(evidence: Evidence, experiment: Experiment, slugs: Sequence[str]) -> Measured:
    """Measure the models `slugs` with every metric that the experiment names."""
    return {name: _measure(name, evidence, slugs) for name in experiment.analysis.all_metrics}


def describe_metrics(
    measured: Measured,
    models: Mapping[str, ModelFacts],
    pairs: Mapping[str, PairFacts],
    level: float,
) -> dict[str, MetricFacts]:
    """Return what a report prints of each metric, by the metric's name.

    Metrics that no model has what it takes for are left out.
    """
    return {
        metric.name: _describe(metric, estimates, models, pairs, level)
        for metric, estimates in measured.values()
        if estimates.values
    }


def _measure(name: str, evidence: Evidence, slugs: Sequence[str]) -> tuple[Metric, MetricEstimates]:
    for record in evidence.header.custom_metrics:
        if record.reference == name:
            return read_custom_metric(record, evidence, slugs)
    metric = shipped_metrics()[name]
    return metric, estimate_metric(metric, evidence, slugs)


@dataclass(frozen=True)
class PrimaryMetric:
    """The metric that models are compared by."""

    name: str
    higher_is_better: bool
    scale: Scale


def find_primary(
    measured: Measured, reference: str, slugs: Sequence[str]
) -> tuple[PrimaryMetric, Estimates]:
    """Return the primary metric, and its values and covariance for the models `slugs`.

    Raises ConfigurationError where it needs probabilities that some model does not give.
    """
    metric, estimates = measured[reference]
    if lacking := [slug for slug in slugs if slug not in estimates.values]:
        problem = Problem(
            "analysis.primary",
            f'"{reference}" needs class probabilities, which are not given for '
            f'{", ".join(lacking)}; choose a metric of predicted classes, such as "accuracy"',
        )
        raise ConfigurationError("the experiment", [problem])
    low, high = metric.bounds
    width = high - low if low is not None and high is not None else None
    scale = Scale(metric.higher_is_better, width)
    return (
        PrimaryMetric(metric.name, metric.higher_is_better, scale),
        joint_estimates(estimates, slugs),
    )


def read_custom_metric(
    record: CustomMetric, evidence: Evidence, slugs: Sequence[str]
) -> tuple[Metric, MetricEstimates]:
    """Return a metric of the user's own as the evidence carries it; none of its code is run."""
    metric = Metric(
        name=record.name,
        title=record.title,
        compute=_no_code,
        higher_is_better=record.higher_is_better,
        bounds=record.bounds,
        format=record.format,
        difference_format=record.difference_format,
        source=record.source,
    )
    measured = [slug for slug in slugs if slug in record.values]
    influence = {
        slug: np.array(
            [
                evidence.influence[record.name, slug, seed]
                for model, seed in evidence.runs
                if model == slug
            ],
            dtype=np.float64,
        )
        for slug in measured
    }
    return metric, MetricEstimates({slug: record.values[slug] for slug in measured}, influence)


def _no_code(_predictions: Predictions) -> float:
    raise ValueError("a metric of the user's own is computed when a report is built, and only then")


def _describe(
    metric: Metric,
    estimates: MetricEstimates,
    models: Mapping[str, ModelFacts],
    pairs: Mapping[str, PairFacts],
    level: float,
) -> MetricFacts:
    return MetricFacts(
        title=metric.title,
        format=metric.format,
        difference_format=metric.difference_format,
        higher_is_better=metric.higher_is_better,
        source=metric.source,
        models={
            slug: ModelMetric(
                summary=summarise(values),
                interval=_known_interval(metric, models[slug])
                or _model_interval(metric, estimates, slug, level),
            )
            for slug, values in estimates.values.items()
        },
        pairs={
            key: _known_difference(metric, pair) or _pair_difference(metric, estimates, pair, level)
            for key, pair in pairs.items()
            if pair.first in estimates.values and pair.second in estimates.values
        },
    )


def _known_interval(metric: Metric, model: ModelFacts) -> Interval | None:
    """Return the interval that another part of the analysis gives, so that none is given twice."""
    known = {"accuracy": model.accuracy_interval, "macro_f1": model.macro_f1_interval}
    return known.get(metric.name)


def _known_difference(metric: Metric, pair: PairFacts) -> Difference | None:
    return pair.macro_f1_difference if metric.name == "macro_f1" else None


def _model_interval(
    metric: Metric, estimates: MetricEstimates, slug: str, level: float
) -> Interval:
    """Return the interval of a model's mean over seeds, for the sampling of test examples."""
    influence = estimates.influence[slug].mean(axis=0)
    mean = float(np.mean(estimates.values[slug]))
    variance = float(influence @ influence) / len(influence) ** 2
    return bounded_interval(mean, variance, len(influence), metric.bounds, level)


def bounded_interval(
    value: float,
    variance: float,
    examples: int,
    bounds: tuple[float | None, float | None],
    level: float,
) -> Interval:
    """Return an interval that stays within the metric's bounds.

    Between two bounds it is Wilson's with the effective number of examples, share (1 − share) /
    variance, the value being rescaled to a share. Above a lower bound alone it is symmetric in the
    logarithm of the distance from the bound (delta method), where it does not reach the bound.
    Without bounds it is normal.
    """
    low, high = bounds
    half = float(ndtri((1 + level) / 2)) * sqrt(variance)
    if low is not None and high is not None:
        width = high - low
        share, spread = (value - low) / width, variance / width**2
        effective = share * (1 - share) / spread if spread > 0 else examples
        scaled = wilson_interval(share * max(effective, 1), max(effective, 1), level)
        return Interval(low=low + width * scaled.low, high=low + width * scaled.high)
    if low is None:
        return Interval(low=value - half, high=value + half)
    if half < value - low:
        factor = exp(half / (value - low))
        return Interval(low=low + (value - low) / factor, high=low + (value - low) * factor)
    return Interval(low=low, high=value + half)


def _pair_difference(
    metric: Metric, estimates: MetricEstimates, pair: PairFacts, level: float
) -> Difference:
    """Return first minus second, with the interval for test examples and seeds together."""
    if pair.identical:
        return Difference(value=0.0, low=0.0, high=0.0)
    joint = joint_estimates(estimates, (pair.first, pair.second))
    found = contrast(joint, (1.0, -1.0))
    low, high = metric.bounds
    width = high - low if low is not None and high is not None else None
    return found.interval(level, width)


def joint_estimates(estimates: MetricEstimates, slugs: Sequence[str]) -> Estimates:
    """Return values and covariance of several models' runs, for a contrast of the models."""
    values = np.concatenate([estimates.values[slug] for slug in slugs])
    seeds = tuple(len(estimates.values[slug]) for slug in slugs)
    influence = np.concatenate([estimates.influence[slug] for slug in slugs])
    examples = influence.shape[1]
    covariance = influence @ influence.T / examples**2
    return Estimates(values, covariance, seeds, examples)
