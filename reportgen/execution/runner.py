"""Runs spread over processes: as many as there are cores, one thread each, the longest runs first.

This process loads no torch. It sends runs to workers one by one, forwards their messages, and ends
them when all runs are done, one has failed, or the user interrupts. Finished runs are in the store
by then.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from threading import Lock
from types import ModuleType
from typing import Any

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.errors import PluginFailed, ReportgenError, TrainingFailed
from reportgen.execution.progress import Outcome, Progress, TrainingOptions
from reportgen.execution.provenance import find_commit
from reportgen.execution.shared import share_images, temporary_folder
from reportgen.execution.worker import (
    Busy,
    Done,
    Failed,
    Job,
    Logged,
    Message,
    Ready,
    Task,
    Unbuildable,
    work,
)
from reportgen.results.store import Store

__all__ = ["Outcome", "Progress", "TrainingOptions", "train_runs"]

Notify = Callable[[Progress], None]

PRELOADED = [
    "reportgen.execution.run",
    "reportgen.execution.loaded",
    "reportgen.training.kernels",
    "torch._dynamo",
]
"""What the process that workers are forked from loads once; optimizers import the last, slowly."""

STOP_SECONDS = 5.0
"""How long a worker may take to end after it was asked to."""


class WorkerError(Exception):
    """What was raised in a worker, with its traceback; the cause of a TrainingFailed."""


@dataclass
class Worker:
    """A worker process, in its parent."""

    process: BaseProcess
    connection: Connection
    run: PlannedRun | None = None
    """What it is training."""
    epoch: int = 0
    """Whole epochs of that run."""
    idle: bool = False
    """Whether it has nothing left to do, so that its end loses no result."""

    def give(self, task: Task) -> None:
        """Send a run to the worker; where it is dead, what is received next says so."""
        self.run, self.epoch = task.run, 0
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(task)


@dataclass
class Queue:
    """The runs that wait for a worker."""

    waiting: list[PlannedRun]
    busy: list[PlannedRun] = field(default_factory=list)
    """Runs that another build is training: taken up when nothing else is left to do."""
    ordered: bool = False

    def order(self, costs: Mapping[str, float]) -> None:
        """Put the longest runs first, so that no long one is left at the end."""
        # Each worker estimates the same costs; the first estimate is enough.
        if not self.ordered:
            self.waiting.sort(key=lambda run: -costs[run.key])
            self.ordered = True

    def next(self) -> Task | None:
        """Return the next run to train, or None where all are taken."""
        if self.waiting:
            return Task(self.waiting.pop(0), wait=False)
        if self.busy:
            return Task(self.busy.pop(0), wait=True)
        return None


def train_runs(
    planned: Sequence[PlannedRun],
    images: DataArrays,
    store: Store,
    options: TrainingOptions,
    notify: Notify,
) -> dict[str, Outcome]:
    """Train the planned runs, each key once, and return the outcome of each key.

    Results go through the store alone. A run that another build finishes meanwhile is `reused`.
    On Ctrl-C the workers are stopped and KeyboardInterrupt is raised; finished runs are kept, and
    others resume from their last complete epoch the next time.

    Raises:
        PluginFailed: a model cannot be built, and nothing is trained; or the user's own code failed
            in a run.
        TrainingFailed: a run failed for another reason, or a worker died. All other runs are
            trained first, and those that failed are in `failed`, unless no worker is left.
    """
    runs = list({run.key: run for run in planned}.values())
    if not runs:
        return {}
    with closing(share_images(images)) as shared:
        job = Job(runs, shared, store, options.device, find_commit())
        with _workers(job, _count_workers(options, len(runs))) as workers:
            return _supervise(workers, Queue(list(runs)), len(runs), notify)


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _count_workers(options: TrainingOptions, runs: int) -> int:
    if options.workers is not None:
        return max(1, min(options.workers, runs))
    # Runs on a GPU are trained one after the other: in parallel they would only share it.
    return min(available_cores(), runs) if options.device == "cpu" else 1


@contextmanager
def _workers(job: Job, count: int) -> Iterator[list[Worker]]:
    """Start the workers, and end them when the block is left."""
    workers: list[Worker] = []
    try:
        with interrupts_held(), starting_processes():
            for _ in range(count):
                workers.append(_start_worker(job))  # noqa: PERF401 - a started one must be ended
        yield workers
    finally:
        _stop(workers)


@contextmanager
def starting_processes() -> Iterator[None]:
    """Start processes, without the main module; raises TrainingFailed where that cannot be done."""
    try:
        with without_main():
            yield
    except (EOFError, ConnectionError) as error:
        raise TrainingFailed(
            "a process ended while it was started (often because the system ran out of memory); "
            "free memory or use fewer workers, then build again"
        ) from error
    except OSError as error:
        raise TrainingFailed(
            f"no process can be started: {error.strerror or error}; if it is about the folder for "
            f"temporary files, {temporary_folder()}, set the environment variable TMPDIR to a "
            "folder that can be written and has a short path"
        ) from error


@contextmanager
def without_main() -> Iterator[None]:
    """Start processes that do not import the main module, of which workers need nothing.

    It may be a script that builds, and has no `if __name__ == "__main__"`: each would build again.
    """
    with _HIDING:
        _HIDDEN.append(sys.modules["__main__"])
        sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        with _HIDING:
            first = _HIDDEN.pop()
            if not _HIDDEN:
                sys.modules["__main__"] = first


_HIDDEN: list[ModuleType] = []
"""The main module, then what each further thread found in its place: the empty one."""
_HIDING = Lock()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Block SIGINT while processes are started, which inherit the blocked signal.

    Ctrl-C goes to every process of the terminal; only the parent handles it.
    """
    # Python would start its tracker with the first worker, and unblock SIGINT after that.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(job: Job) -> Worker:
    trains = any(run.ingredients.spec.training for run in job.runs)
    context = process_context(job.device, loads_torch=trains)
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(job, theirs), daemon=True)
    process.start()
    # An end that stays open here would hide the death of the worker.
    theirs.close()
    return Worker(process, ours)


def process_context(device: str, loads_torch: bool) -> ForkServerContext | SpawnContext:
    """Return how workers are started: not as forks of this process, whose threads may hold locks.

    On Linux they are forked from a process that has only loaded torch, which is then loaded, and in
    memory, only once. With a GPU there is a single worker.
    """
    if sys.platform != "linux" or device != "cpu":
        return get_context("spawn")
    context = get_context("forkserver")
    if loads_torch:
        context.set_forkserver_preload(PRELOADED)
    return context


def _stop(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.connection.close()
        worker.process.terminate()
    for worker in workers:
        worker.process.join(STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _supervise(
    workers: Sequence[Worker], queue: Queue, count: int, notify: Notify
) -> dict[str, Outcome]:
    """Keep the workers busy until all runs are done."""
    by_connection: dict[Any, Worker] = {worker.connection: worker for worker in workers}
    outcomes: dict[str, Outcome] = {}
    failures: dict[str, ReportgenError] = {}
    while len(outcomes) + len(failures) < count:
        for connection in wait(list(by_connection)):
            worker = by_connection[connection]
            try:
                message = _receive(worker)
            except ReportgenError as death:
                if worker.run is None or len(by_connection) == 1:
                    death.failed = {}  # nothing trains the other runs
                    raise
                failures[worker.run.key] = death
                message = None
            if message is None:
                del by_connection[connection]
            else:
                _take(message, worker, queue, outcomes, failures, notify)
    if failures:
        error = next(iter(failures.values()))
        error.failed = {key: each.failed[key] for key, each in failures.items()}
        raise error
    return outcomes


def _receive(worker: Worker) -> Message | None:
    """Return a worker's message, or None where an idle one has ended."""
    try:
        message: Message = worker.connection.recv()
    except (EOFError, OSError):  # OSError: it was killed amid a message
        if worker.idle:
            return None
        worker.process.join()
        kind = PluginFailed if _was_ended_by_plugin(worker) else TrainingFailed
        raise _make_error(kind, worker, _describe_death(worker)) from None
    return message


def _take(
    message: Message,
    worker: Worker,
    queue: Queue,
    outcomes: dict[str, Outcome],
    failures: dict[str, ReportgenError],
    notify: Notify,
) -> None:
    """Act on a worker's message."""
    match message:
        case Progress():
            worker.epoch = message.epoch
            notify(message)
            return
        case Logged():
            logging.getLogger(message.logger).log(message.level, "%s", message.message)
            return
        case Unbuildable():
            raise PluginFailed(message.reason)
        case Failed():
            kind = PluginFailed if message.in_plugin else TrainingFailed
            error = _make_error(kind, worker, message.reason)
            error.__cause__ = WorkerError(message.traceback)
            if worker.run is None:
                raise error
            failures[worker.run.key] = error
        case Ready():
            queue.order(message.costs)
        case Done():
            outcomes[message.key] = message.outcome
        case Busy() if worker.run is not None:
            queue.busy.append(worker.run)
    task = queue.next()
    worker.idle = task is None
    if task is not None:
        worker.give(task)


def _make_error(kind: type[ReportgenError], worker: Worker, reason: str) -> ReportgenError:
    """Return an error that names what a worker was doing."""
    run = worker.run
    if run is None:
        return kind(f"starting a training process failed: {reason}")
    training = run.ingredients.spec.training
    epoch = f" in epoch {min(worker.epoch + 1, training.epochs)}" if training else ""
    how = f"failed{epoch}: {reason}"
    error = kind(f"training {run.title}, seed {run.seed}, {how}")
    error.failed = {run.key: how}
    return error


def _was_ended_by_plugin(worker: Worker) -> bool:
    """Return whether the user's own code has ended the process, rather than a signal."""
    code = worker.process.exitcode
    return worker.run is not None and not worker.run.code.is_shipped and (code or 0) >= 0


def _describe_death(worker: Worker) -> str:
    code = worker.process.exitcode
    if code is not None and code < 0:
        how = f"its process was ended by {signal.Signals(-code).name}"
        if -code == signal.SIGKILL:
            how += " (often because the system ran out of memory; fewer workers need less)"
    else:
        how = f"its process ended with code {code}"
    return f"{how}; the next build resumes after its last complete epoch"
