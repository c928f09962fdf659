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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.errors import ReportgenError, StoreError, TrainingFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.runner import available_cores, process_context, starting_processes
from reportgen.results.arrays import EVALUATION, pack_arrays, pack_classes
from reportgen.results.evidence import ImageSet
from reportgen.results.quantisation import code_odds
from reportgen.results.records import Run
from reportgen.results.runs import load_weights
from reportgen.results.store import Store
from reportgen.studies.study import IMAGE_PACKAGES, Examination, ImageChanges

if TYPE_CHECKING:
    import torch
    from torch import Tensor

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
    done = 0
    with _processes(min(count_workers(options), len(works)), options.device) as pool:
        with starting_processes():
            futures = [pool.submit(_do, work, work.code, store, options.device) for work in works]
        for future in as_completed(futures):
            done += future.result()
            notify(done)


def evaluate_weights(run: PlannedRun, weights: bytes, images: DataArrays, device: str) -> Run:
    """Return the run with what its weights, safetensors, predict; in a process, as all networks.

    Raises as `run.evaluate_weights`, and TrainingFailed where the process cannot be started or
    dies.
    """
    with _processes(1, device) as pool:
        with starting_processes():
            evaluated = pool.submit(_evaluate_weights, run, weights, images, device)
        return evaluated.result()


def _evaluate_weights(run: PlannedRun, weights: bytes, images: DataArrays, device: str) -> Run:
    from reportgen.execution import run as execution  # loads torch

    return execution.evaluate_weights(run, weights, images, device)


@contextmanager
def _processes(count: int, device: str) -> Iterator[ProcessPoolExecutor]:
    """Start processes that evaluate networks; raises TrainingFailed where one dies."""
    context = process_context(device, loads_torch=True)
    with ProcessPoolExecutor(count, mp_context=context, initializer=_set_up) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise TrainingFailed(
                "a process that evaluated networks was ended (often because the system ran out of "
                "memory); free memory or use fewer workers, then repeat the command"
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
        # `sys.exit` would end this thread alone.
        os._exit(1)


def _do(work: Work, code: Mapping[str, str], store: Store, name: str) -> int:
    # In the worker alone: the process that builds loads no torch.
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


@dataclass(frozen=True)
class Task:
    """One image set, and the evaluations of it that are missing."""

    images: ImageSet
    keys: Sequence[str]
    given: NDArray[np.uint8] | None = None
    """The images, if they are not changed here."""


@dataclass(frozen=True)
class Evaluate(Work):
    """Some image sets, with all that a process needs for them."""

    tasks: Sequence[Task]
    inputs: NDArray[np.uint8]
    """The unchanged images at `positions`, `[n, channels, height, width]`."""
    positions: NDArray[np.integer[Any]]
    changes: ImageChanges

    @property
    def size(self) -> int:
        """How many image sets there are."""
        return len(self.tasks)

    @property
    def packages(self) -> tuple[str, ...]:
        """What computes besides torch."""
        return IMAGE_PACKAGES

    @property
    def code(self) -> Mapping[str, str]:
        """What changes images."""
        return {self.changes.change.reference: self.changes.change.digest}

    def do(self, store: Store, device: torch.device) -> None:
        """Evaluate every network on one image set after the other."""
        import torch

        from reportgen.training.loop import predict

        networks: dict[str, Training] = {}
        for task in self.tasks:
            changed = task.given
            if changed is None:
                changed = self.changes.change(self.inputs, self.positions, task.images.recipe)
            images = torch.from_numpy(changed).to(device)
            for key in task.keys:
                run = self.runs[key]
                if run.key not in networks:
                    networks[run.key] = restore_network(store, run, device)
                where = f"{run.model}, seed {run.seed}, on {task.images.name}"
                with naming_failure(f"evaluating {where},"):
                    logits = predict(networks[run.key], images)
                arrays = self._arrays(logits, changed, run.ingredients.spec.classes)
                keep(store, key, run, arrays, images=task.images.model_dump(mode="json"))

    def _arrays(
        self, logits: Tensor, changed: NDArray[np.uint8], classes: int
    ) -> dict[str, NDArray[Any]]:
        import torch

        predicted = logits.argmax(1).to(torch.int32).cpu().numpy()
        arrays = {"test": pack_classes(predicted, classes), "first": changed[0]}
        if self.changes.confidence:
            there = changed.any(axis=(1, 2, 3))
            arrays["confidence"] = np.where(there, code_odds(_log_odds(logits)), 0)
        return arrays


def _log_odds(logits: Tensor) -> NDArray[np.float32]:
    """Return ln(p / (1 − p)) of the largest probability p of each row, `[n]`."""
    largest, index = logits.max(dim=1)
    others = logits.scatter(1, index[:, None], float("-inf"))
    found: NDArray[np.float32] = (largest - others.logsumexp(dim=1)).cpu().numpy()
    return found


OTHER_SEED = 2**31
"""What is added to a run's seed for the initial weights that its trained ones are compared with."""


@dataclass(frozen=True)
class Examine(Work):
    """One network that is to be examined."""

    what: Literal["measure", "show"]
    examination: Examination
    settings: Mapping[str, Any]
    images: NDArray[np.uint8]
    """`[n, channels, height, width]`"""
    positions: NDArray[np.int32]
    """Where they are in the test set, `[n]`."""

    @property
    def packages(self) -> tuple[str, ...]:
        """What computes besides torch."""
        return ("numpy", "scipy", self.examination.package)

    @property
    def code(self) -> Mapping[str, str]:
        """What examines."""
        return {self.examination.measure.reference: self.examination.measure.digest}

    def do(self, store: Store, device: torch.device) -> None:
        """Examine the network."""
        from reportgen.training.loop import start

        ((key, run),) = self.runs.items()
        examination = self.examination
        trained = restore_network(store, run, device)
        with naming_failure(f"examining {run.model}, seed {run.seed},"):
            if self.what == "show":
                arrays = examination.show(trained, self.images, self.settings)
            else:
                spec = run.ingredients.spec
                # NumPy takes seeds below 2**32.
                other = spec.model_copy(update={"seed": (spec.seed + OTHER_SEED) % 2**32})
                untrained = start(other, run.code, device)
                arrays = examination.measure(
                    trained, untrained, self.images, self.positions, self.settings
                )
        keep(store, key, run, arrays, examined=self.what)
