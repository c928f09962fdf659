"""Put the facts of a report together from its evidence."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.comparisons import compare_models, gather_material
from reportgen.analysis.design import measure_design
from reportgen.analysis.disagreements import choose_gallery
from reportgen.analysis.facts import BaselineFacts, Facts, ModelFacts
from reportgen.analysis.intervals import Bootstrap, resample, wilson_interval
from reportgen.analysis.metrics import count_confusions, score_confusions
from reportgen.analysis.models import describe_model
from reportgen.analysis.outcomes import Classes, Outcomes, gather_outcomes
from reportgen.analysis.overfitting import estimate_gaps
from reportgen.analysis.runs import Measured, index_records, measure_runs
from reportgen.analysis.verdict import reach_verdict
from reportgen.config.schema import Experiment
from reportgen.results.evidence import Evidence


def assemble_facts(evidence: Evidence) -> Facts:
    """Return every number of a report, then the audit, then the claims made from both."""
    experiment = Experiment.model_validate(evidence.header.experiment)
    return compute_numbers(evidence, experiment)


def compute_numbers(evidence: Evidence, experiment: Experiment) -> Facts:
    """Return the facts but for audit and claims."""
    settings, dataset = experiment.analysis, evidence.header.dataset
    outcomes = gather_outcomes(evidence)
    measured = measure_runs(outcomes)
    bootstrap = resample(outcomes, settings.resamples, settings.seed)
    material = gather_material(outcomes, measured.scores, bootstrap, settings)
    models = _describe_models(evidence, experiment, outcomes, measured, bootstrap)
    pairs = compare_models(material, [[run.key for run in m.runs] for m in models.values()])
    verdict = reach_verdict({s: m.accuracy.mean for s, m in models.items()}, pairs.values())
    return Facts(
        dataset=dataset,
        train_counts=_class_counts(evidence.train_labels, outcomes.classes),
        test_counts=_class_counts(evidence.test_labels, outcomes.classes),
        seeds=outcomes.seeds,
        margin=material.margin,
        level=settings.level,
        models=models,
        pairs=pairs,
        design=measure_design(material, experiment.models),
        baselines=_describe_baselines(evidence, settings.level),
        gallery=choose_gallery(
            outcomes, verdict.ranking, {s: m.architecture for s, m in models.items()}
        ),
        audit=None,
        verdict=verdict,
        claims={},
    )


def _describe_models(
    evidence: Evidence,
    experiment: Experiment,
    outcomes: Outcomes,
    measured: Measured,
    bootstrap: Bootstrap,
) -> dict[str, ModelFacts]:
    records, gaps = index_records(evidence.header.runs), estimate_gaps(outcomes)
    return {
        model.slug: describe_model(
            outcomes,
            measured,
            bootstrap,
            gaps,
            model,
            [records[model.slug, seed] for seed in outcomes.seeds],
            evidence.header.dataset.classes,
            experiment.analysis.level,
        )
        for model in experiment.models
    }


def _class_counts(labels: Classes, classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=classes).tolist())


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
