"""Rows of predictions joined with their labels: by identifier, by position where there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.data.class_names import Reference
from reportgen.data.layouts import Layout, is_numbering
from reportgen.data.tables import Table
from reportgen.errors import DataDamaged


def unique_ids(table: Table, column: str) -> NDArray[np.object_]:
    """Return the identifiers of a table, `[n]`; raises DataDamaged where one is there twice."""
    ids = table.texts(column)
    seen: dict[str, int] = {}
    for index, text in enumerate(ids):
        if seen.setdefault(text, index) != index:
            raise table.fault(
                index,
                column,
                f"{text!r} is the identifier of row {table.first + seen[text]} already; each "
                "example needs its own",
            )
    return ids


def check_lengths(table: Table, layout: Layout) -> None:
    """Make sure that all arrays of a file have as many rows; raises DataDamaged."""
    used = [layout.ids, layout.truth]
    for output in layout.outputs:
        used += [output.predicted, *(output.scores.columns if output.scores else ())]
    lengths = {name: len(table.columns[name]) for name in used if name is not None}
    if len(set(lengths.values())) > 1:
        described = ", ".join(f"`{name}` {length:,}" for name, length in lengths.items())
        raise DataDamaged(f"{table.path}: arrays of one file must have as many rows: {described}")


def join(table: Table, layout: Layout, reference: Reference) -> NDArray[np.intp]:
    """Return which row of the table belongs to each label, `[n]`."""
    ids = None if layout.ids is None else unique_ids(table, layout.ids)
    if ids is not None and reference.ids is not None:
        return _join_by_ids(table, ids, reference)
    if ids is not None and not _is_count(ids):
        raise _one_sided(table, reference.table)
    if reference.ids is not None and not _is_count(reference.ids):
        raise _one_sided(reference.table, table)
    rows = _rows(table, layout)
    if rows != reference.count:
        raise DataDamaged(
            f"{table.path}: holds {rows:,} rows, and {reference.table.path} {reference.count:,} "
            "labels; rows without an identifier are joined by position, so both need as many. Add "
            "a column `id` to both, or mend the shorter file"
        )
    return np.arange(rows)


def _rows(table: Table, layout: Layout) -> int:
    output = layout.outputs[0]
    column = output.predicted or (output.scores.columns[0] if output.scores else "")
    return len(table.columns[column])


def _is_count(ids: NDArray[np.object_]) -> bool:
    """Whether identifiers are no more than the positions of the rows."""
    return is_numbering(ids)


def _one_sided(with_ids: Table, without: Table) -> DataDamaged:
    return DataDamaged(
        f"{without.path}: has no identifiers, but {with_ids.path} has; add the column to it, or "
        "remove it there where the rows of both are in the same order"
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
                f"{table.path}: has no row for the identifier {text!r} of "
                f"{reference.table.place(index)}; of {len(known):,} examples, {missing:,} are "
                "missing"
            )
    return np.array([places[text] for text in reference.ids], dtype=np.intp)
