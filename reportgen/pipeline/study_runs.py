"""The runs that studies ask for beside those of the experiment: found in the store, or trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from reportgen.config.explain import Change, explain
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients
from reportgen.pipeline.preparation import Prepared, kept_recent_first
from reportgen.pipeline.requests import Reporter, StudyExplanation
from reportgen.pipeline.runs import complete_runs
from reportgen.results.evidence import Classes, Evidence, StudyRun
from reportgen.results.runs import load_run
from reportgen.studies import CannotStudy, Study, asked_studies
from reportgen.studies.study import RunVariant, vary

StudyRuns = tuple[Study, tuple[tuple[RunVariant, PlannedRun], ...]]
"""A study with its runs."""


def plan_study_runs(prepared: Prepared) -> Iterator[StudyRuns]:
    """Yield the runs that the studies of an experiment need; trains nothing."""
    experiment = prepared.loaded.experiment
    compared = {model.slug for model in experiment.models if model.role == "model"}
    runs = [run for run in prepared.planned if run.model in compared and run.plugin is not None]
    for study, settings in asked_studies(experiment):
        if study.variants is None:
            continue
        try:
            variants = study.variants(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        planned = {(run.model, run.seed): run for run in runs}
        ingredients = [(run.model, run.ingredients) for run in runs]
        dataset = prepared.dataset
        varied = vary(variants, ingredients, dataset.train_labels, dataset.train_clusters)
        yield (
            study,
            tuple(
                (variant, planned[model, changed.spec.seed].changed_to(changed))
                for variant, model, changed in varied
            ),
        )


def explain_study_runs(prepared: Prepared) -> tuple[StudyExplanation, ...]:
    """Return for each study how many runs a build would train, and why; trains none."""
    explained = []
    for study, runs in plan_study_runs(prepared):
        keys = {run.key: run for _, run in runs}
        missing = [run for key, run in keys.items() if load_run(prepared.store, key) is None]
        kept = kept_recent_first(prepared) if missing else []
        reasons = dict.fromkeys(change for run in missing for change in _explain(run, kept))
        explained.append(
            StudyExplanation(study.name, "runs", len(keys), len(missing), tuple(reasons))
        )
    return tuple(explained)


def _explain(run: PlannedRun, kept: Iterable[Ingredients]) -> tuple[Change, ...]:
    """Return what differs from the nearest run that was asked for likewise."""
    wanted = run.ingredients
    alike = [each for each in kept if _kind_of(each) == _kind_of(wanted)]
    if alike:
        return explain(run, alike)
    what = f"tasks by {wanted.tasks.method}" if wanted.tasks else "as many training examples"
    if wanted.subset:
        what = f"{wanted.subset.size:,} training examples"
    return (Change(f"runs on {what} are new"),)


def _kind_of(run: Ingredients) -> tuple[int | None, str | None, int]:
    """Return the number of examples, the method and the number of outputs.

    Runs on as many examples have as many epochs.
    """
    method = run.tasks.method if run.tasks else None
    return run.subset.size if run.subset else None, method, run.spec.classes


def add_study_runs(
    evidence: Evidence, planned: Iterable[StudyRuns], prepared: Prepared, reporter: Reporter
) -> Evidence:
    """Return the evidence with what the runs of its studies predict for the test set.

    Raises TrainingFailed, and StoreError where a result cannot be kept.
    """
    for study, runs in planned:
        if not runs:
            continue
        reporter.stage(f"{study.title}: further runs")
        results = complete_runs(prepared, [run for _, run in runs], reporter).results
        described: list[StudyRun] = []
        predicted: dict[tuple[str, int, str], Classes] = {}
        for variant, run in runs:
            sets = results[run.key].evaluations
            predicted[run.model, run.seed, variant.name] = np.array(
                [sets[name].classes for name in variant.sets], dtype=np.int32
            )
            described.append(
                StudyRun(
                    model=run.model,
                    seed=run.seed,
                    variant=variant.name,
                    key=run.key,
                    sources=dict(variant.sources),
                )
            )
        evidence = evidence.with_study("study_runs", study.name, tuple(described), predicted)
    return evidence
