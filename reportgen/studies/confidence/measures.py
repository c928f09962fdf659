"""Measures of confidence of every model, each with its interval and its differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reportgen.analysis.facts import MetricFacts
from reportgen.analysis.metric_facts import MetricEstimates, describe_metrics
from reportgen.metrics import Metric, Predictions, shipped_metrics
from reportgen.studies.confidence.calibration import expected_calibration_error, reliability_bins
from reportgen.studies.confidence.records import ConfidenceFacts
from reportgen.studies.study import CannotStudy, StudyInputs

Runs = Mapping[str, Sequence[Predictions]]
"""Slug → what each of its runs predicts on the test set."""


def measure_confidence(given: StudyInputs) -> ConfidenceFacts:
    """Return the numbers of the study; raises CannotStudy where no model gives probabilities."""
    runs = _read_runs(given)
    if not runs:
        raise CannotStudy(
            "it needs class probabilities, and every model gives predicted classes alone"
        )
    level = given.inputs.level
    arrays = given.inputs.predictions
    stacked = zip(arrays.slugs, arrays.confidence, arrays.correct, strict=True)
    return ConfidenceFacts(
        measures=_measure(given, runs, (expected_calibration_error, _brier_score())),
        bins={
            slug: reliability_bins(confidence, correct, level)
            for slug, confidence, correct in stacked
            if confidence is not None
        },
    )


def _brier_score() -> Metric:
    return shipped_metrics()["brier_score"]


def _read_runs(given: StudyInputs) -> dict[str, list[Predictions]]:
    """Return the predictions of the models that give probabilities with every run."""
    evidence, classes = given.evidence, len(given.facts.dataset.classes)
    runs: dict[str, list[Predictions]] = {model.slug: [] for model in given.models}
    for (slug, _), sets in evidence.runs.items():
        if slug in runs:
            kept = sets["test"]
            predictions = Predictions(
                evidence.test_labels, kept.classes, kept.probabilities, classes
            )
            runs[slug].append(predictions)
    return {
        slug: own for slug, own in runs.items() if all(run.probabilities is not None for run in own)
    }


def _measure(given: StudyInputs, runs: Runs, metrics: Sequence[Metric]) -> dict[str, MetricFacts]:
    estimates = [_estimate(metric, runs) for metric in metrics]
    return describe_metrics(estimates, given.facts.models, given.facts.pairs, given.inputs.level)


def _estimate(metric: Metric, runs: Runs) -> MetricEstimates:
    return MetricEstimates(
        metric=metric,
        values={slug: tuple(map(metric.compute, own)) for slug, own in runs.items()},
        influence={
            slug: np.array([metric.influence_values(run) for run in own])
            for slug, own in runs.items()
        },
    )
