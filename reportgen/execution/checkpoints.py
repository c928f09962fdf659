"""Checkpoints: all that a run needs to resume after a whole epoch with the same results.

Tensors are safetensors, the history is JSON. A checkpoint is kept under the key of its run, so no
run that differs in its ingredients reads it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from reportgen.config.plan import PlannedRun
from reportgen.results.records import Epoch, Record
from reportgen.results.store import Store
from reportgen.training.loop import Training, start, training_spec
from reportgen.training.optimization import optimizer_state, set_optimizer_state

MODEL = "model.safetensors"
OPTIMIZER = "optimizer.safetensors"
BEST = "best.safetensors"
RANDOM = "random.safetensors"


class CheckpointRecord(Record):
    """The JSON part of a checkpoint."""

    history: tuple[Epoch, ...]


def save_checkpoint(store: Store, key: str, training: Training) -> None:
    """Keep the run as it is now, in place of its earlier checkpoint; raises StoreError."""
    record = CheckpointRecord(history=tuple(training.history))
    files = {
        MODEL: encode_weights(training),
        OPTIMIZER: save(_copy(optimizer_state(training.optimizer))),
        BEST: save(_copy(training.best)),
        RANDOM: save(_random_state(training)),
    }
    store.write("checkpoint", key, record.model_dump(mode="json"), files)


def restore_checkpoint(store: Store, run: PlannedRun, device: torch.device) -> Training | None:
    """Return the run as its last checkpoint left it, or None where there is none that fits.

    One that does not fit is set aside with a warning. Raises StoreError.
    """
    key, spec = run.key, run.ingredients.spec
    entry = store.read("checkpoint", key)
    if entry is None:
        return None
    training = start(spec, run.code, device)
    try:
        record = CheckpointRecord.model_validate(entry.record)
        epochs = training_spec(spec).epochs
        if not 0 < len(record.history) <= epochs:
            raise ValueError(f"it contains {len(record.history)} epochs of {epochs}")
        training.history.extend(record.history)
        training.model.load_state_dict(load(entry.files[MODEL]))
        training.best = {k: v.to(device) for k, v in load(entry.files[BEST]).items()}
        set_optimizer_state(training.optimizer, load(entry.files[OPTIMIZER]))
        _set_random_state(training, load(entry.files[RANDOM]))
    except (LookupError, ValueError, SafetensorError, RuntimeError, TypeError) as problem:
        store.set_aside("checkpoint", key, entry, str(problem).splitlines()[0])
        return None
    return training


def encode_weights(training: Training) -> bytes:
    """Return the weights and buffers of the model as safetensors bytes."""
    return save(_copy(training.model.state_dict()))


def _copy(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return contiguous copies, each with its own memory, as safetensors requires."""
    return {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


def _random_state(training: Training) -> dict[str, Tensor]:
    states = {
        "shuffle": training.shuffle.get_state(),
        "cpu": torch.get_rng_state(),
        **{
            name: torch.tensor(numbers, dtype=torch.float64)
            for name, numbers in other_random_states().items()
        },
    }
    if training.device.type != "cpu":
        states["device"] = _device_random(training.device).get_rng_state()
    return states


def _set_random_state(training: Training, states: Mapping[str, Tensor]) -> None:
    training.shuffle.set_state(states["shuffle"])
    torch.set_rng_state(states["cpu"])
    set_other_random_states({name: states[name].tolist() for name in ("python", "numpy")})
    if training.device.type != "cpu":
        _device_random(training.device).set_rng_state(states["device"])


def other_random_states() -> dict[str, list[float]]:
    """Return the states of Python's and NumPy's generators, which the user's own code may use.

    The last number of each is the second of a pair of Gaussian numbers that is still to be given
    out, NaN where there is none; the others are whole numbers below 2³².
    """
    _, numbers, spare = random.getstate()
    _, keys, position, has_spare, numpy_spare = np.random.get_state()
    return {
        "python": [*numbers, math.nan if spare is None else spare],
        "numpy": [*map(int, keys), position, numpy_spare if has_spare else math.nan],
    }


def set_other_random_states(states: Mapping[str, Sequence[float]]) -> None:
    """Restore what `other_random_states` returned."""
    *numbers, spare = states["python"]
    # 3 is the version of the format that `random.getstate` returns.
    random.setstate((3, tuple(map(int, numbers)), None if math.isnan(spare) else spare))
    *keys, position, spare = states["numpy"]
    rest = (0, 0.0) if math.isnan(spare) else (1, spare)
    np.random.set_state(("MT19937", np.array(keys, dtype=np.uint32), int(position), *rest))


def _device_random(device: torch.device) -> Any:
    """Return the module with the random state of a GPU: `torch.cuda` or `torch.mps`."""
    return getattr(torch, device.type)
