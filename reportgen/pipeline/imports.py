"""Predictions that were made elsewhere, as runs: read, joined with their labels, keyed.

Nothing is kept in the store, because reading the files again is quick. In the key of such a run the
SHA-256 of its file replaces that of the source of a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from reportgen.config.keys import digest
from reportgen.config.loading import LoadedExperiment
from reportgen.config.plan import PlannedRun
from reportgen.config.schema import Experiment
from reportgen.config.spec import Ingredients, RunSpec
from reportgen.data.columns import Table
from reportgen.data.layouts import Output
from reportgen.data.prediction_files import PredictionFiles, read_predictions
from reportgen.data.predictions import ImportedRun, PredictionSet
from reportgen.results.records import (
    DataFile,
    Dataset,
    DatasetRecord,
    Evaluation,
    Run,
    RunRecord,
)
from reportgen.wording import list_some

NAME = "predictions"
"""The name of a data set of which only labels and predictions are known."""


@dataclass(frozen=True)
class ImportedRuns:
    """The imported runs of an experiment."""

    dataset: Dataset
    planned: tuple[PlannedRun, ...]
    """Model by model and seed by seed, in the experiment's order."""
    runs: Mapping[str, Run]
    """Key → run."""


def read_imports(loaded: LoadedExperiment, dataset: Dataset | None) -> PredictionSet:
    """Read the predictions that an experiment names, and join them with their labels.

    `dataset` holds the labels where models are fitted too; None takes those of the files. Raises
    DataUnavailable or DataDamaged, naming file and row.
    """
    experiment = loaded.experiment
    models = {
        model.slug: PredictionFiles(model.predictions, model.kind)
        for model in experiment.models
        if model.predictions is not None
    }
    data, folder = experiment.data, loaded.path.parent
    if dataset is not None:
        labels = _test_labels(dataset)
        return read_predictions(folder, labels, models, dataset.record.classes, data.id)
    assert data.labels is not None
    return read_predictions(folder, data.labels, models, data.classes or None, data.id, data.groups)


def describe_order(experiment: Experiment, found: PredictionSet) -> Iterator[str]:
    """Yield what was assumed of columns that name no class, where no order was given.

    Nothing where it leaves no doubt: classes are numbers, or the column names its class.
    """
    classes = found.classes
    if experiment.data.classes or all(name.lstrip("-").isdigit() for name in classes):
        return
    runs = [run for group in found.runs.values() for run in group]
    single = {
        f"{scores.columns[0]} of {run.table.path}"
        for run in runs
        if (scores := run.output.scores) is not None
        and run.table.columns[scores.columns[0]].ndim == len(scores.columns) == 1
        and not set(scores.names or ()) & set(classes)
    }
    numbered = {
        f"{column} of {run.table.path}"
        for run in runs
        if (column := run.output.predicted) is not None
        and not set(run.table.texts(column)) <= set(classes)
    }
    remedy = "if that is wrong, name all classes in their order (--classes, or [data] classes)"
    if single:
        yield (
            f"{list_some(sorted(single), 3)}: taken for the probability of {classes[1]!r}, the "
            f"second class in alphabetical order; {remedy}"
        )
    if numbered:
        yield (
            f"{list_some(sorted(numbered), 3)}: 0 is taken for {classes[0]!r}, 1 for "
            f"{classes[1]!r}, and so on in alphabetical order; {remedy}"
        )


def date_of(found: PredictionSet) -> str:
    """Return the day on which the newest of the files was written, such as `2 January 2026`."""
    tables = [run.table for group in found.runs.values() for run in group]
    written = [table.path.stat().st_mtime for table in tables if table.path.is_file()]
    moment = datetime.fromtimestamp(max(written), tz=UTC) if written else datetime.now(tz=UTC)
    return f"{moment.day} {moment:%B %Y}"


def import_runs(
    experiment: Experiment, found: PredictionSet, dataset: Dataset | None
) -> ImportedRuns:
    """Return predictions as runs with keys; `dataset` is None where they are all there is."""
    dataset = dataset or _describe(experiment, found)
    runs = {
        (model, run.seed): _make_run(run, dataset.record)
        for model, group in found.runs.items()
        for run in group
    }
    planned = tuple(
        PlannedRun(model, seed, run.record.ingredients, run.key)
        for (model, seed), run in runs.items()
    )
    return ImportedRuns(dataset, planned, {run.key: run for run in runs.values()})


def _test_labels(dataset: Dataset) -> Table:
    names = np.array(dataset.record.classes, dtype=object)
    return Table(
        path=Path(f"the test set of {dataset.record.title}"),
        bytes=0,
        sha256=dataset.record.sha256,
        columns={"label": names[dataset.test_labels]},
    )


def _make_run(run: ImportedRun, dataset: DatasetRecord) -> Run:
    ingredients = Ingredients(
        spec=RunSpec(
            kind="predictions",
            reference=run.output.scores.kind if run.output.scores else "labels",
            options=_options(run.output),
            input_shape=(),
            classes=len(dataset.classes),
            seed=run.seed,
            training=None,
        ),
        data_sha256=dataset.sha256,
        sources={"predictions": run.table.sha256},
        versions={},
        device=None,
    )
    record = RunRecord(
        key=digest(ingredients),
        ingredients=ingredients,
        summary=None,
        costs=None,
        provenance=None,
    )
    return Run(record, {"test": Evaluation(run.classes, run.probabilities)})


def _options(output: Output) -> dict[str, JsonValue]:
    """Return which columns were read, as another column of the same file is another run."""
    columns: list[JsonValue] = [*(output.scores.columns if output.scores else ())]
    return {"columns": columns, "predicted": output.predicted}


def _describe(experiment: Experiment, found: PredictionSet) -> Dataset:
    record = DatasetRecord(
        name=NAME,
        title=experiment.data.title or found.label_table.path.name,
        stand_in_for=None,
        stand_in_reason=None,
        sha256=_labels_digest(found),
        train=0,
        test=len(found.labels),
        classes=found.classes,
        input_shape=(),
        files=tuple(_list_files(experiment, found)),
    )
    return Dataset(
        record=record,
        train_labels=np.zeros(0, dtype=np.int32),
        test_labels=found.labels,
        test_inputs=None,
        test_groups=found.groups,
    )


def _labels_digest(found: PredictionSet) -> str:
    hashed = sha256(digest({"classes": list(found.classes), "ids": found.ids}).encode())
    hashed.update(found.labels.tobytes())
    return hashed.hexdigest()


def _list_files(experiment: Experiment, found: PredictionSet) -> Iterator[DataFile]:
    """Yield each file once, with all that it is used for."""
    names = {model.slug: model.name for model in experiment.models}
    usages: dict[Path, list[str]] = {found.label_table.path: ["True labels"]}
    tables = {found.label_table.path: found.label_table}
    for model, group in found.runs.items():
        for run in group:
            seed = f", seed {run.seed}" if len(group) > 1 else ""
            usages.setdefault(run.table.path, []).append(f"predictions of {names[model]}{seed}")
            tables[run.table.path] = run.table
    for path, usage in usages.items():
        if not tables[path].bytes:
            continue  # an array that no file contains
        text = "; ".join(usage)
        yield DataFile(
            name=path.name,
            bytes=tables[path].bytes,
            sha256=tables[path].sha256,
            usage=text[:1].upper() + text[1:],
        )
