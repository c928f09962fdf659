"""Before the first training step: read the experiment, find its data, plan its runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import reportgen
from reportgen.config.checks import check_class_names
from reportgen.config.environment import Environment, describe_environment
from reportgen.config.explain import explain
from reportgen.config.findings import to_problems
from reportgen.config.keys import digest
from reportgen.config.loading import LoadedExperiment, load_experiment
from reportgen.config.plan import PlannedRun, plan_runs, require_libraries
from reportgen.config.registration import find_plan, plan_path, register
from reportgen.config.schema import Data
from reportgen.config.spec import Ingredients
from reportgen.config.sweep import Configuration
from reportgen.data.arrays import DataArrays
from reportgen.data.describe import dataset_key, describe_dataset
from reportgen.data.source import Source, read_arrays
from reportgen.data.sources import find_source
from reportgen.data.subsets import plan_validation
from reportgen.errors import ConfigurationError, UsageError
from reportgen.pipeline.imports import date_of, describe_order, import_runs, read_imports
from reportgen.pipeline.requests import BuildRequest, Reporter, RunExplanation
from reportgen.results.datasets import load_dataset, save_dataset
from reportgen.results.evidence import Classes, Evidence, FailedRun, SweepRecord
from reportgen.results.files import check_writable, write_file
from reportgen.results.records import Dataset, DatasetRecord, Run
from reportgen.results.results_json import read_results, run_keys
from reportgen.results.runs import kept_ingredients, load_run
from reportgen.results.store import Store
from reportgen.verification.signature import is_signed


@dataclass(frozen=True)
class Swept:
    """A sweep whose runs are complete."""

    record: SweepRecord
    predicted: Mapping[str, Classes]
    """Slug → predicted classes of the held-out examples, `[runs, n]`."""
    selected: Mapping[str, Configuration]
    """Slug → the configuration that is selected."""

    def add_to(self, evidence: Evidence) -> Evidence:
        """Return the evidence with all that the sweep tried."""
        return replace(evidence.with_header(sweep=self.record), swept=self.predicted)


@dataclass(frozen=True)
class Prepared:
    """A build before its first training step."""

    request: BuildRequest
    loaded: LoadedExperiment
    store: Store
    dataset: Dataset
    planned: tuple[PlannedRun, ...]
    source: Source | None = None
    """None where only predictions are known."""
    environment: Environment | None = None
    """None where nothing is fitted."""
    images: DataArrays | None = field(repr=False, default=None)
    """Read already where the data set had to be described; None otherwise."""
    imported: Mapping[str, Run] = field(repr=False, default_factory=dict)
    """Key → run whose predictions were made elsewhere."""
    failed: tuple[FailedRun, ...] = ()
    """Runs of models that are left out, since training them failed."""
    swept: Swept | None = None
    """What a sweep tried before it selected the settings of models; None without one."""


def load(request: BuildRequest) -> LoadedExperiment:
    """Return the experiment of a request, and check the signature of its plan.

    Raises ConfigurationError, and UsageError where the plan is not what was signed.
    """
    if request.loaded:
        return request.loaded
    loaded = load_experiment(request.experiment, request.overrides, request.name)
    plan = find_plan(loaded.path)
    if plan and plan.signature and is_signed(plan) is False:
        raise UsageError(
            f"{plan_path(loaded.path)} was changed after it was signed, or {plan.name}.sig is the "
            "signature of another file; restore the plan as it was signed, or remove both files: "
            "the report then has no plan"
        )
    return loaded


def prepare(request: BuildRequest, reporter: Reporter, writes: bool = True) -> Prepared:
    """Read the experiment, find and check its data, and plan its runs; trains nothing.

    Afterwards the output folder is known to be writable, and the data set is in the store; unless
    `writes` is false.
    """
    loaded = load(request)
    if writes:
        check_writable(request.output)
    store = Store(request.output / "store", reporter.warn)
    if loaded.experiment.is_imported:
        return _prepare_imported(request, loaded, store, reporter)
    return _prepare_data_set(request, loaded, store, reporter, writes)


def write_plan(request: BuildRequest, reporter: Reporter) -> Path:
    """Write the plan beside the experiment file and return its path; trains nothing.

    Raises UsageError where there is one already: what was planned is not to be changed.
    """
    prepared = prepare(request, reporter, writes=False)
    path = plan_path(prepared.loaded.path)
    if path.exists():
        raise UsageError(
            f"{path} already exists; a plan is written only once, before the first run"
        )
    plan = register(
        prepared.loaded.experiment.model_dump(mode="json"),
        prepared.dataset.record.sha256,
        reportgen.__version__,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_file(path, plan.model_dump_json(indent=2).encode() + b"\n")
    return path


def without_failed(
    prepared: Prepared, failed: Collection[str]
) -> tuple[BuildRequest, tuple[FailedRun, ...]] | None:
    """Return the build without the models of which a run failed, given by keys, and these runs.

    None where nothing can be built without them: no model is left, a note quotes one of them, or
    the runs are those of a study.
    """
    runs = [run for run in prepared.planned if run.key in failed]
    if not runs:
        return None
    gone, models = {run.model for run in runs}, prepared.loaded.experiment.models
    try:
        rest = prepared.loaded.without([model.slug not in gone for model in models])
    except ConfigurationError:
        return None
    names = {model.slug: model.name for model in models}
    left_out = tuple(FailedRun(model=names[run.model], seed=run.seed) for run in runs)
    return replace(prepared.request, loaded=rest), left_out


def _prepare_imported(
    request: BuildRequest, loaded: LoadedExperiment, store: Store, reporter: Reporter
) -> Prepared:
    """Read the predictions of an experiment that fits nothing; they are dated as their files."""
    reporter.stage("Reading the predictions")
    found = request.predictions or read_imports(loaded, None)
    experiment = loaded.experiment
    for assumed in describe_order(experiment, found):
        reporter.warn(assumed)
    if experiment.report.date is None:
        report = experiment.report.model_copy(update={"date": date_of(found)})
        experiment = experiment.model_copy(update={"report": report})
    imports = import_runs(experiment, found, None)
    loaded = replace(loaded, experiment=experiment)
    return Prepared(request, loaded, store, imports.dataset, imports.planned, imported=imports.runs)


def _prepare_data_set(
    request: BuildRequest,
    loaded: LoadedExperiment,
    store: Store,
    reporter: Reporter,
    writes: bool,
) -> Prepared:
    """Find and describe the data set, and plan what is fitted to it."""
    experiment = loaded.experiment
    environment, source = find_data(request, loaded, reporter)
    if source.stand_in_reason:
        reporter.warn(source.stand_in_reason)
    dataset, images = read_dataset(source, experiment.data, store, reporter, writes)
    _warn_of_shared_examples(dataset.record, reporter)
    # The notes may quote a class that the data set does not have.
    if findings := check_class_names(experiment, dataset.record.classes):
        raise ConfigurationError(str(loaded.path), to_problems(findings, {}, {}))
    runs = plan_runs(experiment, dataset.record, environment, loaded.find_plugins())
    planned = tuple(plan_validation(run, dataset) for run in runs)
    imported: Mapping[str, Run] = {}
    if any(model.predictions for model in experiment.models):
        reporter.stage("Reading the predictions")
        imports = import_runs(experiment, read_imports(loaded, dataset), dataset)
        slugs, imported = [model.slug for model in experiment.models], imports.runs
        both = sorted((*planned, *imports.planned), key=lambda run: slugs.index(run.model))
        planned = tuple(both)
    return Prepared(request, loaded, store, dataset, planned, source, environment, images, imported)


def find_data(
    request: BuildRequest, loaded: LoadedExperiment, reporter: Reporter
) -> tuple[Environment, Source]:
    """Return what runs are fitted with, and the files of the data set; reads no example."""
    experiment = loaded.experiment
    environment = describe_environment(
        request.device, experiment.training.precision, elsewhere=request.cluster is not None
    )
    # Checked first: what has to be installed comes before anything else.
    require_libraries(experiment.models, environment)
    source = find_source(
        experiment.data, request.data_dir, None, reporter.stage, folder=loaded.path.parent
    )
    return environment, source


def read_dataset(
    source: Source, data: Data, store: Store, reporter: Reporter, writes: bool
) -> tuple[Dataset, DataArrays | None]:
    """Return the described data set, and its arrays where it was not kept from before."""
    key = dataset_key(source, data)
    dataset = load_dataset(store, key)
    if dataset is not None:
        return dataset, None
    reporter.stage(f"Reading {source.title}")
    images = read_arrays(source, data)
    dataset = describe_dataset(source, images)
    if writes:
        save_dataset(store, key, dataset)
    return dataset, images


def _warn_of_shared_examples(dataset: DatasetRecord, reporter: Reporter) -> None:
    if dataset.shared:
        reporter.warn(
            f"{dataset.shared:,} of the {dataset.test:,} test examples "
            f"({dataset.shared / dataset.test:.1%}) are training examples too, byte for byte; "
            "values are better than on new examples. Remove them from one of the two sets."
        )


def explain_runs(prepared: Prepared) -> tuple[RunExplanation, ...]:
    """Return for each run whether a build would reuse, resume or train it, and why.

    Trains nothing and writes nothing: the output folder may be read-only, or not be there.
    """
    kept = kept_recent_first(prepared)
    checkpoints = set(prepared.store.keys("checkpoint"))
    in_use = {run.key for run in prepared.planned}
    explanations = []
    for run in prepared.planned:
        if run.key in prepared.imported or load_run(prepared.store, run.key) is not None:
            explanations.append(RunExplanation(run.model, run.seed, "reuse", ()))
            continue
        action: Literal["resume", "train"] = "resume" if run.key in checkpoints else "train"
        explanations.append(RunExplanation(run.model, run.seed, action, explain(run, kept, in_use)))
    return tuple(explanations)


def kept_recent_first(prepared: Prepared) -> list[Ingredients]:
    """Return what is kept, the runs of the last build first, to compare with these."""
    last = read_results(prepared.request.output / prepared.loaded.slug)
    recent = run_keys(last) if last else frozenset()
    return sorted(kept_ingredients(prepared.store), key=lambda run: digest(run) not in recent)
