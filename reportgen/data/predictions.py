"""Predictions that were made elsewhere, by any framework, joined with their labels.

`assemble` is a pure function from tables to arrays. Rows are joined by identifier where both the
labels and a model's table have one, and by position where neither has. Classes are those that are
given, or that columns of scores name, or as many as an array has columns, or the values of the
labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import PredictionKind
from reportgen.data.class_names import Classes, Reference, check_names, decode_labels, infer_classes
from reportgen.data.columns import Table, read_ids
from reportgen.data.labels import check_group_count
from reportgen.data.layouts import (
    Hints,
    Layout,
    Output,
    find_ids,
    find_labels,
    find_layout,
    is_numbering,
    list_columns,
)
from reportgen.data.scores import read_scores
from reportgen.errors import DataDamaged
from reportgen.wording import plural


@dataclass(frozen=True)
class Selection:
    """A table, and which of its columns are meant."""

    table: Table
    columns: str | None = None
    """Pattern of column names; None takes them by the conventions of `layouts`."""
    kind: PredictionKind | None = None
    seed: int | None = None
    """From the file's name, where a model has one file for each seed."""


@dataclass(frozen=True)
class ImportedRun:
    """What one run of a model predicted, in the order of the labels."""

    seed: int
    classes: Classes
    """Predicted classes, `[n]`."""
    probabilities: NDArray[np.float64] | None
    """`[n, classes]`, rows sum to 1; None where the file has only predicted classes."""
    table: Table
    output: Output


@dataclass(frozen=True)
class PredictionSet:
    """The predictions of all models for the same examples."""

    labels: Classes
    """`[n]`"""
    classes: tuple[str, ...]
    ids: tuple[str, ...] | None
    groups: NDArray[np.str_] | None
    """The group of each example, `[n]`; None where none is named."""
    label_table: Table
    runs: Mapping[str, tuple[ImportedRun, ...]]
    """Model → its runs, in the order of their seeds."""


def assemble(
    labels: Selection,
    models: Mapping[str, Sequence[Selection]],
    classes: Sequence[str] | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
) -> PredictionSet:
    """Join the predictions of each model with the labels.

    Tables of predictions may hold the labels too; all must then agree. `group_column` is one of the
    table of labels. Raises DataDamaged, naming file and row, what is allowed and what to do.
    """
    reference = _read_reference(labels, id_column, group_column)
    names = classes if classes is not None else sorted(set(reference.texts))
    hints = Hints(id_column=id_column, group_column=group_column, names=names)
    parts = {
        model: [
            (each, find_layout(each.table, replace(hints, selection=each.columns, kind=each.kind)))
            for each in selections
        ]
        for model, selections in models.items()
    }
    outputs = (
        (selection.table, output)
        for group in parts.values()
        for selection, layout in group
        for output in layout.outputs
    )
    known, named_in = (
        infer_classes(reference, outputs) if classes is None else (check_names(classes), None)
    )
    truth = decode_labels(reference.table, reference.column, known, named_in)
    runs = {
        model: _number([run for part in group for run in _decode(part, reference, truth, known)])
        for model, group in parts.items()
    }
    ids = None if reference.ids is None else tuple(reference.ids)
    groups = None if group_column is None else _read_groups(reference, group_column)
    return PredictionSet(truth, known, ids, groups, reference.table, runs)


def _read_reference(
    labels: Selection, id_column: str | None, group_column: str | None
) -> Reference:
    table = labels.table
    ids = find_ids(table, id_column)
    if group_column is not None and group_column not in table.columns:
        raise DataDamaged(
            f"{table.path} has no column {group_column!r} of groups; it has "
            f"{list_columns(table.columns)}"
        )
    column = find_labels(table, labels.columns, (ids, group_column))
    known = None if ids is None else read_ids([table], ids)[0]
    return Reference(table, column, known, table.texts(column))


def _read_groups(reference: Reference, column: str) -> NDArray[np.str_]:
    table = reference.table
    groups = table.texts(column).astype(np.str_)
    if len(groups) != reference.count:
        raise DataDamaged(
            f"{table.path}: {column} has {len(groups):,} groups for {reference.count:,} labels; "
            "each label needs one"
        )
    check_group_count(groups, f"{table.path}, column {column}")
    return groups


def _decode(
    part: tuple[Selection, Layout], reference: Reference, truth: Classes, classes: tuple[str, ...]
) -> list[ImportedRun]:
    """Return the runs of one table, in the order of the labels."""
    selection, layout = part
    table = selection.table
    order = _join(table, layout, reference)
    if layout.truth is not None and table is not reference.table:
        _check_truth(table, layout.truth, order, reference, truth, classes)
    return [_decode_run(table, output, order, classes, selection.seed) for output in layout.outputs]


def _check_truth(
    table: Table,
    column: str,
    order: NDArray[np.intp],
    reference: Reference,
    truth: Classes,
    classes: tuple[str, ...],
) -> None:
    found = decode_labels(table, column, classes)[order]
    differing = np.flatnonzero(found != truth)
    if len(differing):
        index = int(differing[0])
        raise table.fault(
            int(order[index]),
            column,
            f"the label is {classes[found[index]]!r}, but {classes[truth[index]]!r} in "
            f"{reference.table.place(index)}; all files must describe the same examples",
        )


def _decode_run(
    table: Table,
    output: Output,
    order: NDArray[np.intp],
    classes: tuple[str, ...],
    seed: int | None,
) -> ImportedRun:
    scores = None
    if output.scores is not None:
        scores = read_scores(table, output.scores, classes)[order]
    if output.predicted is not None:
        predicted = decode_labels(table, output.predicted, classes)[order]
    else:
        assert scores is not None
        predicted = scores.argmax(axis=1).astype(np.int32)
    number = seed if seed is not None else output.seed
    return ImportedRun(-1 if number is None else number, predicted, scores, table, output)


def _number(runs: list[ImportedRun]) -> tuple[ImportedRun, ...]:
    """Number runs 0, 1, 2, … unless the names of files or columns give each its own seed."""
    seeds = [run.seed for run in runs]
    if len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) >= 2**31:
        runs = [replace(run, seed=place) for place, run in enumerate(runs)]
    return tuple(sorted(runs, key=lambda run: run.seed))


def _count_rows(table: Table, layout: Layout) -> int:
    """Return how many rows all arrays of a file have; raises DataDamaged where they differ."""
    used = [layout.ids, layout.truth]
    for output in layout.outputs:
        used += [output.predicted, *(output.scores.columns if output.scores else ())]
    lengths = {name: len(table.columns[name]) for name in used if name is not None}
    if len(set(lengths.values())) > 1:
        described = ", ".join(f"`{name}` {length:,}" for name, length in lengths.items())
        raise DataDamaged(
            f"{table.path}: all arrays of a file must have the same number of rows, not {described}"
        )
    return next(iter(lengths.values()))


def _join(table: Table, layout: Layout, reference: Reference) -> NDArray[np.intp]:
    """Return which row of the table belongs to each label, `[n]`."""
    rows = _count_rows(table, layout)
    ids = None if layout.ids is None else read_ids([table], layout.ids)[0]
    if ids is not None and reference.ids is not None:
        return _join_by_ids(table, ids, reference)
    # Identifiers that only number the rows, as those of a data frame, join nothing.
    if ids is not None and not is_numbering(ids):
        raise _one_sided(table, reference.table)
    if reference.ids is not None and not is_numbering(reference.ids):
        raise _one_sided(reference.table, table)
    if rows != reference.count:
        raise DataDamaged(
            f"{table.path} has {rows:,} rows, but {reference.table.path} has {reference.count:,} "
            "labels; rows without an identifier are joined by position, so both need the same "
            "number. Add a column `id` to both, or complete the shorter file"
        )
    return np.arange(rows)


def _one_sided(with_ids: Table, without: Table) -> DataDamaged:
    add = (
        "save the first as .npz with an array `id`, since a .npy file holds one array alone"
        if without.path.suffix == ".npy"
        else "add the column to the first"
    )
    return DataDamaged(
        f"{without.path} has no identifiers, but {with_ids.path} has; {add}, or remove them from "
        "the second if the rows of both are in the same order"
    )


def _join_by_ids(table: Table, ids: NDArray[np.object_], reference: Reference) -> NDArray[np.intp]:
    assert reference.ids is not None
    places = {text: index for index, text in enumerate(ids)}
    known = set(reference.ids)
    for index, text in enumerate(ids):
        if text not in known:
            raise table.fault(
                index, None, f"the identifier {text!r} is not in {reference.table.path}"
            )
    for index, text in enumerate(reference.ids):
        if text not in places:
            missing = len(known) - len(places)
            raise DataDamaged(
                f"{table.path} has no row for the identifier {text!r} of "
                f"{reference.table.place(index)}; of {len(known):,} examples, {missing:,} "
                f"{plural(missing, 'is', 'are')} missing. Each file must contain all of them; put "
                "the folds of a cross-validation into one file"
            )
    return np.array([places[text] for text in reference.ids], dtype=np.intp)
