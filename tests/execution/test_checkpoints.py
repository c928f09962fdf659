import logging
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportgen.config.plan import PlannedRun
from reportgen.execution.checkpoints import (
    other_random_states,
    restore_checkpoint,
    set_other_random_states,
)
from reportgen.execution.progress import Progress
from reportgen.execution.run import train_run
from reportgen.results.runs import load_run, load_weights
from reportgen.results.store import Store
from tests.support.factories import assert_same_evaluations
from tests.support.training import CPU, NO_COMMIT, load, plan


class Stopped(Exception):  # noqa: N818
    """The process that trained was ended here."""


def _ignore(_: Progress) -> None:
    """Ignore the progress."""


def _train(run: PlannedRun, store: Store, notify: Callable[[Progress], None] = _ignore) -> str:
    return train_run(run, load(), store, CPU, NO_COMMIT, notify)


def _stop_after(epochs: int) -> Callable[[Progress], None]:
    def notify(progress: Progress) -> None:
        # The last word before an epoch begins: its checkpoint is written, nothing of the next one.
        if progress.state == "training" and progress.epoch == epochs:
            raise Stopped

    return notify


@pytest.mark.parametrize("stop", [1, 2, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "cnn", "dropout": 0.4},
        {"reference": "mlp", "dropout": 0.2, "optimizer": "sgd", "validation_fraction": 0.2},
        {
            "optimizer": "sgd",
            "momentum": 0.9,
            "schedule": "one-cycle",
            "shift": 1.0,
            "rotation": 10.0,
            "noise": 0.05,
            "validation_fraction": 0.2,
            "patience": 2,
            "epochs": 4,
        },
        {"optimizer": "rmsprop", "schedule": "cosine", "warmup_epochs": 1, "gradient_clip": 0.5},
        {"optimizer": "adamw", "weight_decay": 0.1, "label_smoothing": 0.1},
    ],
    ids=["cnn-adam", "mlp-sgd", "all-at-once", "rmsprop", "adamw"],
)
def test_resumed_run_is_an_undisturbed_one(
    tmp_path: Path, stop: int, changes: dict[str, object]
) -> None:
    """A run that stops after any epoch and goes on gives the bits of one that never stopped."""
    run = plan(**changes)
    whole, broken = Store(tmp_path / "whole"), Store(tmp_path / "broken")
    assert _train(run, whole) == "trained"
    with pytest.raises(Stopped):
        _train(run, broken, _stop_after(stop))
    assert load_run(broken, run.key) is None
    # Another run in the same process must leave no trace in this one.
    _train(plan(seed=9, dropout=0.5), broken)
    assert _train(run, broken) == "resumed"
    expected, resumed = load_run(whole, run.key), load_run(broken, run.key)
    assert expected is not None and resumed is not None
    assert load_weights(broken, run.key) == load_weights(whole, run.key)
    assert_same_evaluations(resumed, expected)
    assert [epoch.model_copy(update={"seconds": 0}) for epoch in resumed.record.history] == [
        epoch.model_copy(update={"seconds": 0}) for epoch in expected.record.history
    ]
    assert resumed.record.provenance is not None and expected.record.provenance is not None
    assert resumed.record.provenance.resumed_from_epoch == stop
    assert expected.record.provenance.resumed_from_epoch is None
    assert broken.keys("checkpoint") == ()


def test_damaged_checkpoint_is_a_miss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A checkpoint with one flipped byte is set aside with a warning; the run starts over."""
    run, store = plan(), Store(tmp_path)
    with pytest.raises(Stopped):
        _train(run, store, _stop_after(2))
    path = next(store.folder("checkpoint", run.key).glob("*optimizer*"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert _train(run, store) == "trained"
    assert "damaged" in caplog.text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": "cnn"}, "Missing key"),
        ({"epochs": 1}, "epochs"),
        ({"input_shape": (1, 6, 6)}, "size mismatch"),
    ],
    ids=["other-model", "too-many-epochs", "other-shape"],
)
def test_checkpoint_that_does_not_fit_is_a_miss(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, object],
    reason: str,
) -> None:
    """A whole checkpoint of another model under this key is never used."""
    run, store = plan(), Store(tmp_path)
    with pytest.raises(Stopped):
        _train(run, store, _stop_after(2))
    other = replace(plan(**changes), key=run.key)
    with caplog.at_level(logging.WARNING):
        assert restore_checkpoint(store, other, CPU) is None
    assert store.read("checkpoint", run.key) is None
    assert caplog.text


@pytest.mark.parametrize("drawn", [0, 1, 2])
def test_the_generators_of_own_code_go_on_where_they_were(drawn: int) -> None:
    """Gaussian numbers come in pairs: the second one of a pair is part of the state."""

    def draw(count: int) -> list[float]:
        return [each() for _ in range(count) for each in (lambda: random.gauss(0, 1), randn)]

    randn = np.random.randn
    random.seed(0)
    np.random.seed(0)
    draw(drawn)
    states = other_random_states()
    expected = draw(3)
    set_other_random_states(states)
    assert draw(3) == expected


def test_checkpoints_hold_no_pickle(tmp_path: Path) -> None:
    """A checkpoint is safetensors and JSON, one for the last epoch only."""
    run, store = plan(dropout=0.1), Store(tmp_path)
    with pytest.raises(Stopped):
        _train(run, store, _stop_after(2))
    entry = store.read("checkpoint", run.key)
    assert entry is not None
    assert len(entry.record["history"]) == 2
    assert all(name.endswith(".safetensors") for name in entry.files)
    folder = store.folder("checkpoint", run.key)
    assert len(list(folder.iterdir())) == len(entry.files) + 1
