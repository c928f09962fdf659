"""A table of features: a row for each example, a column of classes, the others numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.config.vocabulary import suggest
from reportgen.data.arrays import DataArrays
from reportgen.data.assembly import Examples, assemble
from reportgen.data.class_names import list_names
from reportgen.data.columns import Column, Table, has_decimal_comma, read_ids
from reportgen.data.layouts import IDS
from reportgen.data.source import Source, SourceFile
from reportgen.data.tables import read_table
from reportgen.errors import DataDamaged
from reportgen.wording import list_some


def find_table(path: Path, test: Path | None, name: str, title: str) -> Source:
    """Return the hashed table, or tables; raises DataDamaged, DataUnavailable."""
    tables = [read_table(each) for each in (path, test) if each is not None]
    usages = ("Training examples", "Test examples") if test else ("Examples",)
    files = tuple(
        SourceFile(table.path, table.path.name, usage, table.bytes, table.sha256)
        for table, usage in zip(tables, usages, strict=True)
    )
    return Source(name, title, files, partial(_read, tables))


def _read(tables: Sequence[Table], data: Data) -> DataArrays:
    names = [_feature_names(table, data) for table in tables]
    _check_same(tables, names)
    if data.id is not None:
        read_ids(tables, data.id)
    values = {column: _categories(tables[0], column) for column in data.one_hot}
    train, *test = [_examples(table, names[0], values, data) for table in tables]
    if test and train.groups is not None:
        _check_groups(tables[1], train.groups, test[0].groups, data)
    return assemble(train, test[0] if test else None, data)


def _categories(table: Table, column: str) -> list[str]:
    """Return the values of a column, sorted; raises DataDamaged where each row has its own."""
    texts = table.texts(column)
    categories = sorted(set(texts.tolist()))
    if len(categories) == len(texts):
        raise DataDamaged(
            f"{table.path}: the column {column!r} (data.one_hot) has another value in each row, so "
            "its features would say nothing about other rows; name it in data.ignore"
        )
    return categories


def _feature_names(table: Table, data: Data) -> tuple[str, ...]:
    """Return the columns that are features; raises DataDamaged where a named one is missing."""
    named = {"label": data.label, "id": data.id, "groups": data.groups}
    wanted = [(f"data.{key}", column) for key, column in named.items() if column is not None]
    wanted += [("data.ignore", column) for column in data.ignore]
    wanted += [("data.one_hot", column) for column in data.one_hot]
    for setting, column in wanted:
        if column not in table.columns:
            hint = (
                suggest(column, table.columns)
                or f"; its columns are {list_some(list(table.columns), 12)}"
            )
            raise DataDamaged(f"{table.path} has no column {column!r} ({setting}){hint}")
    left_out = {*named.values(), *data.ignore}
    names = tuple(name for name in table.columns if name not in left_out)
    if not names:
        raise DataDamaged(f"{table.path}: no column is left for the features")
    for name in names:
        if name.lower() in IDS and _identifies(table.columns[name]):
            raise DataDamaged(
                f"{table.path}: the column {name!r} has another whole number in each row, as row "
                "names and identifiers have, and must not be learned from; name it as data.id or "
                "in data.ignore, or give it another name if it is a feature"
            )
    return names


def _identifies(column: Column) -> bool:
    return column.dtype.kind == "i" and len(column) == len(np.unique(column)) > 1


def _check_same(tables: Sequence[Table], names: Sequence[tuple[str, ...]]) -> None:
    first = tables[0].path.name
    for table, found in zip(tables[1:], names[1:], strict=True):
        missing = [column for column in names[0] if column not in found]
        further = [column for column in found if column not in names[0]]
        if missing:
            raise DataDamaged(
                f"{table.path}: the column {missing[0]!r} of {first} is missing; both files need "
                "the same features"
            )
        if further:
            raise DataDamaged(
                f"{table.path}: the column {further[0]!r} is not in {first}; both files need the "
                "same features, or name it in data.ignore"
            )


def _check_groups(
    test: Table, train_groups: NDArray[Any], test_groups: NDArray[Any] | None, data: Data
) -> None:
    known = set(train_groups.tolist())
    for index, group in enumerate([] if test_groups is None else test_groups.tolist()):
        if group in known:
            raise test.fault(
                index,
                data.groups,
                f"the group {group!r} also occurs in the training set, so its examples are not an "
                "independent test; move them, or leave data.groups out",
            )


def _examples(
    table: Table, names: Sequence[str], values: dict[str, list[str]], data: Data
) -> Examples:
    columns = [
        part
        for name in names
        for part in (
            _one_hot(table, name, values[name])
            if name in values
            else [table.numbers(name, _REMEDY, _advise)]
        )
    ]
    return Examples(
        np.column_stack(columns),
        _labels(table, data.label or ""),
        lambda index: table.place(index),
        str(table.path),
        None if data.groups is None else table.texts(data.groups),
    )


def _labels(table: Table, column: str) -> NDArray[np.str_]:
    """Return the classes as text; raises DataDamaged for a missing one and for fractions."""
    values = table.columns[column]
    if values.dtype.kind == "f" and values.ndim == 1:
        for index, value in enumerate(values):
            if np.isfinite(value) and value != np.rint(value):
                raise table.fault(
                    index,
                    column,
                    f"the label {value} is a fraction, but labels must be whole numbers or text; "
                    "name the column of the classes in data.label",
                )
    return table.texts(column, "; fill it in, or remove the row").astype(np.str_)


_REMEDY = "; fill it in, remove the row, or name the column in data.ignore"
_WORDS = 3
"""Words of a value above which it is a text and not a category."""


def _advise(text: str) -> str:
    """Return what to do about a feature that is no number."""
    remedy = "name the column in data.one_hot, which makes a feature of each of its values"
    if has_decimal_comma(text):
        remedy = f"write a decimal point, or {remedy}"
    elif len(text.split()) > _WORDS:
        remedy = "fit models of texts yourself and compare their predictions (reportgen compare)"
    return f", but features must be numbers; {remedy}, or name the column in data.ignore"


def _one_hot(table: Table, column: str, values: Sequence[str]) -> Iterator[NDArray[np.float64]]:
    texts = table.texts(column, _REMEDY)
    known = set(values)
    for index, text in enumerate(texts):
        if text not in known:
            raise table.fault(
                index,
                column,
                f"{text!r} does not occur in the training set, which has "
                f"{list_names(values)}; correct it, or name the column in data.ignore",
            )
    for value in values:
        yield (texts == value).astype(np.float64)
