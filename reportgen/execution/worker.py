"""A worker process: fits the runs that it receives, one after the other, and reports progress.

It sends messages to its parent through one pipe; results go only to the store. When the parent
ends for any reason, the pipe breaks and the worker ends too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun
from reportgen.errors import PluginFailed, ReportgenError, TrainingFailed
from reportgen.execution.locks import RunLock
from reportgen.execution.memory import keep_freed_memory
from reportgen.execution.progress import Outcome, Progress
from reportgen.execution.provenance import Commit
from reportgen.execution.shared import SharedImages
from reportgen.plugins import Plugin
from reportgen.plugins.loading import describe, shows_own_line
from reportgen.results.store import Store

if TYPE_CHECKING:
    from reportgen.training.fit import LoadedData

FAULTS_OF_NO_CODE = ("Diverged", "MemoryError", "OutOfMemoryError")
"""By name, since the modules of two of them load torch."""

LACK_OF_MEMORY = ("out of memory", "ALLOC_FAILED")
"""In the messages of a GPU's libraries, whose errors are of no type of their own."""

POLL_SECONDS = 0.2
"""How often to look whether another build has finished a run."""


@dataclass(frozen=True)
class Job:
    """What a worker receives once, when it starts."""

    runs: Sequence[PlannedRun]
    """All runs, to estimate what each costs."""
    images: SharedImages
    store: Store
    device: str
    commit: Commit


@dataclass(frozen=True)
class Task:
    """One run to train."""

    run: PlannedRun
    wait: bool
    """Whether to wait where another build is training it."""


@dataclass(frozen=True)
class Ready:
    """The worker can train, and has estimated what each run costs."""

    costs: Mapping[str, float]
    """Key → multiply-adds over all epochs and examples, up to a common factor."""


@dataclass(frozen=True)
class Done:
    """A run is in the store."""

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class Busy:
    """Another build is training this run."""


@dataclass(frozen=True)
class Failed:
    """A run failed, or the worker before its first one."""

    reason: str
    traceback: str
    in_plugin: bool
    """Whether the user's own code is wrong, rather than the machine or this package."""


@dataclass(frozen=True)
class Logged:
    """Something for the parent's log."""

    logger: str
    level: int
    message: str


@dataclass(frozen=True)
class Unbuildable:
    """A model cannot be built: nothing is fitted."""

    reason: str


Message = Ready | Unbuildable | Progress | Done | Busy | Failed | Logged


class ParentEnded(Exception):  # noqa: N818 - what has happened, not a fault
    """The pipe to the parent is broken: results have no receiver."""


@dataclass(frozen=True)
class Parent:
    """The process that gives a worker its runs; each method raises ParentEnded."""

    connection: Connection

    def send(self, message: Message) -> None:
        """Send a message."""
        try:
            self.connection.send(message)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ParentEnded from error

    def receive(self) -> Task:
        """Return the next run."""
        try:
            task: Task = self.connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise ParentEnded from error
        return task

    def wait(self) -> None:
        """Wait a moment before another build's run is looked for again."""
        # The parent sends nothing now: all that there can be to read is the end of the pipe.
        if self.connection.poll(POLL_SECONDS):
            raise ParentEnded


def work(job: Job, connection: Connection) -> None:
    """Fit the runs that come through the pipe, until it breaks."""
    parent = Parent(connection)
    for name in ("reportgen", "py.warnings"):
        logging.getLogger(name).addHandler(_PipeHandler(parent))
    logging.captureWarnings(True)
    try:
        try:
            load = _prepare(job)
            costs = estimate_costs(job.runs, job.images.train_labels.shape[0])
        except PluginFailed as error:
            parent.send(Unbuildable(str(error)))
            return
        except TrainingFailed as error:
            parent.send(Failed(str(error), traceback.format_exc(), in_plugin=False))
            return
        parent.send(Ready(costs))
        while True:
            parent.send(_attempt(parent.receive(), job, load, parent))
    except ParentEnded:
        return


def estimate_costs(runs: Sequence[PlannedRun], examples: int) -> dict[str, float]:
    """Return what each run costs, up to a common factor; infinite where that is not known.

    `examples` are all that there are to train on.

    Builds every model once. Raises PluginFailed: one of them cannot be built.
    """
    made: dict[str, float] = {}
    costs: dict[str, float] = {}
    for run in runs:
        spec = run.ingredients.spec
        model = digest(spec.model_copy(update={"seed": 0}))
        if model not in made:
            made[model] = _build(run)
        subset = run.ingredients.subset
        costs[run.key] = made[model] * (subset.size if subset else examples)
    return costs


def _build(run: PlannedRun) -> float:
    """Check that the model of a run can be built; return what a run of it costs."""
    spec = run.ingredients.spec
    try:
        if spec.training is None:
            from reportgen.training.estimators import make_estimator

            make_estimator(spec, run.code)
            # The time for fitting is not known, so these runs are begun first.
            return float("inf")
        from reportgen.training.fit import summarize_spec

        return float(summarize_spec(spec, run.code).multiply_adds * spec.training.epochs)
    except PluginFailed as error:
        raise PluginFailed(f"models.{run.model}: {error}") from error


def _prepare(job: Job) -> Callable[[], LoadedData] | None:
    """Load torch where a network is to be trained, which takes seconds, and set it up.

    Return a function that loads the data as tensors, once, so that errors in it belong to a run;
    None where there is no network.
    Raises TrainingFailed: the runs are planned with other code than this process has loaded.
    """
    from reportgen.execution.loaded import check_code

    check_code(job.runs, {})
    keep_freed_memory()
    if all(run.ingredients.spec.training is None for run in job.runs):
        return None
    import torch

    from reportgen.execution.run import load_data
    from reportgen.training.loop import make_deterministic

    device = torch.device(job.device)
    make_deterministic(device)
    return cache(lambda: load_data(job.images, device))


def _attempt(
    task: Task, job: Job, load: Callable[[], LoadedData] | None, parent: Parent
) -> Done | Busy | Failed:
    """Fit one run under its lock; an error becomes a message. Raises ParentEnded."""
    lock = RunLock(job.store, task.run.key)
    try:
        while not lock.acquire():
            if _is_kept(job.store, task.run):
                return Done(task.run.key, "reused")
            if not task.wait:
                return Busy()
            parent.wait()
        if _is_kept(job.store, task.run):
            return Done(task.run.key, "reused")
        return Done(task.run.key, _fit(task.run, job, load, lock, parent))
    except ParentEnded:
        raise
    # A plug-in may call sys.exit().
    except (Exception, SystemExit) as error:
        return Failed(
            _describe(error, task.run),
            traceback.format_exc(),
            is_plugin_fault(error, task.run.code),
        )
    finally:
        lock.release()


def is_plugin_fault(error: BaseException, code: Plugin) -> bool:
    """Return whether a run failed because of the user's own code.

    What is raised while a plug-in is trained is its own fault even where no line of it is in the
    traceback, as in a backward pass. A loss that is not finite, lack of memory, and files that
    cannot be written are not.
    """
    if isinstance(error, ReportgenError) or code.is_shipped:
        return isinstance(error, PluginFailed)
    if type(error).__name__ in FAULTS_OF_NO_CODE:
        return False
    if any(words in str(error) for words in LACK_OF_MEMORY):
        return False
    return not isinstance(error, OSError) or shows_own_line(error, code)


def _describe(error: BaseException, run: PlannedRun) -> str:
    if isinstance(error, ReportgenError) or run.code.is_shipped:
        return str(error) or type(error).__name__
    return describe(error, run.code)


def _fit(
    run: PlannedRun,
    job: Job,
    load: Callable[[], LoadedData] | None,
    lock: RunLock,
    parent: Parent,
) -> Outcome:
    def notify(progress: Progress) -> None:
        lock.beat()
        parent.send(progress)

    if run.ingredients.spec.training is None or load is None:
        from reportgen.execution.estimator_run import fit_run

        return fit_run(run, job.images, job.store, job.commit, notify)
    import torch

    from reportgen.execution.run import train_run

    device, clusters = torch.device(job.device), job.images.view_clusters()
    return train_run(run, load(), job.store, device, job.commit, notify, clusters)


def _is_kept(store: Store, run: PlannedRun) -> bool:
    """Return whether another build has finished the run since it was planned."""
    return store.read("run", run.key) is not None


class _PipeHandler(logging.Handler):
    """Sends log records to the parent process, which prints them."""

    def __init__(self, parent: Parent) -> None:
        super().__init__(logging.WARNING)
        self._parent = parent

    def emit(self, record: logging.LogRecord) -> None:
        self._parent.send(Logged(record.name, record.levelno, record.getMessage()))
