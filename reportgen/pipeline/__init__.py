"""The one composer: reads the store, trains what is missing, and passes results to the report.

`build` shows the whole path of the data, from top to bottom. Rooms that are slow to import
(training, drawing, PDF) are imported where they are first needed: a build whose runs and figures
are all in the store loads neither torch nor matplotlib.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import reportgen
from reportgen.config.registration import find_plan
from reportgen.errors import ReportgenError, TrainingFailed
from reportgen.figures.plan.images import show_images
from reportgen.pipeline.caches import cached_facts, cached_figures
from reportgen.pipeline.evaluations import add_evaluations, plan_evaluations
from reportgen.pipeline.examinations import add_examinations, plan_examinations
from reportgen.pipeline.groups import add_groups
from reportgen.pipeline.preparation import Prepared, explain_runs, prepare, without_failed
from reportgen.pipeline.publication import describe_presentation, publish
from reportgen.pipeline.remembered import Analysed, Memory, analysis_key
from reportgen.pipeline.requests import (
    BuildExplanation,
    BuildOutcome,
    BuildRequest,
    Format,
    Reporter,
    RunExplanation,
)
from reportgen.pipeline.runs import finish_runs
from reportgen.pipeline.study_jobs import explain_jobs
from reportgen.pipeline.study_runs import add_study_runs, explain_study_runs, plan_study_runs
from reportgen.pipeline.sweep import explain_sweep, not_selected, run_sweep
from reportgen.results.evidence import Evidence, collect_evidence
from reportgen.results.records import RunOutcome
from reportgen.results.results_json import read_results
from reportgen.wording import join, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reportgen.config.plan import PlannedRun
    from reportgen.report.carried import Carried
    from reportgen.studies.custom import LoadedStudy

__all__ = [
    "BuildExplanation",
    "BuildOutcome",
    "BuildRequest",
    "Format",
    "Reporter",
    "RunExplanation",
    "build",
    "carry",
    "explain_build",
]


def build(request: BuildRequest, reporter: Reporter, memory: Memory | None = None) -> BuildOutcome:
    """Build the report that `request` asks for, and return the outcome.

    With a `memory`, what builds before have kept in it is not computed again.

    Raises ReportgenError (see `reportgen.errors`) for everything that a user can cause. Where the
    PDF cannot be written, the HTML is published before PdfUnavailable is raised; where runs failed,
    a report without their models is published before TrainingFailed is raised.
    """
    memory = memory or Memory()
    prepared = _prepare(request, reporter)
    try:
        return _build(prepared, reporter, memory)
    except ReportgenError as error:
        found = without_failed(prepared, error.failed) if error.failed else None
        if found is None:
            raise
        rest, left_out = found
        reasons = "\n".join(_describe_failures(prepared.planned, error.failed))
        prepared = replace(_prepare(rest, reporter), failed=left_out)
        documents = _build(prepared, reporter, memory).documents
        paths = " and ".join(map(str, documents))
        raise TrainingFailed(
            f"{reasons}\nA report without these models was built: {paths}"
        ) from error


def _describe_failures(runs: Iterable[PlannedRun], failed: Mapping[str, str]) -> Iterator[str]:
    """Yield how runs failed, once for all seeds of a model that failed alike."""
    seeds: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        if run.key in failed:
            seeds.setdefault((run.title, failed[run.key]), []).append(str(run.seed))
    for (title, how), listed in seeds.items():
        yield f"training {title}, {plural(len(listed), 'seed')} {join(listed)}, {how}"


def _prepare(request: BuildRequest, reporter: Reporter) -> Prepared:
    """Return a build before its first training step, but with what a sweep selects for it."""
    request, swept = run_sweep(request, reporter)
    return replace(prepare(request, reporter), swept=swept)


def _build(prepared: Prepared, reporter: Reporter, memory: Memory) -> BuildOutcome:
    previous = read_results(prepared.request.output / prepared.loaded.slug)
    key = analysis_key(prepared)
    if key is None:
        analysed = _analyse(prepared, reporter)
    else:
        analysed = memory.recall(key, lambda: _analyse(prepared, reporter)).presented(prepared)
    for name, reason in analysed.facts.studies_left_out.items():
        reporter.warn(f"The study {name} is left out: {reason}.")
    return publish(prepared, analysed, previous, memory, reporter)


def _analyse(prepared: Prepared, reporter: Reporter) -> Analysed:
    studies = _load_studies(prepared)
    evidence, outcomes = _gather(prepared, studies, reporter)
    facts = cached_facts(prepared.store, evidence)
    images = show_images(prepared.dataset.test_inputs)
    figures = cached_figures(prepared.store, facts, prepared.dataset, images, reporter)
    return Analysed(evidence, facts, figures, images, outcomes)


def explain_build(request: BuildRequest, reporter: Reporter) -> BuildExplanation:
    """Return what a build would do; trains, evaluates and writes nothing. Raises ReportgenError."""
    request, of_sweep = explain_sweep(request, reporter)
    prepared = prepare(request, reporter, writes=False)
    jobs = (*plan_evaluations(prepared), *plan_examinations(prepared))
    runs = explain_runs(prepared)
    studies = (*explain_jobs(jobs, prepared), *explain_study_runs(prepared))
    if of_sweep is None:
        return BuildExplanation(runs, studies)
    if of_sweep.missing:
        runs = not_selected(runs, prepared.loaded.experiment)
    return BuildExplanation(runs, (of_sweep, *studies))


def carry(request: BuildRequest, reporter: Reporter, command: str) -> Carried:
    """Return what the documents of a comparison carry; nothing is drawn or published.

    `command` is printed in the report as the one that makes it again. Raises ReportgenError.
    """
    from reportgen.report.carried import pack

    prepared = _prepare(request, reporter)
    evidence, _ = _gather(prepared, _load_studies(prepared), reporter)
    return pack(evidence, describe_presentation(prepared, None, command))


def _load_studies(prepared: Prepared) -> tuple[LoadedStudy, ...]:
    """Import the studies of the user's own before the first training step."""
    loaded = prepared.loaded
    plugins = loaded.find_study_plugins()
    if not plugins:
        return ()
    from reportgen.studies.custom import load_studies

    return load_studies(plugins, loaded.experiment, str(loaded.path))


def _gather(
    prepared: Prepared, studies: Sequence[LoadedStudy], reporter: Reporter
) -> tuple[Evidence, tuple[RunOutcome, ...]]:
    plan = find_plan(prepared.loaded.path)
    # Planned before training, so that missing images or packages are reported at once.
    evaluations = tuple(plan_evaluations(prepared))
    examinations = tuple(plan_examinations(prepared))
    runs, outcomes = finish_runs(prepared, reporter)
    experiment = prepared.loaded.experiment.model_dump(mode="json")
    evidence = collect_evidence(reportgen.__version__, experiment, prepared.dataset, runs)
    evidence = evidence.with_header(plan=plan, failed=prepared.failed)
    evidence = add_study_runs(evidence, tuple(plan_study_runs(prepared)), prepared, reporter)
    evidence = add_evaluations(evidence, evaluations, prepared, reporter)
    if prepared.swept is not None:
        evidence = prepared.swept.add_to(evidence)
    evidence = add_examinations(evidence, examinations, prepared, reporter)
    evidence = add_groups(evidence, prepared.loaded.experiment, prepared.dataset)
    metrics = prepared.loaded.find_metric_plugins()
    if metrics:
        from reportgen.analysis.custom_metrics import measure_custom_metrics

        reporter.stage(f"Measuring with {', '.join(metrics)}")
        evidence = measure_custom_metrics(evidence, metrics)
    if studies:
        from reportgen.studies.custom import measure_custom_studies

        reporter.stage(f"Studying {', '.join(each.study.name for each in studies)}")
        evidence = measure_custom_studies(evidence, studies)
    return evidence, outcomes
