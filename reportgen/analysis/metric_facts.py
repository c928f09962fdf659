"""The metrics that an experiment asks for: of each model, and of each pair of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reportgen.analysis.comparisons import NO_DIFFERENCE
from reportgen.analysis.contrasts import Contrast, Estimates, contrast
from reportgen.analysis.facts import (
    Difference,
    Interval,
    MetricFacts,
    ModelFacts,
    ModelMetric,
    PairFacts,
)
from reportgen.analysis.intervals import bounded_interval
from reportgen.analysis.prediction_arrays import Floats, find_deterministic
from reportgen.analysis.summaries import summarise
from reportgen.config.schema import Experiment
from reportgen.errors import ConfigurationError, Problem
from reportgen.metrics import Metric, Predictions, shipped_metrics
from reportgen.results.evidence import CustomMetric, Evidence


@dataclass(frozen=True)
class MetricEstimates:
    """A metric of every run that it can be computed of."""

    metric: Metric
    values: Mapping[str, tuple[float, ...]]
    """Slug → one value for each seed."""
    influence: Mapping[str, Floats]
    """Slug → influence values, `[seeds, n]`."""
    deterministic: frozenset[str] = frozenset()
    """Models that give the same predictions with every seed."""

    def join(self, slugs: Sequence[str]) -> Estimates:
        """Return values and covariance of several models' runs, for a contrast of the models."""
        values = np.concatenate([self.values[slug] for slug in slugs])
        influence = np.concatenate([self.influence[slug] for slug in slugs])
        examples = influence.shape[1]
        covariance = influence @ influence.T / examples**2
        seeds = tuple(len(self.values[slug]) for slug in slugs)
        fixed = frozenset(map(slugs.index, self.deterministic & {*slugs}))
        return Estimates(values, covariance, seeds, examples, fixed)

    def contrast(self, pair: PairFacts) -> Contrast:
        """Return the first model of a pair minus the second."""
        return contrast(self.join((pair.first, pair.second)), (1.0, -1.0))


def estimate_metric(metric: Metric, evidence: Evidence, slugs: Sequence[str]) -> MetricEstimates:
    """Compute a metric and its influence values for the runs of the models `slugs`.

    Models that the metric cannot be computed of, since they give no probabilities, are left out.
    """
    runs = read_runs(evidence, slugs, metric.needs_probabilities)
    return estimate_runs(metric, runs, find_deterministic(evidence))


def read_runs(
    evidence: Evidence, slugs: Iterable[str], with_probabilities: bool
) -> dict[str, list[Predictions]]:
    """Return what each run of the models `slugs` predicts on the test set, by slug.

    `with_probabilities`: leave out models of which a run gives none.
    """
    runs: dict[str, list[Predictions]] = {slug: [] for slug in slugs}
    classes = len(evidence.header.dataset.classes)
    for (slug, _), sets in evidence.runs.items():
        if slug in runs:
            kept = sets["test"]
            runs[slug].append(
                Predictions(evidence.test_labels, kept.classes, kept.probabilities, classes)
            )
    return {
        slug: own
        for slug, own in runs.items()
        if not with_probabilities or all(run.probabilities is not None for run in own)
    }


def estimate_runs(
    metric: Metric,
    runs: Mapping[str, Sequence[Predictions]],
    deterministic: frozenset[str] = frozenset(),
) -> MetricEstimates:
    """Compute a metric and its influence values; `runs`: slug → predictions of each run."""
    return MetricEstimates(
        metric,
        {slug: tuple(map(metric.compute, own)) for slug, own in runs.items()},
        {slug: np.array(list(map(metric.influence_values, own))) for slug, own in runs.items()},
        deterministic,
    )


def estimate_metrics(
    evidence: Evidence, experiment: Experiment, slugs: Sequence[str]
) -> dict[str, MetricEstimates]:
    """Compute, by its name in the experiment file, each metric that the experiment asks for."""
    custom = {record.reference: record for record in evidence.header.custom_metrics}
    return {
        name: read_custom_metric(custom[name], evidence, slugs)
        if name in custom
        else estimate_metric(shipped_metrics()[name], evidence, slugs)
        for name in experiment.analysis.all_metrics
    }


def find_primary(
    metrics: Mapping[str, MetricEstimates], reference: str, slugs: Sequence[str]
) -> tuple[Metric, Estimates]:
    """Return the primary metric, and its values and covariance for the models `slugs`.

    Raises ConfigurationError where it needs probabilities that some model does not give.
    """
    estimates = metrics[reference]
    if lacking := [slug for slug in slugs if slug not in estimates.values]:
        problem = Problem(
            "analysis.primary",
            f'"{reference}" needs class probabilities, which are not given for '
            f'{", ".join(lacking)}; choose a metric of predicted classes, such as "accuracy"',
        )
        raise ConfigurationError("the experiment", [problem])
    return estimates.metric, estimates.join(slugs)


def describe_metrics(
    metrics: Iterable[MetricEstimates],
    models: Mapping[str, ModelFacts],
    pairs: Mapping[str, PairFacts],
    level: float,
) -> dict[str, MetricFacts]:
    """Return what a report prints of each metric, by the metric's name.

    Metrics that can be computed of no model are left out.
    """
    return {
        estimates.metric.name: _describe(estimates, models, pairs, level)
        for estimates in metrics
        if estimates.values
    }


def read_custom_metric(
    record: CustomMetric, evidence: Evidence, slugs: Sequence[str]
) -> MetricEstimates:
    """Return a metric of the user's own as the evidence carries it; none of its code is run."""
    metric = Metric(compute=_no_code, **CustomMetric.described_by(record))
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
    values = {slug: record.values[slug] for slug in measured}
    return MetricEstimates(metric, values, influence, find_deterministic(evidence))


def _no_code(_predictions: Predictions) -> float:
    raise ValueError("a metric of the user's own is computed when a report is built, and only then")


def _describe(
    estimates: MetricEstimates,
    models: Mapping[str, ModelFacts],
    pairs: Mapping[str, PairFacts],
    level: float,
) -> MetricFacts:
    metric = estimates.metric
    return MetricFacts(
        title=metric.title,
        format=metric.format,
        difference_format=metric.difference_format,
        higher_is_better=metric.higher_is_better,
        source=metric.source,
        models={
            slug: ModelMetric(
                summary=summarise(values),
                # What another part of the analysis gives is not given twice.
                interval=_known_interval(metric, models[slug])
                or _model_interval(estimates, slug, level),
            )
            for slug, values in estimates.values.items()
        },
        pairs={
            key: pair.macro_f1_difference
            if metric.name == "macro_f1"
            else _pair_difference(estimates, pair, level)
            for key, pair in pairs.items()
            if pair.first in estimates.values and pair.second in estimates.values
        },
    )


def _known_interval(metric: Metric, model: ModelFacts) -> Interval | None:
    known = {"accuracy": model.accuracy_interval, "macro_f1": model.macro_f1_interval}
    return known.get(metric.name)


def _model_interval(estimates: MetricEstimates, slug: str, level: float) -> Interval:
    """Return the interval of a model's mean over seeds, for the sampling of test examples."""
    influence = estimates.influence[slug].mean(axis=0)
    mean = float(np.mean(estimates.values[slug]))
    variance = float(np.mean(influence**2)) / len(influence)
    return bounded_interval(mean, variance, len(influence), estimates.metric.bounds, level)


def _pair_difference(estimates: MetricEstimates, pair: PairFacts, level: float) -> Difference:
    """Return first minus second, with the interval for test examples and seeds together."""
    if pair.identical:
        return NO_DIFFERENCE
    return estimates.contrast(pair).interval(level, estimates.metric.largest_difference)
