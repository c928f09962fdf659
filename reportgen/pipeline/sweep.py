"""The sweep of an experiment: its runs on held-out training examples, and what they select.

Nothing here uses the test set: the data set of these runs is made of the training set alone, and
the selected settings are part of the experiment before the data set itself is described.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import JsonValue

from reportgen.config.configurations import choose, configure, count_runs, swept_models
from reportgen.config.explain import Change
from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun, fit_for_validation, plan_runs, read_numerics
from reportgen.config.schema import Experiment, Model
from reportgen.config.sweep import Configuration, Sweep
from reportgen.data.subsets import hold_out, plan_validation
from reportgen.errors import ReportgenError, TrainingFailed
from reportgen.metrics.metric import Metric
from reportgen.pipeline.preparation import Prepared, Swept, find_data, load, read_dataset
from reportgen.pipeline.requests import BuildRequest, Reporter, RunExplanation, StudyExplanation
from reportgen.pipeline.runs import complete_runs
from reportgen.pipeline.suggestions import Suggestions, suggest
from reportgen.results.evidence import Classes, SweepRecord, SweptModel, Trial
from reportgen.results.records import Dataset, Run
from reportgen.results.runs import load_run
from reportgen.results.store import Store
from reportgen.studies.sweep.selection import predictions_of, score, score_metric, select
from reportgen.wording import join, shorten

Complete = Callable[[Sequence[PlannedRun]], Mapping[str, Run]]
"""From planned runs to results by key; those that failed are left out."""


DIVERGED = "a lower training.learning_rate may help"
"""Part of the message of a run that diverged (a loss or probability is NaN), as it would again."""


class _NotKept(Exception):  # noqa: N818
    """A sweep needs runs that the store lacks."""


def run_sweep(request: BuildRequest, reporter: Reporter) -> tuple[BuildRequest, Swept | None]:
    """Run the sweep of an experiment, if it has one, and put what it selects into the experiment.

    Raises ReportgenError; TrainingFailed only where all configurations of a model fail.
    """
    request = _load(request)
    prepared = _prepare(request, reporter)
    if prepared is None:
        return request, None

    def complete(runs: Sequence[PlannedRun]) -> Mapping[str, Run]:
        reporter.stage("Sweep: runs on examples that are held out")
        return _complete(prepared, runs, reporter)

    swept = _search(prepared, complete)
    return _select(prepared, swept), swept


def explain_sweep(
    request: BuildRequest, reporter: Reporter
) -> tuple[BuildRequest, StudyExplanation | None]:
    """Return what a build would do about the sweep, and the request with what is selected.

    Nothing is selected yet where runs are missing. Trains nothing and writes nothing.
    """
    request = _load(request)
    prepared = _prepare(request, reporter, writes=False)
    if prepared is None:
        return request, None
    total = count_runs(prepared.loaded.experiment, prepared.loaded.find_plugins())
    kept = 0

    def complete(runs: Sequence[PlannedRun]) -> Mapping[str, Run]:
        nonlocal kept
        found = {run.key: load_run(prepared.store, run.key) for run in runs}
        done = [
            found[run.key] is not None or _is_known_to_diverge(prepared.store, run) for run in runs
        ]
        kept += sum(done)
        if not all(done):
            raise _NotKept
        return {key: run for key, run in found.items() if run is not None}

    try:
        request = _select(prepared, _search(prepared, complete))
    except _NotKept:
        return request, StudyExplanation("sweep", "runs", total, total - kept)
    return request, StudyExplanation("sweep", "runs", total, 0)


def not_selected(
    runs: tuple[RunExplanation, ...], experiment: Experiment
) -> tuple[RunExplanation, ...]:
    """Return what a build would do where the sweep has yet to select the settings of models."""
    reason = (Change("with the settings that the sweep will select"),)
    return tuple(
        replace(run, action="train", reasons=reason)
        if run.model in swept_models(experiment)
        else run
        for run in runs
    )


def _load(request: BuildRequest) -> BuildRequest:
    """Return the request with its experiment, which is read once."""
    return replace(request, loaded=load(request))


def _prepare(request: BuildRequest, reporter: Reporter, writes: bool = True) -> Prepared | None:
    """Return a build on the training set alone; None where the experiment has no sweep."""
    loaded = request.loaded
    settings = loaded.experiment.sweep if loaded else None
    if loaded is None or settings is None:
        return None
    store = Store(request.output / "store", reporter.warn)
    environment, source = find_data(request, loaded, reporter)
    fraction = loaded.experiment.training.validation_fraction
    held_out = hold_out(source, fraction, settings.seed)
    dataset, images = read_dataset(held_out, loaded.experiment.data, store, reporter, writes)
    return Prepared(request, loaded, store, dataset, (), held_out, environment, images)


def _select(prepared: Prepared, swept: Swept) -> BuildRequest:
    experiment = choose(prepared.loaded.experiment, swept.selected)
    return replace(prepared.request, loaded=replace(prepared.loaded, experiment=experiment))


def _complete(
    prepared: Prepared, planned: Sequence[PlannedRun], reporter: Reporter
) -> Mapping[str, Run]:
    """Return the runs that can be trained: some may diverge, as with a high learning rate."""
    runs = [run for run in planned if not _is_known_to_diverge(prepared.store, run)]
    try:
        return complete_runs(prepared, runs, reporter).results if runs else {}
    except ReportgenError as error:
        if not error.failed:
            raise
        for key, run in {run.key: run for run in runs if run.key in error.failed}.items():
            reason = f"training {run.title}, seed {run.seed}, {error.failed[key]}"
            reporter.warn(f"A configuration of the sweep is left out: {reason}")
            if DIVERGED in reason:
                prepared.store.write("digest", _divergence_key(key), {"reason": reason}, {})
        rest = [run for run in runs if run.key not in error.failed]
        return complete_runs(prepared, rest, reporter).results if rest else {}


def _is_known_to_diverge(store: Store, run: PlannedRun) -> bool:
    """Return whether a run diverged in an earlier build, as it would again."""
    return store.read("digest", _divergence_key(run.key)) is not None


def _divergence_key(key: str) -> str:
    return digest({"diverged": key})


@dataclass
class _Tried:
    """What was tried of one model so far."""

    model: Model
    suggestions: Suggestions
    asked: Sequence[Configuration]
    """What is to be tried next; empty at the end."""
    trials: list[Trial] = field(default_factory=list)
    classes: list[Classes] = field(default_factory=list)
    """Of the runs of all trials that did not fail."""
    scores: list[float | None] = field(default_factory=list)


def _search(prepared: Prepared, complete: Complete) -> Swept:
    """Ask for configurations and score them until there are no more; select the best ones."""
    experiment = prepared.loaded.experiment
    settings, metric = experiment.sweep, score_metric(experiment)
    assert settings is not None
    plan = _make_plan(prepared, settings)
    models = {model.slug: model for model in experiment.models}
    tried = []
    for slug, choices in swept_models(experiment).items():
        suggestions = suggest(settings, choices, metric.higher_is_better)
        tried.append(_Tried(models[slug], suggestions, next(suggestions)))
    while active := [each for each in tried if each.asked]:
        planned = [[plan(each.model, values) for values in each.asked] for each in active]
        found = complete([run for model in planned for runs in model for run in runs])
        for each, runs in zip(active, planned, strict=True):
            _take(each, runs, found, metric, prepared.dataset)
    record = SweepRecord(
        data_sha256=prepared.dataset.record.sha256,
        models=tuple(
            SweptModel(model=each.model.slug, trials=tuple(each.trials)) for each in tried
        ),
    )
    return Swept(
        record,
        {each.model.slug: np.array(each.classes, dtype=np.int32) for each in tried},
        {each.model.slug: _best(each, metric) for each in tried},
    )


def _make_plan(
    prepared: Prepared, settings: Sweep
) -> Callable[[Model, Configuration], tuple[PlannedRun, ...]]:
    """Return what plans the runs of one configuration of a model, one for each seed."""
    experiment, dataset = prepared.loaded.experiment, prepared.dataset
    plugins, numerics = prepared.loaded.find_plugins(), read_numerics()
    environment = prepared.environment
    assert environment is not None
    seeds = experiment.training.seeds[: settings.seeds]
    training = experiment.training.model_copy(update={"seeds": seeds})

    def plan(model: Model, values: Configuration) -> tuple[PlannedRun, ...]:
        changed = configure(model, experiment.training, values)
        one = experiment.model_copy(update={"models": (changed,), "training": training})
        held_out = (
            run.changed_to(fit_for_validation(run.ingredients, dataset.record.test))
            for run in plan_runs(one, dataset.record, environment, plugins, numerics)
        )
        return tuple(
            replace(plan_validation(run, dataset), configuration=_describe(values))
            for run in held_out
        )

    return plan


def _describe(values: Configuration) -> str:
    """Return a configuration in a few words: `learning_rate 0.01 and dropout 0.2`."""
    return join(f"{path.rpartition('.')[2]} {_print(value)}" for path, value in values.items())


def _print(value: JsonValue) -> str:
    return f"{value:g}" if isinstance(value, float) else shorten(str(value), 20)


def _take(
    tried: _Tried,
    planned: Sequence[Sequence[PlannedRun]],
    found: Mapping[str, Run],
    metric: Metric,
    dataset: Dataset,
) -> None:
    """Add the results of the configurations that were asked for, and ask for the next ones."""
    trials = [
        Trial(
            values=dict(values),
            keys=tuple(run.key for run in runs),
            failed=any(run.key not in found for run in runs),
        )
        for values, runs in zip(tried.asked, planned, strict=True)
    ]
    keys = [key for trial in trials if not trial.failed for key in trial.keys]
    classes = [found[key].evaluations["test"].classes for key in keys]
    predictions = predictions_of(trials, classes, dataset.test_labels, len(dataset.record.classes))
    scores = [score(metric, each) for each in predictions]
    tried.trials += trials
    tried.classes += classes
    tried.scores += scores
    try:
        tried.asked = tried.suggestions.send(scores)
    except StopIteration:
        tried.asked = ()


def _best(tried: _Tried, metric: Metric) -> Configuration:
    place = select(tried.scores, metric.higher_is_better)
    if place is None:
        raise TrainingFailed(
            f"{tried.model.slug}: all {len(tried.trials)} configurations of the sweep failed; try "
            "lower values of training.learning_rate"
        )
    return tried.trials[place].values
