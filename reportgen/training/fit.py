"""A network from its first epoch to its evaluations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor

from reportgen.config.spec import RunSpec
from reportgen.plugins import Plugin
from reportgen.results.records import CLEAN_EXAMPLES, Evaluation, ModelSummary
from reportgen.training.augmentation import check_augmentation
from reportgen.training.building import build_model, read_source
from reportgen.training.loop import (
    Examples,
    Training,
    classify,
    is_disturbed,
    measure,
    predict,
    split_rows,
    train_epoch,
)
from reportgen.training.summary import summarize


class Diverged(Exception):  # noqa: N818
    """The loss of an epoch is not a number any more."""


@dataclass(frozen=True)
class LoadedData:
    """A data set on the device."""

    train: Examples
    test: Examples


def train_epochs(
    training: Training,
    examples: Examples,
    report_share: Callable[[float], None],
    finish_epoch: Callable[[], None],
) -> None:
    """Train the epochs that are missing; where training stops early, restore the best epoch.

    `report_share` is called within an epoch with the share of it that is done, `finish_epoch` after
    each. Raises Diverged, and whatever the model raises.
    """
    rows, validation_rows = split_rows(len(examples.labels), training.spec, training.device)
    clean_rows = rows[draw_clean_rows(len(rows)).to(rows.device)]
    while not is_finished(training):
        epoch = train_epoch(training, examples, rows, report_share)
        if not math.isfinite(epoch.loss):
            raise Diverged(f"the loss became {epoch.loss}; a lower training.learning_rate may help")
        if len(validation_rows):
            loss, accuracy = measure(training, examples, validation_rows)
            epoch = epoch.model_copy(
                update={"validation_loss": loss, "validation_accuracy": accuracy}
            )
        if is_disturbed(training):
            _, accuracy = measure(training, examples, clean_rows)
            epoch = epoch.model_copy(update={"clean_accuracy": accuracy})
        training.history.append(epoch)
        if training.settings.patience and best_epoch(training) == len(training.history):
            training.best = {k: v.clone() for k, v in training.model.state_dict().items()}
        finish_epoch()
    if training.best:
        training.model.load_state_dict(training.best)


def draw_clean_rows(count: int) -> Tensor:
    """Return which of `count` examples `clean_accuracy` is measured on: int64, ascending.

    They are drawn at random, and always the same: images by two groups of writers alternate in
    MNIST's training set, so that every twelfth one is by those who are harder to read.
    """
    drawn = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return drawn[:CLEAN_EXAMPLES].sort().values


def is_finished(training: Training) -> bool:
    """Say whether all epochs are done, or none of the last ones was better."""
    done, settings = len(training.history), training.settings
    waited = done - best_epoch(training) if settings.patience else 0
    return done >= settings.epochs or bool(settings.patience and waited >= settings.patience)


def best_epoch(training: Training) -> int:
    """Return the first epoch with the lowest validation loss, counted from 1; 0 before any.

    The last epoch where training does not stop early: its weights are those that are evaluated.
    """
    if not training.settings.patience:
        return len(training.history)
    losses = [epoch.validation_loss for epoch in training.history]
    known = [loss for loss in losses if loss is not None]
    return losses.index(min(known)) + 1 if known else 0


def evaluate(training: Training, data: LoadedData) -> tuple[dict[str, Evaluation], float]:
    """Return the evaluations of a trained network, and the seconds that the test set took.

    The pass over the training set warms up the one that is timed.
    """
    train = Evaluation(classify(training, data.train.images), None)
    clock = time.perf_counter()
    logits = predict(training, data.test.images)
    probabilities = F.softmax(logits, dim=1).cpu().numpy()
    seconds = time.perf_counter() - clock
    test = Evaluation(probabilities.argmax(axis=1).astype(np.int32), probabilities)
    return {"test": test, "train": train}, seconds


def summarize_spec(spec: RunSpec, plugin: Plugin) -> ModelSummary:
    """Return the layer table of the network that a spec names; raises PluginFailed."""
    check_augmentation(spec)
    return summarize(build_model(spec, plugin), spec.input_shape, read_source(plugin))
