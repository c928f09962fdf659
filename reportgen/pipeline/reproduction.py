"""Compute runs of a report again from what it carries, and compare.

Read from top to bottom: open the report, choose runs, find the data, plan each run from the
configuration that the report prints, train it, compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from reportgen import __version__
from reportgen.config.environment import (
    Device,
    Environment,
    installed_torch,
    installed_versions,
    resolve_device,
)
from reportgen.config.models import find_plugins
from reportgen.config.plan import PlannedRun, plan_runs, require_libraries
from reportgen.config.schema import Data, Experiment, Model
from reportgen.data.arrays import DataArrays
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source
from reportgen.data.subsets import plan_validation
from reportgen.errors import DataUnavailable, UsageError, VerificationFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.pipeline.carried_code import needs_trust, write_code
from reportgen.pipeline.requests import Reporter
from reportgen.pipeline.runs import require_training, train
from reportgen.results.evidence import Evidence, ModelRun
from reportgen.results.records import DatasetRecord, Run
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from reportgen.verification import read_report
from reportgen.verification.reproduction import (
    Reproduction,
    check_labels,
    check_plan,
    compare_run,
    compare_weights,
)


@dataclass(frozen=True)
class Opened:
    """A report whose runs are to be computed again."""

    path: Path
    evidence: Evidence
    experiment: Experiment
    """The configuration that the report prints."""


@dataclass(frozen=True)
class ReproductionOptions:
    """How runs are computed again."""

    data_dir: Path | None = None
    device: Device | None = None
    """None is that of the report."""
    workers: int | None = None
    trusts_code: bool = False
    """Whether code of the report's author may run."""
    weights: Path | None = None
    """Store with the weights of the runs, which are evaluated in place of training."""


def open_report(path: Path) -> Opened:
    """Read a report; raises UsageError and VerificationFailed as `read_report`."""
    evidence = read_report(path).evidence
    try:
        experiment = Experiment.model_validate(evidence.header.experiment)
    except ValidationError as error:
        raise VerificationFailed(
            f"reportgen {__version__} cannot read the configuration in the report: "
            f"{str(error).splitlines()[0]}"
        ) from error
    return Opened(path, evidence, experiment)


def choose_runs(
    opened: Opened,
    count: int,
    named: Sequence[str] = (),
    only_networks: bool = False,
    draw: Random | None = None,
) -> tuple[ModelRun, ...]:
    """Return the runs that are named (`MODEL/SEED`), or `count` that are drawn at random.

    The draw is that of the operating system where none is given, so that the author of a
    report cannot foresee which runs will be computed again. Raises UsageError.
    """
    known = {
        f"{run.model}/{run.seed}": run
        for run in opened.evidence.header.runs
        if run.record.spec.kind == "network"
        or (run.record.spec.kind == "estimator" and not only_networks)
    }
    if not known:
        what = "trained networks" if only_networks else "runs that were trained"
        raise UsageError(
            f"{opened.path} has no {what}; predictions that were made elsewhere cannot be computed "
            "again"
        )
    if named:
        unknown = [name for name in named if name not in known]
        if unknown:
            raise UsageError(
                f"--run {unknown[0]}: the report has no such run; its runs are {', '.join(known)}"
            )
        return tuple(known[name] for name in dict.fromkeys(named))
    drawn = (draw or SystemRandom()).sample(list(known), min(count, len(known)))
    return tuple(run for name, run in known.items() if name in drawn)


def reproduce(
    opened: Opened, runs: Sequence[ModelRun], options: ReproductionOptions, reporter: Reporter
) -> tuple[Reproduction, ...]:
    """Compute the runs again and compare each with what the report carries.

    Raises UsageError: code of the author's would run that is not trusted, this version of reportgen
    trains with other code, or the device is not there; DataUnavailable: the data are not those that
    the report names; TrainingFailed.
    """
    evidence = opened.evidence
    untrusted = [run for run in runs if needs_trust(run.record)]
    if untrusted and not options.trusts_code:
        references = ", ".join(dict.fromkeys(run.record.spec.reference for run in untrusted))
        raise UsageError(
            "computing these runs again executes code that the report's author chose "
            f"({references}); read it above, then repeat the command with --trust-code"
        )
    arrays = find_data(opened, options, reporter)
    wrong = check_labels(evidence, arrays)
    if wrong:
        raise VerificationFailed(f"{opened.path}: {wrong}")
    with TemporaryDirectory(prefix="reportgen-") as name:
        folder = Path(name)
        write_code(folder / "code", runs)
        planned = [_plan(opened.experiment, run, arrays, options, folder / "code") for run in runs]
        faults = [
            check_plan(run, each.ingredients) for run, each in zip(runs, planned, strict=True)
        ]
        for run, each in zip(runs, planned, strict=True):
            _check_code(run, each)
        right = [each for each, fault in zip(planned, faults, strict=True) if fault is None]
        found = _compute(right, arrays, options, folder / "store", reporter)
    compare = compare_weights if options.weights else compare_run
    return tuple(
        fault or compare(evidence, run, found[each.key])
        for run, each, fault in zip(runs, planned, faults, strict=True)
    )


def find_data(opened: Opened, options: ReproductionOptions, reporter: Reporter) -> DataArrays:
    """Read the data that the report names; raises DataUnavailable where others are here."""
    record = opened.evidence.header.dataset
    data = _name_data(opened.experiment.data, record)
    folder = options.data_dir or Path()
    if data.source is not None and ".py:" in data.source and not options.trusts_code:
        raise UsageError(
            f"the data of this report come from the function {data.source}, whose code is not in "
            f"it; to run the function of that name in {folder}, add --trust-code"
        )
    reporter.stage(f"Reading {record.title}")
    source = find_source(data, options.data_dir, None, reporter.stage, folder=folder)
    arrays = read_arrays(source, data)
    if arrays.sha256 != record.sha256:
        raise DataUnavailable(
            f"the data found here are not those of the report: {record.title} has the SHA-256 "
            f"{arrays.sha256[:12]}… here and {record.sha256[:12]}… in the report; name the folder "
            "of its data with --data-dir"
        )
    return arrays


def _name_data(data: Data, record: DatasetRecord) -> Data:
    """Return the settings of the data that were used: a stand-in has its own name."""
    changes: dict[str, object] = {"fallback": "none"}
    if data.source is None and record.stand_in_for is not None:
        changes["name"] = record.name
    return data.model_copy(update=changes)


def _plan(
    experiment: Experiment,
    run: ModelRun,
    arrays: DataArrays,
    options: ReproductionOptions,
    folder: Path,
) -> PlannedRun:
    """Plan a run from the configuration, with the device class and the precision of the run."""
    model = _model_of(experiment, run)
    spec = run.record.spec
    environment = Environment(
        versions=installed_versions(),
        device=_device_of(run, options),
        precision=spec.training.precision if spec.training else "float32",
    )
    require_libraries((model,), environment)
    training = experiment.training.model_copy(update={"seeds": (run.seed,)})
    one = experiment.model_copy(update={"models": (model,), "training": training})
    (planned,) = plan_runs(one, arrays, environment, find_plugins((model,), folder))
    return plan_validation(planned, arrays)


def _model_of(experiment: Experiment, run: ModelRun) -> Model:
    found = [model for model in experiment.models if model.slug == run.model]
    if not found or run.seed not in experiment.training.seeds or found[0].predictions:
        raise VerificationFailed(
            f"{run.model}, seed {run.seed}: the configuration in the report has no such run"
        )
    return found[0]


def _device_of(run: ModelRun, options: ReproductionOptions) -> Device:
    """Return where to train; raises UsageError where this machine has no such device."""
    if run.record.spec.kind == "estimator":
        return "cpu"
    device = options.device or run.record.ingredients.device or "cpu"
    try:
        return resolve_device(device, installed_torch())
    except UsageError as error:
        raise UsageError(
            f"{run.model}, seed {run.seed}, was trained on {device}, which this machine does not "
            f"have ({error}); --device cpu trains it on the processor and compares by a "
            "statistical test"
        ) from error


def _check_code(run: ModelRun, planned: PlannedRun) -> None:
    """Make sure that the code here is that of the run: reportgen's own, and what it carries."""
    ours, theirs = planned.ingredients.sources, run.record.ingredients.sources
    differing = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    own = [name for name in differing if name in planned.code.digests]
    if own:
        raise VerificationFailed(
            f"{run.model}, seed {run.seed}: the file {own[0]} in the report is not the one that "
            "its key names"
        )
    if differing:
        made = run.record.provenance
        commit = f", commit {made.commit[:12]}" if made and made.commit else ""
        raise UsageError(
            f"{run.model}, seed {run.seed}, was trained with other code than that of reportgen "
            f"{__version__}{commit}: {', '.join(differing)}; run this command with the version "
            "that wrote the report"
        )


def _compute(
    planned: Sequence[PlannedRun],
    arrays: DataArrays,
    options: ReproductionOptions,
    folder: Path,
    reporter: Reporter,
) -> Mapping[str, Run]:
    """Return each run by its key here, trained again or evaluated from its weights."""
    require_training()
    if options.weights is not None:
        store = Store(options.weights, reporter.warn)
        return {run.key: _evaluate(run, arrays, store, reporter) for run in planned}
    reporter.plan(planned, planned)
    store = Store(folder, reporter.warn)
    for device in dict.fromkeys(run.ingredients.device for run in planned):
        runs = [run for run in planned if run.ingredients.device == device]
        train(runs, arrays, store, TrainingOptions(device or "cpu", options.workers), reporter)
    found = {run.key: load_run(store, run.key) for run in planned}
    return {key: run for key, run in found.items() if run is not None}


def _evaluate(run: PlannedRun, arrays: DataArrays, store: Store, reporter: Reporter) -> Run:
    from reportgen.execution.study_work import evaluate_weights

    weights = load_weights(store, run.key)
    if weights is None:
        raise UsageError(
            f"--from-weights {store.root}: there are no weights of {run.model}, seed {run.seed} "
            f"(key {run.key[:12]}); name the folder `store` of the output that contains them"
        )
    reporter.stage(f"Evaluating the weights of {run.model}, seed {run.seed}")
    return evaluate_weights(run, weights, arrays, run.ingredients.device or "cpu")
