"""What trained networks predict for images that a study changes: computed once, over processes.

Each evaluation of one network is kept in the store by itself, as soon as it is made.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.data.changed_images import read_images
from reportgen.errors import ReportgenError, StoreError, TrainingFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.runner import available_cores, process_context, without_main
from reportgen.results.arrays import EVALUATION, pack_arrays, pack_classes
from reportgen.results.evidence import ImageSet
from reportgen.results.quantisation import code_odds
from reportgen.results.runs import load_weights
from reportgen.results.store import Store
from reportgen.studies.study import ImageChanges

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from reportgen.training.loop import Training


@dataclass(frozen=True)
class Task:
    """One image set, and the networks whose predictions for it are missing."""

    images: ImageSet
    runs: Mapping[str, PlannedRun]
    """Key of the evaluation → the run."""
    file: Path | None = None
    """Where the images are read, if they are not changed here."""
    other: NDArray[np.uint8] | None = None
    """The images, if they are of another data set."""


@dataclass(frozen=True)
class _Work:
    """Some tasks, with all that a process needs for them."""

    tasks: Sequence[Task]
    inputs: NDArray[np.uint8]
    positions: NDArray[np.integer[Any]]
    changes: ImageChanges
    store: Store
    device: str


def evaluate(
    tasks: Sequence[Task],
    inputs: NDArray[np.uint8],
    positions: NDArray[np.integer[Any]],
    changes: ImageChanges,
    store: Store,
    options: TrainingOptions,
    notify: Callable[[int], None],
) -> None:
    """Evaluate what is missing, and keep it in the store.

    `inputs`, `[n, channels, height, width]`, are the unchanged images at `positions`. `notify`
    receives how many image sets are done. On Ctrl-C, sets that have been begun are finished first.

    Raises TrainingFailed where a process dies or a network cannot be evaluated.
    """
    count = count_workers(options)
    portion = max(1, min(5, len(tasks) // (2 * count)))
    parts = [
        _Work(tasks[start : start + portion], inputs, positions, changes, store, options.device)
        for start in range(0, len(tasks), portion)
    ]
    over_processes(_evaluate, parts, options, notify)


def count_workers(options: TrainingOptions) -> int:
    """Return how many processes evaluate."""
    return options.workers or (available_cores() if options.device == "cpu" else 1)


def over_processes(
    function: Callable[[Any], int],
    parts: Sequence[Any],
    options: TrainingOptions,
    notify: Callable[[int], None],
) -> None:
    """Call the function with each part, over processes; it returns how much of the work is done.

    `notify` receives the sum. Raises TrainingFailed where a process dies.
    """
    done, context = 0, process_context(options.device, loads_torch=True)
    with ProcessPoolExecutor(
        min(count_workers(options), len(parts)), mp_context=context, initializer=_set_up
    ) as pool:
        with without_main():
            futures = [pool.submit(function, part) for part in parts]
        try:
            for future in as_completed(futures):
                done += future.result()
                notify(done)
        except BrokenProcessPool as error:
            raise TrainingFailed(
                "a process that evaluated networks was ended (often the system ran out of "
                "memory; fewer workers need less); the next build goes on where this one stopped"
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


def _evaluate(work: _Work) -> int:
    """Evaluate the tasks of one portion; return how many there were."""
    import torch

    from reportgen.training.loop import make_deterministic, predict

    device = torch.device(work.device)
    make_deterministic(device)
    change = work.changes.load()
    networks: dict[str, Training] = {}
    for task in work.tasks:
        if task.other is not None:
            changed = task.other
        elif task.file is not None:
            changed = read_images(task.file)[work.positions]
        else:
            changed = change(work.inputs, work.positions, task.images.recipe)
        images = torch.from_numpy(changed).to(device)
        for key, run in task.runs.items():
            if run.key not in networks:
                networks[run.key] = restore_network(work.store, run, device)
            try:
                logits = predict(networks[run.key], images)
            except ReportgenError:
                raise
            except Exception as error:
                raise TrainingFailed(
                    f"evaluating {run.model}, seed {run.seed}, on {task.images.name} failed: "
                    f"{error}"
                ) from error
            classes = logits.argmax(1).to(torch.int32).cpu().numpy()
            packed = pack_classes(classes, run.ingredients.spec.classes)
            arrays = {"test": packed, "first": changed[0]}
            if work.changes.confidence:
                there = changed.any(axis=(1, 2, 3))
                arrays["confidence"] = np.where(there, code_odds(_log_odds(logits)), 0)
            record = {"run": run.key, "images": task.images.model_dump(mode="json")}
            work.store.write("evaluation", key, record, {EVALUATION: pack_arrays(arrays)})
    return len(work.tasks)


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


def _log_odds(logits: Tensor) -> NDArray[np.float32]:
    """Return ln(p / (1 − p)) of the largest probability p of each row, `[n]`."""
    largest, index = logits.max(dim=1)
    others = logits.scatter(1, index[:, None], float("-inf"))
    found: NDArray[np.float32] = (largest - others.logsumexp(dim=1)).cpu().numpy()
    return found
