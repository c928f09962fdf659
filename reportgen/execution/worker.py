"""A worker process: trains the runs it is handed, one after the other, and says how it goes.

It talks to its parent through one pipe and leaves results in the store alone. When the parent dies,
however that happens, the pipe breaks and the worker ends with it.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from reportgen.config.plan import PlannedRun
from reportgen.execution.locks import RunLock
from reportgen.execution.memory import keep_freed_memory
from reportgen.execution.progress import Outcome, Progress
from reportgen.execution.provenance import Commit
from reportgen.execution.shared import SharedImages
from reportgen.results.store import Store

if TYPE_CHECKING:
    from reportgen.training.fit import LoadedData

POLL_SECONDS = 0.2
"""How often to look whether another build has finished a run."""


@dataclass(frozen=True)
class Job:
    """What a worker is told once, when it starts."""

    runs: Sequence[PlannedRun]
    """All runs there are, to estimate what each costs."""
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
    """Key → multiply-adds over all epochs, but for a common factor."""


@dataclass(frozen=True)
class Done:
    """A run is in the store."""

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class Busy:
    """Another build is training this run."""

    key: str


@dataclass(frozen=True)
class Failed:
    """A run failed."""

    key: str
    reason: str
    traceback: str


@dataclass(frozen=True)
class Logged:
    """Something for the parent's log."""

    logger: str
    level: int
    message: str


Message = Ready | Progress | Done | Busy | Failed | Logged


def work(job: Job, connection: Connection) -> None:
    """Train what comes through the pipe until it says None or breaks."""
    logging.getLogger("reportgen").addHandler(_PipeHandler(connection))
    try:
        load = _prepare(job)
        connection.send(Ready(estimate_costs(job.runs)))
        while (task := connection.recv()) is not None:
            connection.send(_attempt(task, job, load, connection.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        # The parent is gone, and nobody is left to work for.
        return


def estimate_costs(runs: Sequence[PlannedRun]) -> dict[str, float]:
    """Return what each run costs, up to a common factor; one that cannot be built is infinite."""
    from reportgen.training.fit import summarize_spec
    from reportgen.training.loop import training_spec

    costs: dict[str, float] = {}
    for run in runs:
        spec = run.ingredients.spec
        try:
            costs[run.key] = float(summarize_spec(spec).multiply_adds * training_spec(spec).epochs)
        except Exception:
            # It fails again, and is reported, when it is trained.
            costs[run.key] = float("inf")
    return costs


def _prepare(job: Job) -> Callable[[], LoadedData]:
    """Load torch, which takes seconds, and settle what must be before the first run.

    Return what loads the images, once: a run is there by then that can fail, and say why.
    """
    if job.device == "cuda":
        # Without it, cuBLAS may add up in another order from run to run.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    from reportgen.execution.run import load_data
    from reportgen.training.loop import make_deterministic

    keep_freed_memory()
    device = torch.device(job.device)
    make_deterministic(device)
    return cache(lambda: load_data(job.images, device))


def _attempt(
    task: Task,
    job: Job,
    load: Callable[[], LoadedData],
    send: Callable[[Message], None],
) -> Done | Busy | Failed:
    """Train one run under its lock; an error becomes a message."""
    lock = RunLock(job.store, task.run.key)
    try:
        while not lock.acquire():
            if _is_kept(job.store, task.run):
                return Done(task.run.key, "reused")
            if not task.wait:
                return Busy(task.run.key)
            time.sleep(POLL_SECONDS)
        if _is_kept(job.store, task.run):
            return Done(task.run.key, "reused")
        return Done(task.run.key, _train(task.run, job, load(), lock, send))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        return Failed(task.run.key, reason, traceback.format_exc())
    finally:
        lock.release()


def _train(
    run: PlannedRun,
    job: Job,
    images: LoadedData,
    lock: RunLock,
    send: Callable[[Message], None],
) -> Outcome:
    import torch

    from reportgen.execution.run import train_run

    def notify(progress: Progress) -> None:
        lock.beat()
        send(progress)

    return train_run(run, images, job.store, torch.device(job.device), job.commit, notify)


def _is_kept(store: Store, run: PlannedRun) -> bool:
    """Whether another build has finished the run since it was planned."""
    return store.read("run", run.key) is not None


class _PipeHandler(logging.Handler):
    """Hands what this process logs to its parent, which alone knows where it belongs."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(logging.WARNING)
        self._connection = connection

    def emit(self, record: logging.LogRecord) -> None:
        self._connection.send(Logged(record.name, record.levelno, record.getMessage()))
