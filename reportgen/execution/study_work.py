"""What studies have computed with trained networks: each result once, over processes.

A result is kept in the store as soon as it is made; a cluster makes them by `cluster.compute`.
"""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.errors import ReportgenError, StoreError, TrainingFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.runner import available_cores, process_context, starting_processes
from reportgen.results.arrays import EVALUATION, pack_arrays
from reportgen.results.runs import load_weights
from reportgen.results.store import Store

if TYPE_CHECKING:
    import torch

    from reportgen.training.loop import Training


@dataclass(frozen=True)
class Work(ABC):
    """Some results of a study that one process makes."""

    runs: Mapping[str, PlannedRun]
    """Key of each result → the run whose network it is made with."""

    @property
    def size(self) -> int:
        """How much of the progress that is shown it is."""
        return 1

    @property
    @abstractmethod
    def packages(self) -> tuple[str, ...]:
        """Names of the packages that the results depend on, beside those of the networks."""

    @property
    @abstractmethod
    def code(self) -> Mapping[str, str]:
        """Function of the study, as `module:function` → SHA-256 of its module."""

    @abstractmethod
    def do(self, store: Store, device: torch.device) -> None:
        """Make the results and keep them; raises TrainingFailed and StoreError."""


def count_workers(options: TrainingOptions) -> int:
    """Return how many processes share the work; of a cluster, a guess."""
    if options.cluster:
        return 8
    return options.workers or (available_cores() if options.device == "cpu" else 1)


def compute(
    works: Sequence[Work], store: Store, options: TrainingOptions, notify: Callable[[int], None]
) -> None:
    """Do the work over processes; `notify` receives how much is done.

    On Ctrl-C, what has been begun is finished first. Raises TrainingFailed where a process cannot
    be started or dies, or a network cannot be evaluated.
    """
    done, context = 0, process_context(options.device, loads_torch=True)
    with ProcessPoolExecutor(
        min(count_workers(options), len(works)), mp_context=context, initializer=_set_up
    ) as pool:
        try:
            with starting_processes():
                futures = [
                    pool.submit(_do, work, work.code, store, options.device) for work in works
                ]
            for future in as_completed(futures):
                done += future.result()
                notify(done)
        except BrokenProcessPool as error:
            raise TrainingFailed(
                "a process that evaluated networks was ended (often because the system ran out of "
                "memory; fewer workers need less); the next build continues where this one stopped"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _set_up() -> None:
    """Leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(work: Work, code: Mapping[str, str], store: Store, name: str) -> int:
    import torch

    from reportgen.execution.loaded import check_code
    from reportgen.training.loop import make_deterministic

    check_code(work.runs.values(), code)
    device = torch.device(name)
    make_deterministic(device)
    work.do(store, device)
    return work.size


@contextmanager
def naming_failure(what: str) -> Iterator[None]:
    """Raise TrainingFailed, which names what failed, for whatever a network raises."""
    try:
        yield
    except ReportgenError:
        raise
    except Exception as error:
        raise TrainingFailed(f"{what} failed: {error}; leave out the study or the model") from error


def restore_network(store: Store, run: PlannedRun, device: torch.device) -> Training:
    """Return the trained network of a run; raises StoreError where the store lacks it."""
    from safetensors.torch import load

    from reportgen.training.loop import start

    weights = load_weights(store, run.key)
    if weights is None:
        raise StoreError(
            f"the run {run.key[:12]} was damaged or removed while it was evaluated; build again"
        )
    training = start(run.ingredients.spec, run.code, device)
    training.model.load_state_dict(load(weights))
    return training


def keep(
    store: Store, key: str, run: PlannedRun, arrays: Mapping[str, NDArray[Any]], **about: Any
) -> None:
    """Keep one result."""
    record = {"run": run.key, **about}
    store.write("evaluation", key, record, {EVALUATION: pack_arrays(arrays)})
