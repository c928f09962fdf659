"""The runs of a build: reused from the store, or trained where it lacks them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.data.describe import dataset_key
from reportgen.data.source import read_arrays
from reportgen.errors import DataDamaged, ReportgenError, StoreError, UsageError
from reportgen.execution.progress import NOT_ON_WINDOWS, TrainingOptions
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Pair, Reporter
from reportgen.results.files import check_writable
from reportgen.results.records import Outcome, Run, RunOutcome
from reportgen.results.runs import load_run
from reportgen.results.store import Store

BYTES_PER_RUN = 4 * 2**20
"""Space that a run takes in the store, with its checkpoint; checked before training."""


@dataclass(frozen=True)
class Completed:
    """Runs, all of which there are now."""

    results: Mapping[str, Run]
    """Key → run."""
    trained: frozenset[str]
    """Keys of those that were not kept before."""


def complete_runs(
    prepared: Prepared, planned: Sequence[PlannedRun], reporter: Reporter
) -> Completed:
    """Return the planned runs; those that the store lacks are trained. Raises as `finish_runs`."""
    fitted = {run.key for run in planned} - prepared.imported.keys()
    kept = {**prepared.imported, **_load_runs(prepared, fitted)}
    missing = tuple(run for run in planned if run.key not in kept)
    reporter.plan(planned, missing)
    trained: dict[str, Run] = {}
    if missing:
        _train(prepared, missing, reporter)
        trained = _load_runs(prepared, {run.key for run in missing})
    results = {**kept, **trained}
    return Completed({run.key: _require(results, run) for run in planned}, frozenset(trained))


def finish_runs(
    prepared: Prepared, reporter: Reporter
) -> tuple[dict[Pair, Run], tuple[RunOutcome, ...]]:
    """Return every planned run, and what was done about it; both in the order of the plan.

    Runs that the store contains are reused; the others are trained. Raises TrainingFailed, and
    StoreError where there is no room for the missing runs or a result is lost again at once.
    """
    done = complete_runs(prepared, prepared.planned, reporter)
    return (
        {(run.model, run.seed): done.results[run.key] for run in prepared.planned},
        tuple(
            RunOutcome(
                model=run.model,
                seed=run.seed,
                key=run.key,
                outcome=_how_trained(done.results[run.key])
                if run.key in done.trained
                else "reused",
            )
            for run in prepared.planned
        ),
    )


def _load_runs(prepared: Prepared, keys: set[str]) -> dict[str, Run]:
    found = ((key, load_run(prepared.store, key)) for key in sorted(keys))
    return {key: result for key, result in found if result is not None}


def _train(prepared: Prepared, missing: Sequence[PlannedRun], reporter: Reporter) -> None:
    require_training()
    check_writable(prepared.request.output, BYTES_PER_RUN * len({run.key for run in missing}))
    assert prepared.environment is not None
    images = _read_again(prepared) if prepared.images is None else prepared.images
    request = prepared.request
    options = TrainingOptions(prepared.environment.device, request.workers, request.cluster)
    train(missing, images, prepared.store, options, reporter)


def _read_again(prepared: Prepared) -> DataArrays:
    """Return the examples; raises DataDamaged where they are not those that the keys name."""
    source, data = prepared.source, prepared.loaded.experiment.data
    assert source is not None
    images = read_arrays(source, data)
    if images.sha256 != prepared.dataset.record.sha256:
        # The next build describes the data anew, even where the kept description is at fault.
        prepared.store.remove("dataset", dataset_key(source, data))
        raise DataDamaged(
            f"{source.title}: the files in {source.files[0].path} changed while the report was "
            "built; nothing was trained on them; build again"
        )
    return images


def train(
    runs: Sequence[PlannedRun],
    images: DataArrays,
    store: Store,
    options: TrainingOptions,
    reporter: Reporter,
) -> None:
    """Train runs into a store; raises as `execution.runner.train_runs`."""
    # Each loads what a build without training does not need.
    if options.cluster:
        cluster = load_cluster(options.cluster, reporter)
        cluster.train_runs(runs, images, store, options, reporter.progress, reporter.warn)
    else:
        from reportgen.execution.runner import train_runs

        train_runs(runs, images, store, options, reporter.progress)


def require_training() -> None:
    """Raise UsageError on a system where no run is trained, and no network evaluated."""
    if sys.platform == "win32":
        raise UsageError(NOT_ON_WINDOWS)


def load_cluster(address: str, reporter: Reporter) -> ModuleType:
    """Return `execution.cluster`, which needs Dask; raises ReportgenError where it is missing."""
    if find_spec("distributed") is None:
        raise ReportgenError(
            "a cluster needs Dask; install it with: pip install 'reportgen[cluster]'"
        )
    reporter.stage(f"Connecting to the cluster {address}")
    from reportgen.execution import cluster

    return cluster


def _how_trained(result: Run) -> Outcome:
    provenance = result.record.provenance
    return "resumed" if provenance and provenance.resumed_from_epoch is not None else "trained"


def _require(results: Mapping[str, Run], run: PlannedRun) -> Run:
    if run.key not in results:
        raise StoreError(
            f"the run {run.key[:12]} was damaged or removed while the report was built; build again"
        )
    return results[run.key]
