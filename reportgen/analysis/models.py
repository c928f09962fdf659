"""Everything about one model, over its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reportgen.analysis.contrasts import Estimates, contrast, estimate_accuracy
from reportgen.analysis.facts import ClassSummary, Interval, ModelFacts, Overfitting, RunMetrics
from reportgen.analysis.inputs import AnalysisInputs, describe_run
from reportgen.analysis.intervals import score_interval, wilson_interval
from reportgen.analysis.prediction_arrays import PredictionArrays
from reportgen.analysis.summaries import average_curves, summarise, summarise_costs
from reportgen.config.schema import Model
from reportgen.metrics.rates import divide
from reportgen.results.evidence import ModelRun
from reportgen.results.records import RunRecord

_SUMMARISED = (
    *("accuracy", "micro_f1", "macro_precision", "macro_recall", "macro_f1"),
    *("weighted_precision", "weighted_recall", "weighted_f1"),
)
"""Metrics of a run that are summarised over the seeds."""


def describe_model(
    inputs: AnalysisInputs, settings: Model, placed: Sequence[ModelRun], classes: Sequence[str]
) -> ModelFacts:
    """Return a model's facts; `placed` in the order of the seeds, `classes` by name."""
    at = inputs.slugs.index(settings.slug)
    scores = inputs.scores[at]
    runs = tuple(
        describe_run(inputs.predictions, scores, at, seed, run) for seed, run in enumerate(placed)
    )
    records = [run.record for run in placed]
    means: dict[str, Any] = {
        name: summarise([getattr(run, name) for run in runs]) for name in _SUMMARISED
    }
    counts = scores.matrices.sum(axis=0)
    per_class = tuple(
        _describe_class(inputs, at, runs, index, name) for index, name in enumerate(classes)
    )
    tested = [index for index, summary in enumerate(per_class) if summary.support]
    total = len(inputs.predictions.labels)
    accuracy_interval = (
        wilson_interval(runs[0].correct, total, inputs.level)
        if len(runs) == 1 and inputs.predictions.clusters is None
        else _mean_interval(inputs, at, inputs.accuracy, means["accuracy"].mean)
    )
    spec = records[0].spec
    return ModelFacts(
        name=settings.name,
        slug=settings.slug,
        architecture=settings.reference,
        dropout=settings.dropout,
        kind=spec.kind,
        summary=records[0].summary,
        held_out=_held_out(records, len(inputs.predictions.train_labels)),
        deterministic=at in inputs.predictions.deterministic,
        runs=runs,
        **means,
        accuracy_interval=accuracy_interval,
        errors=summarise([total - run.correct for run in runs]),
        macro_f1_interval=_mean_interval(inputs, at, inputs.macro_f1, means["macro_f1"].mean),
        per_class=per_class,
        confusion_counts=tuple(map(tuple, counts.tolist())),
        confusion_shares=tuple(
            map(tuple, divide(counts, counts.sum(axis=1, keepdims=True)).tolist())
        ),
        hardest_class=min(tested, key=lambda index: per_class[index].f1.mean),
        train_macro_f1=(
            summarise(scores.train.macro(scores.train.f1).tolist()) if scores.train else None
        ),
        train_f1=tuple(map(summarise, scores.train.f1.T.tolist())) if scores.train else None,
        has_probabilities=inputs.predictions.confidence[at] is not None,
        overfitting=measure_overfitting(inputs.predictions, at, inputs.level),
        costs=summarise_costs(records),
        curves=average_curves(records),
    )


def _held_out(records: Sequence[RunRecord], examples: int) -> float:
    """Return the share of the training set held out: of whole groups, about what is set."""
    sizes = [run.ingredients.validation.size for run in records if run.ingredients.validation]
    if sizes and examples:
        return float(np.mean(sizes)) / examples
    training = records[0].spec.training
    return training.validation_fraction if training else 0.0


def _mean_interval(inputs: AnalysisInputs, at: int, estimates: Estimates, mean: float) -> Interval:
    """Return the interval of a metric of all test examples, mean over the seeds."""
    return score_interval(
        mean,
        float(estimates.covariance_of_means[at, at]),
        inputs.level,
        examples=inputs.predictions.independent,
        errors=inputs.predictions.count_independent(~inputs.predictions.correct[at]),
    )


def _describe_class(
    inputs: AnalysisInputs, at: int, runs: Sequence[RunMetrics], index: int, name: str
) -> ClassSummary:
    scores = [run.per_class[index] for run in runs]
    f1 = summarise([score.f1 for score in scores])
    return ClassSummary(
        name=name,
        precision=summarise([score.precision for score in scores]),
        recall=summarise([score.recall for score in scores]),
        f1=f1,
        f1_interval=_class_interval(inputs, at, index, f1.mean, scores[0].support),
        support=scores[0].support,
    )


def _class_interval(
    inputs: AnalysisInputs, at: int, index: int, f1: float, support: int
) -> Interval:
    """Return the interval of a class's mean F1, on which only errors to or from it bear."""
    predicted, labels = inputs.predictions.predicted[at], inputs.predictions.labels
    if inputs.predictions.clusters is not None:
        support = inputs.predictions.count_independent(labels[None] == index)
    touched = (predicted != labels) & ((predicted == index) | (labels == index))
    return score_interval(
        f1,
        float(inputs.class_f1[index].covariance_of_means[at, at]),
        inputs.level,
        # F1 is 1 − (FP + FN) / (2 TP + FP + FN): an error weighs half an example of the class.
        examples=max(2 * support, 1),
        errors=inputs.predictions.count_independent(touched),
    )


def measure_overfitting(
    predictions: PredictionArrays, model: int, level: float
) -> Overfitting | None:
    """Return a model's gap, with an interval over both samples and the seeds.

    None where its runs were not evaluated on the training set.
    """
    train = predictions.train_correct[model]
    if train is None:
        return None
    tested = estimate_accuracy([predictions.correct[model]], clusters=predictions.clusters)
    gaps = estimate_accuracy([train], clusters=predictions.train_clusters).minus(tested)
    found = contrast(gaps, [1.0]).interval(level)
    return Overfitting(
        train_accuracy=summarise(train.mean(axis=1).tolist()),
        gap=summarise(gaps.values.tolist()),
        gap_interval=Interval(low=found.low, high=found.high),
    )
