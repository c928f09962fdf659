"""One run from its plan to its place in the store: trained or resumed, evaluated, kept."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses

from reportgen.config.plan import PlannedRun
from reportgen.config.spec import RunSpec
from reportgen.results.records import (
    Costs,
    Evaluation,
    ModelSummary,
    Provenance,
    Run,
    RunRecord,
)
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from reportgen.training.architectures import build_model
from reportgen.training.checkpoints import encode_weights, restore_checkpoint, save_checkpoint
from reportgen.training.loop import (
    Examples,
    Training,
    classify,
    measure,
    predict,
    split_rows,
    start,
    train_epoch,
)
from reportgen.training.memory import peak_memory, reset_peak_memory
from reportgen.training.progress import Outcome, Progress, State
from reportgen.training.provenance import Commit, now
from reportgen.training.shared import SharedArray, SharedImages
from reportgen.training.summary import read_source, summarize

Notify = Callable[[Progress], None]


class Diverged(Exception):  # noqa: N818
    """The loss of an epoch is not a number any more."""


@dataclass(frozen=True)
class LoadedImages:
    """A data set on the device."""

    train: Examples
    test: Examples


def load_images(shared: SharedImages, device: torch.device) -> LoadedImages:
    """Return the shared images as tensors: the same memory on a CPU, a copy on a GPU."""

    def load(images: SharedArray, labels: SharedArray) -> Examples:
        return Examples(
            torch.from_numpy(images.view()).to(device),
            torch.from_numpy(labels.view()).long().to(device),
        )

    return LoadedImages(
        load(shared.train_inputs, shared.train_labels), load(shared.test_inputs, shared.test_labels)
    )


def train_run(
    run: PlannedRun,
    images: LoadedImages,
    store: Store,
    device: torch.device,
    commit: Commit,
    notify: Notify,
) -> Outcome:
    """Train one run, or go on where its checkpoint left it; evaluate it and keep it in the store.

    Raises Diverged, StoreError, and whatever the model raises.
    """
    started, spec = now(), run.ingredients.spec
    reset_peak_memory()
    summary = summarize_spec(spec)
    restored = restore_checkpoint(store, run.key, spec, device)
    training = restored or start(spec, device)
    resumed_from = len(training.history) if restored else None
    tell = partial(_tell, notify, run, training)
    tell("resumed" if restored else "started")
    _train_epochs(run, training, images.train, store, tell)
    result = _evaluate(run, training, images, summary, commit, started, resumed_from)
    save_run(store, result, encode_weights(training))
    store.remove("checkpoint", run.key)
    tell("finished")
    return "resumed" if restored else "trained"


def summarize_spec(spec: RunSpec) -> ModelSummary:
    """Return the layer table of the model that a spec names."""
    return summarize(build_model(spec), spec.input_shape, read_source(spec.reference))


def _train_epochs(
    run: PlannedRun,
    training: Training,
    examples: Examples,
    store: Store,
    tell: Callable[..., None],
) -> None:
    """Train the epochs that are missing, with a checkpoint after each."""
    spec = run.ingredients.spec
    rows, validation_rows = split_rows(len(examples.labels), spec, training.device)
    while len(training.history) < training.settings.epochs:
        epoch = train_epoch(training, examples, rows, partial(tell, "training"))
        if not math.isfinite(epoch.loss):
            raise Diverged(f"the loss became {epoch.loss}; a lower training.learning_rate may help")
        if len(validation_rows):
            loss, accuracy = measure(training, examples, validation_rows)
            epoch = epoch.model_copy(
                update={"validation_loss": loss, "validation_accuracy": accuracy}
            )
        training.history.append(epoch)
        save_checkpoint(store, run.key, training)
        tell("training")


def _evaluate(
    run: PlannedRun,
    training: Training,
    images: LoadedImages,
    summary: ModelSummary,
    commit: Commit,
    started: str,
    resumed_from: int | None,
) -> Run:
    """Evaluate a trained model; the pass over the training set warms up the one that is timed."""
    train_classes = classify(training, images.train.images)
    clock = time.perf_counter()
    logits = predict(training, images.test.images)
    probabilities = F.softmax(logits, dim=1).cpu().numpy()
    seconds = time.perf_counter() - clock
    record = RunRecord(
        key=run.key,
        ingredients=run.ingredients,
        summary=summary,
        history=tuple(training.history),
        costs=Costs(
            train_seconds=sum(epoch.seconds for epoch in training.history),
            seconds_per_1000=1000 * seconds / len(images.test.labels),
            peak_memory_bytes=peak_memory(),
        ),
        provenance=describe_run(run, training, commit, started, resumed_from),
    )
    test_classes = probabilities.argmax(axis=1).astype(np.int32)
    return Run(
        record,
        {
            "test": Evaluation(test_classes, probabilities),
            "train": Evaluation(train_classes, None),
        },
    )


def describe_run(
    run: PlannedRun, training: Training, commit: Commit, started: str, resumed_from: int | None
) -> Provenance:
    """Say where and with what a run was trained that ends now."""
    return Provenance(
        python=platform.python_version(),
        versions=run.ingredients.versions,
        platform=f"{platform.system()} {platform.machine()}",
        device=describe_device(training.device),
        threads=torch.get_num_threads(),
        precision=training.settings.precision,
        commit=commit.commit,
        dirty=commit.dirty,
        started=started,
        ended=now(),
        resumed_from_epoch=resumed_from,
    )


def describe_device(device: torch.device) -> str:
    """Return the device in words, such as `cpu` or `cuda (NVIDIA H100)`."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type


def _tell(
    notify: Notify, run: PlannedRun, training: Training, state: State, share: float = 0.0
) -> None:
    """Report how far a run is; `share` is how much of the epoch after the whole ones is done."""
    epoch, epochs = len(training.history), training.settings.epochs
    notify(
        Progress(
            key=run.key,
            model=run.model,
            seed=run.seed,
            epoch=epoch,
            epochs=epochs,
            fraction=min(1.0, (epoch + share) / epochs),
            state=state,
        )
    )
