"""The metrics that an experiment asks for: of each model, and of each pair of models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from reportgen.analysis.comparisons import NO_DIFFERENCE
from reportgen.analysis.contrasts import (
    Contrast,
    Estimates,
    Measured,
    combine,
    difference,
    measure,
)
from reportgen.analysis.facts import (
    Difference,
    Interval,
    MetricFacts,
    ModelFacts,
    ModelMetric,
    PairFacts,
)
from reportgen.analysis.intervals import bounded_interval
from reportgen.analysis.prediction_arrays import Classes, Floats, find_deterministic
from reportgen.analysis.summaries import summarise
from reportgen.config.schema import Experiment
from reportgen.errors import ConfigurationError, Problem
from reportgen.metrics import Metric, Predictions, shipped_metrics
from reportgen.results.evidence import CustomMetric, Evidence


@dataclass(frozen=True)
class MetricEstimates:
    """A metric of every run that it can be computed of."""

    metric: Metric
    slugs: tuple[str, ...]
    runs: Estimates
    """Of the models `slugs`."""

    @property
    def values(self) -> dict[str, list[float]]:
        """Slug → one value for each seed."""
        each = (values.tolist() for values in self.runs.by_model)
        return dict(zip(self.slugs, each, strict=True))

    def contrast(self, pair: PairFacts) -> Contrast:
        """Return the first model of a pair minus the second."""
        return difference(self.runs, *map(self.slugs.index, (pair.first, pair.second)))


def read_runs(evidence: Evidence, slugs: Iterable[str]) -> Iterator[tuple[str, Predictions]]:
    """Yield what each run of the models `slugs` predicts on the test set, model by model."""
    classes = len(evidence.header.dataset.classes)
    for slug in slugs:
        for (model, _), sets in evidence.runs.items():
            if model == slug:
                kept = sets["test"]
                found = kept.classes, kept.probabilities, classes, evidence.clusters
                yield slug, Predictions(evidence.test_labels, *found)


def measure_runs(
    metrics: Sequence[Metric], runs: Iterable[tuple[str, Predictions]]
) -> dict[str, dict[str, list[tuple[float, Floats]]]]:
    """Compute metrics and their influence values, `[n]`, of each run, by metric and model.

    `runs`: slug of the model and predictions, which are needed one after the other. Models that a
    metric cannot be computed of, since a run of them gives no probabilities, are left out of it.
    """
    found: dict[str, dict[str, list[tuple[float, Floats]]]] = {each.name: {} for each in metrics}
    lacking: set[tuple[str, str]] = set()
    for slug, run in runs:
        for metric in metrics:
            if metric.needs_probabilities and run.probabilities is None:
                lacking.add((metric.name, slug))
            else:
                measured = metric.compute(run), metric.influence_values(run)
                found[metric.name].setdefault(slug, []).append(measured)
    for name, slug in lacking:
        found[name].pop(slug, None)
    return found


def estimate_runs(
    metrics: Sequence[Metric],
    runs: Iterable[tuple[str, Predictions]],
    deterministic: frozenset[str] = frozenset(),
    clusters: Classes | None = None,
) -> dict[str, MetricEstimates]:
    """Return the values of metrics, by name, with their covariance over test sets.

    `runs`: slug of the model and predictions, model by model; `clusters`: number of each example's
    cluster, `[n]`, where examples are not independent. What can be computed of no model is left
    out.
    """
    found: dict[str, dict[str, Measured]] = {each.name: {} for each in metrics}
    # Influence values of all runs at once would take much memory.
    for _, own in groupby(runs, itemgetter(0)):
        for name, of_model in measure_runs(metrics, own).items():
            found[name] |= {slug: _sum_up(each, clusters) for slug, each in of_model.items()}
    return {
        each.name: _combine(each, found[each.name], deterministic)
        for each in metrics
        if found[each.name]
    }


def _sum_up(
    runs: Iterable[tuple[float, Floats | NDArray[np.float32]]], clusters: Classes | None
) -> Measured:
    values, influence = zip(*runs, strict=True)
    return measure(np.array(values), np.array(influence, dtype=np.float64), clusters)


def _combine(
    metric: Metric, measured: Mapping[str, Measured], deterministic: frozenset[str]
) -> MetricEstimates:
    slugs = tuple(measured)
    fixed = frozenset(map(slugs.index, deterministic & {*slugs}))
    return MetricEstimates(metric, slugs, combine(tuple(measured.values()), fixed))


def estimate_metrics(
    evidence: Evidence, experiment: Experiment, slugs: Sequence[str]
) -> dict[str, MetricEstimates]:
    """Compute, by its name in the experiment file, each metric that the experiment asks for.

    What can be computed of no model is left out.
    """
    custom = {record.reference: record for record in evidence.header.custom_metrics}
    wanted, shipped = experiment.analysis.all_metrics, shipped_metrics()
    own = [shipped[name] for name in wanted if name not in custom]
    fixed = find_deterministic(evidence)
    found = estimate_runs(own, read_runs(evidence, slugs), fixed, evidence.clusters)
    for name in custom:
        if measured := _read_custom_metric(custom[name], evidence, slugs):
            metric = Metric(compute=_no_code, **CustomMetric.described_by(custom[name]))
            found[name] = _combine(metric, measured, fixed)
    return {name: found[name] for name in wanted if name in found}


def find_primary(
    metrics: Mapping[str, MetricEstimates], reference: str, slugs: Sequence[str]
) -> tuple[Metric, Estimates]:
    """Return the primary metric, and its values and covariance for the models `slugs`.

    Raises ConfigurationError where it needs probabilities that some model does not give.
    """
    known = metrics[reference].slugs if reference in metrics else ()
    if lacking := [slug for slug in slugs if slug not in known]:
        problem = Problem(
            "analysis.primary",
            f'"{reference}" needs class probabilities, which are not given for '
            f'{", ".join(lacking)}; choose a metric of predicted classes, such as "accuracy"',
        )
        raise ConfigurationError("the experiment", [problem])
    return metrics[reference].metric, metrics[reference].runs


def describe_metrics(
    metrics: Iterable[MetricEstimates],
    models: Mapping[str, ModelFacts],
    pairs: Mapping[str, PairFacts],
    level: float,
) -> dict[str, MetricFacts]:
    """Return what a report prints of each metric, by the metric's name."""
    return {
        estimates.metric.name: _describe(estimates, models, pairs, level) for estimates in metrics
    }


def _read_custom_metric(
    record: CustomMetric, evidence: Evidence, slugs: Sequence[str]
) -> dict[str, Measured]:
    """Return a metric of the user's own as the evidence carries it; none of its code is run."""
    measured = {}
    for slug in (slug for slug in slugs if slug in record.values):
        seeds = [seed for model, seed in evidence.runs if model == slug]
        influence = [evidence.influence[record.name, slug, seed] for seed in seeds]
        runs = list(zip(record.values[slug], influence, strict=True))
        measured[slug] = _sum_up(runs, evidence.clusters)
    return measured


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
            if {pair.first, pair.second} <= {*estimates.slugs}
        },
    )


def _known_interval(metric: Metric, model: ModelFacts) -> Interval | None:
    known = {"accuracy": model.accuracy_interval, "macro_f1": model.macro_f1_interval}
    return known.get(metric.name)


def _model_interval(estimates: MetricEstimates, slug: str, level: float) -> Interval:
    """Return the interval of a model's mean over seeds, for the sampling of test examples.

    The variance of few clusters is known only roughly: a quantile of t takes the place of z.
    """
    runs, place = estimates.runs, estimates.slugs.index(slug)
    mean, variance = float(runs.means[place]), float(runs.covariance_of_means[place, place])
    if runs.clusters is not None:
        quantile = (1 + level) / 2
        variance *= float(stdtrit(max(runs.clusters - 1, 1), quantile) / ndtri(quantile)) ** 2
    return bounded_interval(mean, variance, runs.independent, estimates.metric.bounds, level)


def _pair_difference(estimates: MetricEstimates, pair: PairFacts, level: float) -> Difference:
    """Return first minus second, with the interval for test examples and seeds together."""
    if pair.identical:
        return NO_DIFFERENCE
    return estimates.contrast(pair).interval(level, estimates.metric.largest_difference)
