"""The runs on parts of the training examples that studies ask for: kept, or trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reportgen.config.explain import Change, explain
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients, Subset
from reportgen.data.subsets import digest_positions, draw_subset
from reportgen.pipeline.preparation import Prepared, kept_recent_first
from reportgen.pipeline.requests import Reporter, StudyExplanation
from reportgen.pipeline.runs import complete_runs
from reportgen.results.evidence import Evidence, SubsetRun
from reportgen.results.runs import load_run
from reportgen.studies import CannotStudy, Study, shipped_studies


@dataclass(frozen=True)
class StudyRuns:
    """The runs of one study."""

    study: Study
    runs: tuple[PlannedRun, ...]
    """Of each size, each model and each seed."""


def plan_study_runs(prepared: Prepared) -> Iterator[StudyRuns]:
    """Yield the runs that the studies of an experiment need; trains nothing."""
    experiment = prepared.loaded.experiment
    compared = {model.slug for model in experiment.models if model.role == "model"}
    runs = [run for run in prepared.planned if run.model in compared and run.plugin is not None]
    labels = prepared.dataset.train_labels
    for name, study in shipped_studies().items():
        settings = study.settings_in(experiment.studies.get(name))
        if study.subsets is None or settings is None:
            continue
        try:
            plan = study.subsets(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        digests: dict[tuple[int, int], str] = {}
        planned = []
        for size in plan.sizes:
            for run in runs:
                drawn = (size, run.seed)
                if drawn not in digests:
                    digests[drawn] = digest_positions(draw_subset(labels, size, run.seed))
                subset = Subset(size=size, positions_sha256=digests[drawn])
                planned.append(run.on_subset(subset, plan.steps))
        yield StudyRuns(study, tuple(planned))


def explain_study_runs(prepared: Prepared) -> tuple[StudyExplanation, ...]:
    """Return for each study how many runs a build would train, and why; trains none."""
    explained = []
    for found in plan_study_runs(prepared):
        keys = {run.key: run for run in found.runs}
        missing = [run for key, run in keys.items() if load_run(prepared.store, key) is None]
        kept = kept_recent_first(prepared) if missing else []
        reasons = dict.fromkeys(change for run in missing for change in _explain(run, kept))
        explained.append(
            StudyExplanation(found.study.name, "runs", len(keys), len(missing), tuple(reasons))
        )
    return tuple(explained)


def _explain(run: PlannedRun, kept: Iterable[Ingredients]) -> tuple[Change, ...]:
    """Return what differs from the nearest run on as many examples, whose epochs are as many."""
    subset = run.ingredients.subset
    assert subset is not None
    alike = [each for each in kept if each.subset and each.subset.size == subset.size]
    new = Change(f"runs on {subset.size:,} training examples are new")
    return explain(run, alike) if alike else (new,)


def add_study_runs(
    evidence: Evidence, planned: Iterable[StudyRuns], prepared: Prepared, reporter: Reporter
) -> Evidence:
    """Return the evidence with what the runs of its studies predict for the test set.

    Raises TrainingFailed, and StoreError where a result cannot be kept.
    """
    for found in planned:
        if not found.runs:
            continue
        reporter.stage(f"{found.study.title}: models on parts of the training examples")
        results = complete_runs(prepared, found.runs, reporter).results
        described, predicted = [], {}
        for run in found.runs:
            assert run.ingredients.subset is not None
            size = run.ingredients.subset.size
            described.append(SubsetRun(model=run.model, seed=run.seed, size=size, key=run.key))
            classes = results[run.key].evaluations["test"].classes
            predicted[run.model, run.seed, size] = classes.astype(np.int32, copy=False)
        name = found.study.name
        update = {"subset_runs": {**evidence.header.subset_runs, name: tuple(described)}}
        header = evidence.header.model_copy(update=update)
        kept: Mapping[str, Mapping[tuple[str, int, int], np.ndarray]]
        kept = {**evidence.subsets, name: predicted}
        evidence = replace(evidence, header=header, subsets=kept)
    return evidence
