"""A network's run from its plan to its place in the store: trained or resumed, evaluated, kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.data.subsets import draw_held_out, draw_subset
from reportgen.errors import VerificationFailed
from reportgen.execution.checkpoints import encode_weights, restore_checkpoint, save_checkpoint
from reportgen.execution.memory import peak_memory, reset_peak_memory
from reportgen.execution.progress import Outcome, Progress, State
from reportgen.execution.provenance import Commit, describe_run, now
from reportgen.execution.shared import SharedImages
from reportgen.results.records import Costs, Evaluation, Run, RunRecord, number_groups
from reportgen.results.runs import save_run
from reportgen.results.store import Store
from reportgen.training.fit import LoadedData, best_epoch, evaluate, summarize_spec, train_epochs
from reportgen.training.graphs import capture_passes
from reportgen.training.loop import Examples, Training, make_deterministic, split_rows, start
from reportgen.training.tasks import learn_tasks

CHECKPOINT_BATCHES = 500
"""How often a run of a study or sweep, whose epochs may be short, is kept."""

Notify = Callable[[Progress], None]


def load_data(shared: SharedImages, device: torch.device) -> LoadedData:
    """Return the shared examples as tensors: the same memory on a CPU, a copy on a GPU."""
    return LoadedData(
        load_examples(shared.train_inputs.view(), shared.train_labels.view(), device),
        load_examples(shared.test_inputs.view(), shared.test_labels.view(), device),
    )


def load_examples(inputs: NDArray[Any], labels: NDArray[Any], device: torch.device) -> Examples:
    """Return inputs and labels as tensors."""
    return Examples(torch.from_numpy(inputs).to(device), torch.from_numpy(labels).long().to(device))


def train_run(
    run: PlannedRun,
    data: LoadedData,
    store: Store,
    device: torch.device,
    commit: Commit,
    notify: Notify,
    clusters: NDArray[np.int32] | None = None,
) -> Outcome:
    """Train one run, or resume it from its checkpoint; evaluate it and keep it in the store.

    `clusters`: number of each training example's cluster, `[n]`, where they are not independent.
    Raises Diverged, StoreError, PluginFailed where files of the model have changed, and whatever
    the model raises.
    """
    # The code is read before training: afterwards the file may have been edited.
    started, spec, sources = now(), run.ingredients.spec, run.code.read_sources()
    reset_peak_memory()
    train, clusters = take_subset(run, data.train, clusters)
    data = LoadedData(train, data.test)
    summary = summarize_spec(spec, run.code)
    restored = restore_checkpoint(store, run, device)
    training = restored or start(spec, run.code, device)
    examples = data.train
    if run.ingredients.validation is not None and clusters is not None:
        examples = hold_out_clusters(training, examples, clusters)
    if run.code.is_shipped:
        # Networks of the user's own may do what cannot be captured, or change buffers when tried.
        capture_passes(training, data.train.images)
    resumed_from = len(training.history) if restored else None
    report = partial(_report, notify, run, training)
    report("resumed" if restored else "started")

    def finish_epoch() -> None:
        if _is_due(run, training, len(data.train.labels)):
            save_checkpoint(store, run.key, training)
        report("training")

    share = partial(report, "training")
    if run.ingredients.tasks is None:
        train_epochs(training, examples, share, finish_epoch)
        evaluations, seconds = evaluate(training, data)
    else:
        learned = learn_tasks(training, data, run.ingredients.tasks, share)
        evaluations, seconds = evaluate(training, data)
        evaluations |= {name: Evaluation(classes, None) for name, classes in learned.items()}
    record = RunRecord(
        key=run.key,
        ingredients=run.ingredients,
        summary=summary,
        history=tuple(training.history),
        kept_epoch=best_epoch(training) if training.settings.patience else None,
        costs=Costs(
            train_seconds=sum(epoch.seconds for epoch in training.history),
            seconds_per_1000=1000 * seconds / len(data.test.labels),
            peak_memory_bytes=peak_memory(),
        ),
        provenance=describe_run(
            run,
            commit,
            started,
            device=describe_device(device),
            threads=torch.get_num_threads(),
            precision=training.settings.precision,
            resumed_from=resumed_from,
        ),
        plugin_files=sources,
    )
    save_run(store, Run(record, evaluations), encode_weights(training))
    store.remove("checkpoint", run.key)
    report("finished")
    return "resumed" if restored else "trained"


def evaluate_weights(run: PlannedRun, weights: bytes, images: DataArrays, device_name: str) -> Run:
    """Return the run with what its weights, safetensors, predict on `device_name`.

    Raises VerificationFailed where they do not fit the network, PluginFailed where it cannot be
    built.
    """
    device, started = torch.device(device_name), now()
    make_deterministic(device)
    training = start(run.ingredients.spec, run.code, device)
    try:
        training.model.load_state_dict(load(weights))
    except (SafetensorError, RuntimeError) as error:
        raise VerificationFailed(
            f"the stored weights of {run.model}, seed {run.seed}, do not match its network: "
            f"{str(error).splitlines()[0]}"
        ) from error
    data = LoadedData(
        load_examples(images.train_inputs, images.train_labels, device),
        load_examples(images.test_inputs, images.test_labels, device),
    )
    evaluations, _ = evaluate(training, data)
    provenance = describe_run(
        run,
        Commit(None, None),
        started,
        device=describe_device(device),
        threads=torch.get_num_threads(),
        precision=training.settings.precision,
    )
    record = RunRecord(
        key=run.key,
        ingredients=run.ingredients,
        summary=None,
        costs=None,
        provenance=provenance,
    )
    return Run(record, evaluations)


def take_subset(
    run: PlannedRun, examples: Examples, clusters: NDArray[np.int32] | None
) -> tuple[Examples, NDArray[np.int32] | None]:
    """Return the training examples that a run is fitted to, and the numbers of their clusters."""
    subset = run.ingredients.subset
    if subset is None:
        return examples, clusters
    labels = examples.labels.cpu().numpy()
    drawn = draw_subset(labels, subset.size, run.ingredients.spec.seed, clusters)
    return _take(examples, torch.from_numpy(drawn)), number_groups(clusters, drawn)


def hold_out_clusters(
    training: Training, examples: Examples, clusters: NDArray[np.int32]
) -> Examples:
    """Return the examples in an order in which those that are held out are whole clusters.

    Training draws the rows to validate on by their number alone (`split_rows`): the clusters that
    are held out are put into these rows, and the share of `training` is set to that of their
    examples. Where there are none, it does not stop early.
    """
    spec, labels = training.spec, examples.labels.cpu().numpy()
    drawn = draw_held_out(labels, training.settings.validation_fraction, spec.seed, clusters)
    changes: dict[str, Any] = {"validation_fraction": len(drawn) / len(labels)}
    if not len(drawn):
        changes["patience"] = 0
    changed = training.settings.model_copy(update=changes)
    training.spec = spec.model_copy(update={"training": changed})
    trained, validated = split_rows(len(labels), training.spec, torch.device("cpu"))
    order = torch.empty(len(labels), dtype=torch.int64)
    order[validated] = torch.from_numpy(drawn)
    order[trained] = torch.from_numpy(np.setdiff1d(np.arange(len(labels)), drawn))
    return _take(examples, order)


def _take(examples: Examples, rows: Tensor) -> Examples:
    rows = rows.to(examples.labels.device)
    return Examples(examples.images[rows], examples.labels[rows])


def _is_due(run: PlannedRun, training: Training, examples: int) -> bool:
    """Return whether to keep a checkpoint after this epoch."""
    if run.ingredients.is_ordinary:
        return True
    batches = -(-examples // training.settings.batch_size)
    done = len(training.history) * batches
    return done // CHECKPOINT_BATCHES > (done - batches) // CHECKPOINT_BATCHES


def describe_device(device: torch.device) -> str:
    """Return a description of the device, such as `cpu` or `cuda (NVIDIA H100)`."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type


def _report(
    notify: Notify, run: PlannedRun, training: Training, state: State, share: float = 0.0
) -> None:
    """Report how far a run is; `share` is how much of the epoch after the whole ones is done."""
    epoch, epochs = len(training.history), training.settings.epochs
    notify(
        Progress(
            key=run.key,
            model=run.title,
            seed=run.seed,
            epoch=epoch,
            epochs=epochs,
            fraction=min(1.0, (epoch + share) / epochs),
            state=state,
        )
    )
