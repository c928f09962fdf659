"""Put the facts of a report together from its evidence."""

from __future__ import annotations

from itertools import chain

import numpy as np

from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.comparisons import compare_models
from reportgen.analysis.design import measure_design
from reportgen.analysis.disagreements import choose_gallery
from reportgen.analysis.facts import BaselineFacts, Facts, ModelFacts
from reportgen.analysis.inputs import AnalysisInputs, prepare_inputs
from reportgen.analysis.intervals import wilson_interval
from reportgen.analysis.metric_facts import describe_metrics
from reportgen.analysis.metrics import count_confusions, score_confusions
from reportgen.analysis.models import describe_model
from reportgen.analysis.prediction_arrays import Classes, stack_predictions
from reportgen.analysis.published import audit_published
from reportgen.analysis.verdict import reach_verdict
from reportgen.config.schema import Experiment
from reportgen.results.evidence import Evidence


def assemble_facts(evidence: Evidence) -> Facts:
    """Return every number of a report, then the audit, then the claims made from both."""
    experiment = Experiment.model_validate(evidence.header.experiment)
    facts = compute_numbers(evidence, experiment)
    audit = audit_published(experiment.published, facts)
    facts = facts.model_copy(update={"audit": audit})
    return facts.model_copy(update={"claims": make_claims(facts, experiment)})


def compute_numbers(evidence: Evidence, experiment: Experiment) -> Facts:
    """Return the facts but for audit and claims."""
    inputs = prepare_inputs(stack_predictions(evidence), experiment.analysis)
    models = _describe_models(inputs, evidence, experiment)
    pairs = compare_models(inputs, [[run.key for run in each.runs] for each in models.values()])
    verdict = reach_verdict(
        {slug: facts.accuracy.mean for slug, facts in models.items()}, pairs.values()
    )
    dataset = evidence.header.dataset
    train_counts, test_counts = (
        _count_classes(labels, len(dataset.classes))
        for labels in (evidence.train_labels, evidence.test_labels)
    )
    return Facts(
        dataset=dataset,
        train_counts=train_counts,
        test_counts=test_counts,
        majority_share=test_counts[_most_frequent(train_counts, test_counts)] / dataset.test,
        shared_share=dataset.shared / dataset.test,
        seeds=tuple(dict.fromkeys(chain.from_iterable(inputs.predictions.seeds))),
        margin=inputs.margin,
        level=inputs.level,
        held_out=experiment.training.validation_fraction,
        models=models,
        pairs=pairs,
        metrics=describe_metrics(evidence, experiment, models, pairs),
        design=measure_design(inputs, experiment.models),
        baselines=_describe_baselines(evidence, inputs.level),
        gallery=choose_gallery(inputs, experiment.models, verdict.ranking),
        audit=None,
        verdict=verdict,
        claims={},
    )


def _describe_models(
    inputs: AnalysisInputs, evidence: Evidence, experiment: Experiment
) -> dict[str, ModelFacts]:
    classes = evidence.header.dataset.classes
    return {
        model.slug: describe_model(
            inputs,
            model,
            [run for run in evidence.header.runs if run.model == model.slug],
            classes,
        )
        for model in experiment.models
    }


def _count_classes(labels: Classes, classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=classes).tolist())


def _most_frequent(train: tuple[int, ...], test: tuple[int, ...]) -> int:
    """Return the most frequent class, of the test set where no training set is known."""
    counts = train if any(train) else test
    return counts.index(max(counts))


def _describe_baselines(evidence: Evidence, level: float) -> dict[str, BaselineFacts]:
    labels, classes = evidence.test_labels, len(evidence.header.dataset.classes)
    facts = {}
    for baseline in evidence.header.dataset.baselines:
        predicted = evidence.baselines[baseline.slug]
        scores = score_confusions(count_confusions(labels, predicted, classes))
        facts[baseline.slug] = BaselineFacts(
            name=baseline.name,
            accuracy=float(scores.accuracy),
            interval=wilson_interval(int((predicted == labels).sum()), len(labels), level),
            macro_f1=float(scores.macro(scores.f1)),
            fit_seconds=baseline.fit_seconds,
            predict_seconds=baseline.predict_seconds,
        )
    return facts
