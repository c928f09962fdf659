"""What studies have computed from trained networks themselves: once, over processes.

Each result is kept in the store as soon as it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.errors import ReportgenError, TrainingFailed
from reportgen.execution.evaluations import over_processes, restore_network
from reportgen.execution.progress import TrainingOptions
from reportgen.results.arrays import EVALUATION, pack_arrays
from reportgen.results.store import Store
from reportgen.studies.study import Examination

OTHER_SEED = 2**31
"""What is added to a run's seed for the initial weights that its trained ones are compared with."""


@dataclass(frozen=True)
class Examined:
    """One network that is to be examined."""

    key: str
    run: PlannedRun
    what: Literal["measure", "show"]
    images: NDArray[np.uint8]
    """`[n, channels, height, width]`"""
    positions: NDArray[np.int32]
    """Where they are in the test set, `[n]`."""


@dataclass(frozen=True)
class _Work:
    task: Examined
    examination: Examination
    settings: Mapping[str, Any]
    store: Store
    device: str


def examine(
    tasks: Sequence[Examined],
    examination: Examination,
    settings: Mapping[str, Any],
    store: Store,
    options: TrainingOptions,
    notify: Callable[[int], None],
) -> None:
    """Examine networks, and keep what is found in the store; `notify` receives how many are done.

    Raises TrainingFailed where a process dies or a network cannot be examined.
    """
    parts = [_Work(task, examination, settings, store, options.device) for task in tasks]
    over_processes(_examine, parts, options, notify)


def _examine(work: _Work) -> int:
    import torch

    from reportgen.training.loop import make_deterministic, start

    device, task = torch.device(work.device), work.task
    make_deterministic(device)
    measure, show = work.examination.load()
    trained = restore_network(work.store, task.run, device)
    try:
        if task.what == "show":
            arrays = show(trained, task.images, work.settings)
        else:
            spec = task.run.ingredients.spec
            other = spec.model_copy(update={"seed": (spec.seed + OTHER_SEED) % 2**32})
            untrained = start(other, task.run.code, device)
            arrays = measure(trained, untrained, task.images, task.positions, work.settings)
    except ReportgenError:
        raise
    except Exception as error:
        run = task.run
        raise TrainingFailed(
            f"examining {run.model}, seed {run.seed}, failed: {error}; "
            "leave the study out, or the model"
        ) from error
    record = {"run": task.run.key, "examined": task.what}
    work.store.write("evaluation", task.key, record, {EVALUATION: pack_arrays(arrays)})
    return 1
