"""Training against plain torch: optimizers, schedules, smoothing, clipping, augmentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, OneCycleLR, StepLR

from reportgen.training.augmentation import augment
from reportgen.training.loop import split_rows, train_epoch, training_spec
from reportgen.training.optimization import optimizer_state, rate_at, set_optimizer_state
from tests.support.training import CPU, begin, load, make_spec, make_training

RATE = 0.01


def make_plain(parameters: Any, settings: dict[str, Any]) -> Optimizer:
    """Return torch's own optimizer, with neither fused nor batched kernels."""
    names = ("momentum", "nesterov", "weight_decay")
    given = {name: settings[name] for name in names if name in settings}
    make = {"adam": Adam, "adamw": AdamW, "sgd": SGD, "rmsprop": RMSprop}[settings["optimizer"]]
    return make(parameters, RATE, foreach=False, **given)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam"},
        {"optimizer": "adam", "weight_decay": 0.01},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01},
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
        {"optimizer": "rmsprop"},
        {"optimizer": "rmsprop", "momentum": 0.5},
        {"optimizer": "sgd", "label_smoothing": 0.1},
        {"optimizer": "sgd", "gradient_clip": 0.05},
    ],
    ids=str,
)
def test_an_epoch_is_the_plain_loop(settings: dict[str, Any]) -> None:
    """Two epochs equal torch's own optimizer in the loop of a textbook."""
    spec, examples = make_spec(learning_rate=RATE, **settings), load().train
    ours, theirs = begin(spec), begin(spec)
    rows, _ = split_rows(len(examples.labels), spec, CPU)
    optimizer = make_plain(theirs.model.parameters(), settings)
    for _ in range(2):
        ours.history.append(train_epoch(ours, examples, rows, lambda _: None))
        order = torch.randperm(len(rows), generator=theirs.shuffle)
        for batch in order.split(training_spec(spec).batch_size):
            logits = theirs.model((examples.images[batch] / 255 - 0.5) / 0.5)
            loss = F.cross_entropy(
                logits,
                examples.labels[batch],
                label_smoothing=settings.get("label_smoothing", 0.0),
            )
            optimizer.zero_grad()
            loss.backward()
            if "gradient_clip" in settings:
                nn.utils.clip_grad_norm_(theirs.model.parameters(), settings["gradient_clip"])
            optimizer.step()
    for mine, other in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)


def rates_of(make: Callable[[Optimizer], Any], steps: int) -> list[float]:
    """Return the rate of each step under one of torch's schedules."""
    optimizer = SGD([nn.Parameter(torch.zeros(1))], RATE)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("settings", "make"),
    [
        ({"schedule": "constant"}, lambda o: LambdaLR(o, lambda _: 1.0)),
        ({"schedule": "cosine"}, lambda o: CosineAnnealingLR(o, 24)),
        ({"schedule": "one-cycle"}, lambda o: OneCycleLR(o, RATE, 24, cycle_momentum=False)),
        (
            {"schedule": "step", "step_epochs": 2, "step_factor": 0.5},
            lambda o: StepLR(o, 2 * 4, 0.5),
        ),
        (
            {"schedule": "constant", "warmup_epochs": 2},
            lambda o: LambdaLR(o, lambda step: min(1.0, (step + 1) / 8)),
        ),
    ],
    ids=["constant", "cosine", "one-cycle", "step", "warm-up"],
)
def test_rates_are_those_of_torch(settings: dict[str, Any], make: Any) -> None:
    """Over six epochs of four steps each, every rate equals that of torch's scheduler."""
    training = make_training(learning_rate=RATE, epochs=6, **settings)
    ours = [rate_at(training, step, 4) for step in range(24)]
    assert ours == pytest.approx(rates_of(make, 24), rel=1e-6)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle", "step"])
def test_a_schedule_begins_after_the_warm_up(schedule: Any) -> None:
    """After warm-up the schedule has the epochs that are left, and the rate rises before it."""
    whole = make_training(learning_rate=RATE, epochs=4, schedule=schedule, step_epochs=1)
    warm = whole.model_copy(update={"epochs": 6, "warmup_epochs": 2})
    rates = [rate_at(warm, step, 5) for step in range(30)]
    assert rates[10:] == pytest.approx([rate_at(whole, step, 5) for step in range(20)])
    assert rates[:10] == pytest.approx([RATE * (step + 1) / 10 for step in range(10)])


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def test_a_shift_moves_each_image_by_itself() -> None:
    """A dot lands at most `shift` pixels away, in another place from image to image."""
    images = torch.zeros(40, 1, 21, 15)
    images[:, :, 10, 7] = 1.0
    moved = augment(images, make_training(shift=3.0), generator())
    rows, columns = torch.meshgrid(torch.arange(21.0), torch.arange(15.0), indexing="ij")
    mass = moved.sum((1, 2, 3))
    torch.testing.assert_close(mass, torch.ones(40), rtol=1e-4, atol=1e-4)
    down = (moved[:, 0] * rows).sum((1, 2)) - 10
    across = (moved[:, 0] * columns).sum((1, 2)) - 7
    for moves in (down, across):
        assert moves.abs().max() <= 3.0 + 1e-4
        assert moves.abs().max() > 2.0 and moves.unique().numel() == 40


def test_a_rotation_keeps_distances_from_the_centre() -> None:
    """A dot stays as far from the centre, in images that are not square too."""
    images = torch.zeros(40, 1, 41, 31)
    images[:, :, 20, 25] = 1.0
    turned = augment(images, make_training(rotation=30.0), generator())
    rows, columns = torch.meshgrid(torch.arange(41.0), torch.arange(31.0), indexing="ij")
    mass = turned[:, 0].sum((1, 2))
    down = (turned[:, 0] * rows).sum((1, 2)) / mass - 20
    across = (turned[:, 0] * columns).sum((1, 2)) / mass - 15
    torch.testing.assert_close(torch.hypot(down, across), torch.full((40,), 10.0), rtol=0, atol=0.2)
    angles = torch.rad2deg(torch.atan2(down, across)).abs()
    assert 20 < angles.max() <= 31


def test_noise_has_its_deviation_and_stays_in_range() -> None:
    """Pixels get noise of the given deviation and stay in [0, 1]; features are not cut off."""
    settings = make_training(noise=0.1)
    pixels = augment(torch.full((50, 1, 20, 20), 0.5), settings, generator())
    assert pixels.std().item() == pytest.approx(0.1, rel=0.05)
    assert augment(torch.ones(50, 1, 9, 9), settings, generator()).max() == 1.0
    features: Tensor = augment(torch.full((2000, 5), 3.0), settings, generator())
    assert features.mean().item() == pytest.approx(3.0, abs=0.01)
    assert features.std().item() == pytest.approx(0.1, rel=0.05)


def test_augmented_training_is_seeded() -> None:
    """The same seed alters the same way; another one does not, and neither does no augmentation."""
    examples = load().train

    def train(**changes: Any) -> float:
        spec = make_spec(**changes)
        rows, _ = split_rows(len(examples.labels), spec, CPU)
        return train_epoch(begin(spec), examples, rows, lambda _: None).loss

    altered = {"shift": 1.0, "rotation": 10.0, "noise": 0.05}
    assert train(**altered) == train(**altered)
    assert len({train(**altered), train(seed=1, **altered), train()}) == 3


@pytest.mark.parametrize(("fused", "expected"), [(True, "meta"), (False, "cpu")])
def test_a_state_is_restored_where_the_optimizer_reads_it(fused: bool, expected: str) -> None:
    """Fused kernels read the number of steps on the device; a meta device stands for a GPU."""
    model = nn.Linear(3, 2)
    optimizer = Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    saved = optimizer_state(optimizer)
    moved = Adam(nn.Linear(3, 2, device="meta").parameters())
    # Its constructor refuses fused kernels on this device.
    moved.defaults["fused"] = fused
    set_optimizer_state(moved, saved)
    devices = {label: value.device.type for label, value in optimizer_state(moved).items()}
    assert devices == {label: expected if "step" in label else "meta" for label in saved}
