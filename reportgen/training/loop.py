"""The training loop, and the evaluation that follows it: plain PyTorch, the same bits every time.

A run's numbers depend on its spec, the data and the machine alone. So one thread computes each run,
however many run side by side, and every random number comes from the run's own seed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from reportgen.config.spec import RunSpec, TrainingSpec
from reportgen.plugins import Plugin
from reportgen.results.records import Epoch
from reportgen.training.augmentation import augment, check_augmentation, is_augmented
from reportgen.training.building import build_model
from reportgen.training.optimization import make_optimizer, rate_at

NOTIFY_BATCHES = 50
"""After how many batches progress is reported."""

DROPOUT = (
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    *(nn.AlphaDropout, nn.FeatureAlphaDropout),
)

EVALUATION_BATCH = 250
"""Small: what an evaluation takes is kept by the process (`reportgen.execution.memory`)."""


@dataclass(frozen=True)
class Examples:
    """Labelled images on the device."""

    images: Tensor
    """uint8 `[n, channels, height, width]`, a quarter of the memory of normalised ones, or what the
    network is given as it is: float32 `[n, channels, height, width]` or `[n, features]`."""
    labels: Tensor
    """int64 `[n]`."""


@dataclass
class Training:
    """A run on its way: all that a checkpoint keeps."""

    spec: RunSpec
    device: torch.device
    model: nn.Module
    optimizer: Optimizer
    shuffle: torch.Generator
    scale: tuple[Tensor, Tensor]
    """Mean and standard deviation of the channels: float32 `[1 or channels, 1, 1]` each."""
    levels: Tensor
    """What each level of a channel is normalised to: float32 `[1 or channels, 256]`."""
    history: list[Epoch] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    """Weights and buffers of the best epoch so far, where training may stop early."""

    @property
    def settings(self) -> TrainingSpec:
        """How the weights are found."""
        return training_spec(self.spec)


def training_spec(spec: RunSpec) -> TrainingSpec:
    """Return the training settings of a run that is trained by epochs."""
    if spec.training is None:
        raise ValueError(f"{spec.reference} is not trained by epochs")
    return spec.training


def start(spec: RunSpec, plugin: Plugin, device: torch.device) -> Training:
    """Return a run before its first epoch; every random state is set by the spec's seed.

    Raises PluginFailed: the user's own network cannot be built.
    """
    torch.manual_seed(spec.seed)
    np.random.seed(spec.seed)
    random.seed(spec.seed)
    settings = training_spec(spec)
    check_augmentation(spec)
    set_matrix_precision(settings)
    model = build_model(spec, plugin).to(device)
    if plugin.is_shipped and device.type != "mps":
        # The layout that convolutions are fastest in, except on Apple's GPUs; networks of the
        # user's own may flatten with `view`, which it does not allow.
        model = model.to(memory_format=torch.channels_last)
        if spec.reference == "cnn":
            from reportgen.training.fused import compile_blocks

            compile_blocks(model, device)
    optimizer = make_optimizer(model, settings)
    shuffle = torch.Generator(device).manual_seed(spec.seed)
    mean, std = (torch.tensor(each).reshape(-1, 1, 1) for each in (settings.mean, settings.std))
    return Training(
        spec=spec,
        device=device,
        model=model,
        optimizer=optimizer,
        shuffle=shuffle,
        scale=(mean.to(device), std.to(device)),
        levels=normalize_levels(mean, std).to(device),
    )


def normalize_levels(mean: Tensor, std: Tensor) -> Tensor:
    """Return (level / 255 − mean) / std for every level, as torchvision's transforms do it.

    `mean` and `std` are `[1 or channels, 1, 1]`; returns float32 `[1 or channels, 256]`.
    """
    levels = torch.arange(256, dtype=torch.float32).div(255)
    return levels.sub(mean[:, 0]).div(std[:, 0])


def train_epoch(
    training: Training, examples: Examples, rows: Tensor, notify: Callable[[float], None]
) -> Epoch:
    """Train once on the examples in `rows` (int64, on the device), in a new order.

    `notify` receives the share of the epoch that is done. Losses and correct
    predictions are added up on the device: nothing waits for them before the epoch is over.
    """
    model, optimizer, settings = training.model.train(), training.optimizer, training.settings
    started = time.perf_counter()
    count = len(rows)
    order = rows[torch.randperm(count, generator=training.shuffle, device=training.device)]
    batches = torch.split(order, settings.batch_size)
    first_step = len(training.history) * len(batches)
    loss_sum = torch.zeros((), device=training.device)
    correct = torch.zeros((), dtype=torch.int64, device=training.device)
    for step, batch in enumerate(batches):
        set_rate(optimizer, rate_at(settings, first_step + step, len(batches)))
        labels = examples.labels.index_select(0, batch)
        inputs = prepare(training, examples.images.index_select(0, batch))
        with autocast(settings, training.device):
            logits = model(inputs)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=settings.label_smoothing)
        torch.autograd.backward(loss)
        if settings.gradient_clip:
            nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_clip)
        optimizer.step()
        optimizer.zero_grad()
        loss_sum += loss.detach() * len(batch)
        correct += (logits.detach().argmax(1) == labels).sum()
        if step % NOTIFY_BATCHES == 0:
            notify(step * settings.batch_size / count)
    mean_loss, accuracy = loss_sum.item() / count, correct.item() / count
    return Epoch(loss=mean_loss, accuracy=accuracy, seconds=time.perf_counter() - started)


def is_disturbed(training: Training) -> bool:
    """Return whether dropout or augmentation makes examples harder while they are trained on."""
    drops = (module.p for module in training.model.modules() if isinstance(module, DROPOUT))
    return any(drops) or is_augmented(training.settings)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def prepare(training: Training, images: Tensor) -> Tensor:
    """Return a batch as the network is trained with it: altered where asked for, normalised."""
    settings = training.settings
    if not is_augmented(settings):
        return normalize(training, images)
    if images.dtype == torch.float32:
        return augment(images, settings, training.shuffle)
    mean, std = training.scale
    return (augment(images.float() / 255, settings, training.shuffle) - mean) / std


def normalize(training: Training, images: Tensor) -> Tensor:
    """Return the inputs as float32: each level of an image looked up, float32 as it is."""
    if images.dtype == torch.float32:
        return images
    levels, index = training.levels, images.int()
    if len(levels) > 1:
        index += 256 * torch.arange(len(levels), device=index.device).view(-1, 1, 1)
    return levels.flatten().index_select(0, index.flatten()).view(images.shape)


def predict(training: Training, images: Tensor) -> Tensor:
    """Return the logits of the images, float32 `[n, classes]`, without dropout."""
    model = training.model.eval()
    # Small tensors that stay would lie between the large ones that come and go, and keep those from
    # being taken again.
    logits = torch.empty(len(images), training.spec.classes, device=training.device)
    parts = (torch.split(tensor, EVALUATION_BATCH) for tensor in (logits, images))
    with torch.inference_mode(), autocast(training.settings, training.device):
        for part, batch in zip(*parts, strict=True):
            part.copy_(model(normalize(training, batch)))
    return logits


def classify(training: Training, images: Tensor) -> NDArray[np.int32]:
    """Return the predicted classes of the images, `[n]`."""
    return predict(training, images).argmax(1).to(torch.int32).cpu().numpy()


def measure(training: Training, examples: Examples, rows: Tensor) -> tuple[float, float]:
    """Return mean loss and accuracy on the examples in `rows`, without dropout."""
    labels = examples.labels[rows]
    logits = predict(training, examples.images[rows])
    correct = (logits.argmax(1) == labels).sum().item()
    return F.cross_entropy(logits, labels).item(), correct / len(labels)


def split_rows(count: int, spec: RunSpec, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the rows to train on and the rows to validate on: int64, drawn by the spec's seed."""
    validation = min(round(count * training_spec(spec).validation_fraction), count - 1)
    if validation == 0:
        return torch.arange(count, device=device), torch.empty(0, dtype=torch.int64, device=device)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(spec.seed)).to(device)
    return order[validation:], order[:validation]


def autocast(settings: TrainingSpec, device: torch.device) -> torch.autocast:
    """Return the context that computes in the precision of the spec."""
    reduced = settings.precision == "bfloat16"
    return torch.autocast(device.type, torch.bfloat16, enabled=reduced, cache_enabled=False)


def set_matrix_precision(settings: TrainingSpec) -> None:
    """Let a GPU round the factors of float32 products to TF32 where the spec says so, else not.

    cuDNN's convolutions would do so by default, with 10 of 23 bits of the mantissa. Products of
    bfloat16 numbers are added up in float32.
    """
    torch.set_float32_matmul_precision("high" if settings.precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = settings.precision == "tf32"
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False


def make_deterministic(device: torch.device) -> None:
    """Set this process up so that the same run always gives the same bits; call it once, first."""
    torch.set_num_threads(1)
    if device.type == "cuda":
        # Without it, the order of sums in cuBLAS may change from run to run.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # A GPU has operations without a deterministic form; a model that uses one is warned about.
    torch.set_deterministic_debug_mode("error" if device.type == "cpu" else "warn")
    # This debugging aid of deterministic mode writes into every tensor that is about to be written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # Numbers too small for float32's normal range cost a hundred times as much as others.
    torch.set_flush_denormal(True)
