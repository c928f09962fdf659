"""How networks are trained, as rows of a table: what they share once, and what differs."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.config.schema import Experiment
from reportgen.config.training import TrainingSettings
from reportgen.wording import counted

Rows = tuple[tuple[str, str], ...]
"""What is set, and its value."""

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}
SCHEDULES = {"step": "in steps", "cosine": "cosine to 0", "one-cycle": "one cycle"}


def shared_rows(experiment: Experiment) -> Rows:
    """Return the settings that all networks of an experiment have in common."""
    all_rows = [dict(rows) for rows in _rows_of_networks(experiment).values()]
    first = all_rows[0] if all_rows else {}
    return tuple(
        (name, value)
        for name, value in first.items()
        if all(rows.get(name) == value for rows in all_rows)
    )


def own_rows(experiment: Experiment) -> dict[str, Rows]:
    """Return, by the slug of each network, the settings in which networks differ."""
    shared = set(shared_rows(experiment))
    of_networks = _rows_of_networks(experiment)
    names = dict.fromkeys(
        name for rows in of_networks.values() for name, value in rows if (name, value) not in shared
    )
    return {
        slug: tuple((name, dict(rows).get(name, "none")) for name in names)
        for slug, rows in of_networks.items()
        if names
    }


def _rows_of_networks(experiment: Experiment) -> dict[str, Rows]:
    return {
        model.slug: tuple(_describe(experiment.training_of(model)))
        for model in experiment.models
        if model.architecture is not None
    }


def _describe(training: TrainingSettings) -> Iterator[tuple[str, str]]:
    """Yield the settings that do anything."""
    yield "Optimiser", _describe_optimizer(training)
    yield "Learning rate", f"{training.learning_rate:g}{_describe_schedule(training)}"
    if training.weight_decay:
        yield "Weight decay", f"{training.weight_decay:g}"
    if training.label_smoothing:
        yield "Label smoothing", f"{training.label_smoothing:g}"
    if training.gradient_clip:
        yield "Gradients clipped to the norm", f"{training.gradient_clip:g}"
    yield "Batch size", str(training.batch_size)
    yield "Epochs", str(training.epochs)
    if training.validation_fraction:
        yield "Held out for validation", f"{training.validation_fraction:g} of the training set"
    if training.patience:
        yield (
            "Early stopping",
            f"after {counted(training.patience, 'epoch')} without a lower validation loss; "
            "the best epoch is taken",
        )
    changes = list(_describe_augmentation(training))
    if changes:
        yield "Augmentation", ", ".join(changes)


def _describe_optimizer(training: TrainingSettings) -> str:
    name = OPTIMIZERS[training.optimizer]
    if not training.momentum or training.optimizer not in ("sgd", "rmsprop"):
        return name
    nesterov = "Nesterov " if training.nesterov and training.optimizer == "sgd" else ""
    return f"{name} with {nesterov}momentum {training.momentum:g}"


def _describe_schedule(training: TrainingSettings) -> str:
    parts = []
    if training.warmup_epochs:
        parts.append(f"warm-up over {counted(training.warmup_epochs, 'epoch')}")
    if training.schedule == "step":
        parts.append(
            f"× {training.step_factor:g} after every {counted(training.step_epochs, 'epoch')}"
        )
    elif training.schedule in SCHEDULES:
        parts.append(SCHEDULES[training.schedule])
    return f", {', '.join(parts)}" if parts else ""


def _describe_augmentation(training: TrainingSettings) -> Iterator[str]:
    augmentation = training.augmentation
    if augmentation.shift:
        yield f"shifts of up to {augmentation.shift:g} pixels"
    if augmentation.rotation:
        yield f"rotations of up to {augmentation.rotation:g}°"
    if augmentation.noise:
        yield f"noise with standard deviation {augmentation.noise:g}"
