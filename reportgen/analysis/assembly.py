"""Compute the numbers of a report from its evidence: without claims, without studies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from reportgen.analysis.claims.advantages import parameter_ratio
from reportgen.analysis.comparisons import compare_models
from reportgen.analysis.disagreements import choose_confused, choose_gallery
from reportgen.analysis.facts import BaselineFacts, Facts, ModelFacts, PlanFacts
from reportgen.analysis.inputs import AnalysisInputs, prepare_inputs
from reportgen.analysis.metric_facts import describe_metrics, estimate_metrics, find_primary
from reportgen.analysis.models import describe_model
from reportgen.analysis.prediction_arrays import stack_predictions
from reportgen.analysis.published import audit_published
from reportgen.analysis.verdict import reach_verdict
from reportgen.config.registration import find_deviations
from reportgen.config.schema import Experiment, Model
from reportgen.data.subsets import draw_held_out
from reportgen.results.evidence import Evidence, EvidenceHeader


def prepare(evidence: Evidence, experiment: Experiment) -> tuple[tuple[Model, ...], AnalysisInputs]:
    """Return the models that are compared, and what every part of the analysis works on."""
    compared = tuple(model for model in experiment.models if model.role == "model")
    chosen = stack_predictions(evidence, [model.slug for model in compared])
    return compared, prepare_inputs(chosen, experiment.analysis)


def compute_numbers(
    evidence: Evidence, experiment: Experiment, compared: Sequence[Model], inputs: AnalysisInputs
) -> Facts:
    """Return the facts without claims and studies."""
    models = _describe_models(inputs, evidence, compared)
    keys = [[run.key for run in each.runs] for each in models.values()]
    metrics = estimate_metrics(evidence, experiment, tuple(models))
    primary, estimates = find_primary(metrics, experiment.analysis.primary, tuple(models))
    pairs = compare_models(inputs, keys, primary, estimates)
    verdict = reach_verdict(
        dict(zip(models, estimates.means.tolist(), strict=True)),
        pairs.values(),
        single_runs=any(facts.has_single_run for facts in models.values()),
        higher_is_better=primary.higher_is_better,
    )
    dataset = evidence.header.dataset
    train_counts, test_counts = (
        tuple(np.bincount(labels, minlength=len(dataset.classes)).tolist())
        for labels in (evidence.train_labels, evidence.test_labels)
    )
    # Of the test set where no training set is known.
    known_counts = train_counts if any(train_counts) else test_counts
    most_frequent = known_counts.index(max(known_counts))
    facts = Facts(
        dataset=dataset,
        train_counts=train_counts,
        test_counts=test_counts,
        majority_share=test_counts[most_frequent] / dataset.test,
        parameter_ratio=parameter_ratio(models),
        shared_share=dataset.shared / dataset.test,
        clusters=None if evidence.clusters is None else inputs.predictions.independent,
        validation_groups=_count_validation_groups(evidence),
        rounded_probabilities=any(kept["test"].is_rounded for kept in evidence.runs.values()),
        seeds=tuple(dict.fromkeys(chain.from_iterable(inputs.predictions.seeds))),
        margin=inputs.margin,
        level=inputs.level,
        class_bars=experiment.report.class_bars,
        failed_runs=evidence.header.failed,
        plan=describe_plan(evidence.header),
        models=models,
        pairs=pairs,
        metrics=describe_metrics(metrics.values(), models, pairs, inputs.level),
        primary=primary.name,
        baselines=_describe_baselines(evidence, experiment),
        gallery=choose_gallery(inputs, compared, verdict.ranking),
        confused=choose_confused(inputs.predictions, dataset.input_shape),
        audit=None,
        verdict=verdict,
        claims={},
    )
    return facts.model_copy(update={"audit": audit_published(experiment.published, facts)})


def _describe_models(
    inputs: AnalysisInputs, evidence: Evidence, models: Sequence[Model]
) -> dict[str, ModelFacts]:
    classes = evidence.header.dataset.classes
    return {
        model.slug: describe_model(
            inputs,
            model,
            [run for run in evidence.header.runs if run.model == model.slug],
            classes,
        )
        for model in models
    }


def _count_validation_groups(evidence: Evidence) -> int | None:
    """Return the fewest groups that a run was validated on; None where none holds out groups."""
    labels, clusters = evidence.train_labels, evidence.train_clusters
    shares = {
        (run.record.spec.training.validation_fraction, run.seed)
        for run in evidence.header.runs
        if run.record.spec.training and run.record.ingredients.validation
    }
    if clusters is None:
        return None
    held_out = (clusters[draw_held_out(labels, *each, clusters)] for each in shares)
    return min((len(np.unique(each)) for each in held_out), default=None)


def describe_plan(header: EvidenceHeader) -> PlanFacts | None:
    """Return how a report deviates from the plan that it carries; None without a plan."""
    plan = header.plan
    if plan is None:
        return None
    started = [run.record.provenance.started for run in header.runs if run.record.provenance]
    return PlanFacts(
        name=plan.name,
        sha256=plan.sha256,
        is_signed=plan.signature is not None,
        deviations=find_deviations(plan, header.experiment, header.dataset.sha256, started),
    )


def _describe_baselines(evidence: Evidence, experiment: Experiment) -> dict[str, BaselineFacts]:
    """Describe the runs of the models that take part as baselines only: means over their seeds."""
    chosen = [model for model in experiment.models if model.role == "baseline"]
    if not chosen:
        return {}
    stacked = stack_predictions(evidence, [model.slug for model in chosen])
    inputs = prepare_inputs(stacked, experiment.analysis)
    facts = {}
    for slug, model in _describe_models(inputs, evidence, chosen).items():
        seconds = model.costs.seconds_per_1000.mean if model.costs else 0.0
        facts[slug] = BaselineFacts(
            name=model.name,
            accuracy=model.accuracy.mean,
            interval=model.accuracy_interval,
            macro_f1=model.macro_f1.mean,
            fit_seconds=model.costs.train_seconds.mean if model.costs else 0.0,
            predict_seconds=seconds * len(evidence.test_labels) / 1000,
        )
    return facts
