"""The columns of one table: numbers, rows of numbers or text, with errors that name the row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.errors import DataDamaged

if TYPE_CHECKING:
    import pandas

Column = NDArray[Any]
"""`[n]` of int64, float64 (missing values are NaN) or text (object; missing values are None), or
`[n, m]` of numbers."""


@dataclass(frozen=True)
class Table:
    """The columns of one file. Columns of a `.npz` may differ in length."""

    path: Path
    bytes: int
    sha256: str
    columns: Mapping[str, Column]
    named: bool = True
    """Whether the file names its columns; where it does not, they are called `0`, `1`, …"""
    first: int = 1
    """Number of the first record, as an editor or a spreadsheet counts; 0 for a numpy array."""
    raw_text: Callable[[str], NDArray[np.object_]] | None = None
    """Reads a column as it is written, where `columns` has it converted (`007`)."""

    def place(self, index: int, column: str | None = None) -> str:
        """Return where record `index` (from 0) is: file, row, column, as shown in an editor."""
        unit = "row" if self.first else "index"
        where = f"{self.path}, {unit} {self.first + index}"
        return where if column is None or not self.named else f"{where}, column {column}"

    def fault(self, index: int, column: str | None, message: str) -> DataDamaged:
        """Return the error that record `index` is wrong."""
        return DataDamaged(f"{self.place(index, column)}: {message}")

    def numbers(
        self, name: str, remedy: str = "", advise: Callable[[str], str] | None = None
    ) -> NDArray[np.float64]:
        """Return a column as finite numbers, `[n]` or `[n, m]`.

        Raises DataDamaged for the first missing value, text, infinity or NaN; `remedy` says what to
        do about a missing value or infinity, `advise` about a text.
        """
        column = self.columns[name]
        if column.dtype == object:
            column = self._parse(name, column, advise or _advise)
        values = column.astype(np.float64)
        bad = ~np.isfinite(values)
        if bad.any():
            index = int(np.argwhere(bad)[0][0])
            what = _describe(values[index]) if values.ndim == 1 else "a value that is not finite"
            raise self.fault(index, name, f"{what}; a finite number is needed in every row{remedy}")
        return values

    def texts(self, name: str, remedy: str = "") -> NDArray[np.object_]:
        """Return a column as text without surrounding blanks, `[n]`; 3 and 3.0 are both `3`.

        Raises DataDamaged for the first missing value, about which `remedy` says what to do, and
        for a column of rows of numbers.
        """
        column = self.columns[name]
        if column.ndim != 1:
            raise DataDamaged(
                f"{self.path}: {name} has the shape {column.shape}; one value per row is needed"
            )
        if self.raw_text is not None and not _is_whole(column):
            column = self.raw_text(name)
        texts = _as_texts(column)
        for index, text in enumerate(texts):
            if text is None or text == "":
                raise self.fault(index, name, f"the value is missing; every row needs one{remedy}")
        return texts

    def _parse(
        self, name: str, column: Column, advise: Callable[[str], str]
    ) -> NDArray[np.float64]:
        values = np.empty(len(column))
        for index, text in enumerate(column):
            try:
                values[index] = math.nan if text is None else float(text)
            except ValueError:
                message = f"{text!r} is not a number{advise(text)}"
                raise self.fault(index, name, message) from None
        return values


def _advise(text: str) -> str:
    return "; write a decimal point" if has_decimal_comma(text) else ""


class RaggedRowsError(ValueError):
    """Rows of numbers differ in length, or contain something else."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def read_ids(tables: Iterable[Table], column: str) -> list[NDArray[np.object_]]:
    """Return the identifiers of tables, `[n]` each; raises DataDamaged where one occurs twice."""
    seen: dict[str, str] = {}
    read = []
    for table in tables:
        read.append(table.texts(column))
        for index, text in enumerate(read[-1]):
            place = table.place(index, column)
            if text in seen:
                raise DataDamaged(
                    f"{place}: the identifier {text!r} already occurs ({seen[text]}); each row "
                    "needs one of its own"
                )
            seen[text] = place
    return read


def column_of(values: Sequence[Any]) -> Column:
    """Return Python values as a column: numbers, rows of numbers, or text; None is missing."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, list | tuple | np.ndarray) for value in present):
        return _rows(values)
    if all(_is_number(value) for value in present):
        whole = all(isinstance(value, int | np.integer) for value in present)
        if whole and len(present) == len(values) and all(abs(int(v)) < 2**63 for v in values):
            return np.array(values, dtype=np.int64)
        if not whole or len(present) < len(values):
            return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    # Whole numbers beyond int64, such as identifiers, keep their digits as text.
    return _objects([None if value is None else str(value) for value in values])


def frame_columns(frame: pandas.DataFrame) -> dict[str, Column]:
    """Return the columns of a data frame; booleans and dates become text."""
    return {str(name): _series_column(frame[name]) for name in frame.columns}


def make_table(path: Path, content: bytes, columns: Mapping[str, Column], **kind: Any) -> Table:
    """Return a table of the file's `content`; `kind` holds the other fields of `Table`."""
    return Table(path, len(content), sha256(content).hexdigest(), columns, **kind)


def _rows(values: Sequence[Any]) -> NDArray[np.float64]:
    first = next(value for value in values if value is not None)
    for index, value in enumerate(values):
        if value is None or len(value) != len(first):
            found = "none" if value is None else len(value)
            raise RaggedRowsError(index, f"expected a list of {len(first)} numbers, found {found}")
        if not all(_is_number(item) for item in value):
            raise RaggedRowsError(index, "a list must contain only numbers")
    return np.array([list(value) for value in values], dtype=np.float64)


def _series_column(series: pandas.Series[Any]) -> Column:
    kind = series.dtype.kind
    if kind == "f":
        return series.to_numpy(dtype=np.float64)
    if kind in "iu" and not series.hasnans:
        return series.to_numpy(dtype=np.int64)
    missing = series.isna().to_numpy()
    return column_of([None if gone else value for gone, value in zip(missing, series, strict=True)])


def _is_whole(column: Column) -> bool:
    """Return whether a column of floats has only whole numbers, as 3.0, and missing values."""
    if column.dtype != np.float64:
        return False
    present = column[~np.isnan(column)]
    return bool(np.isfinite(present).all() and (present == np.rint(present)).all())


def _as_texts(column: Column) -> NDArray[np.object_]:
    if column.dtype == object:
        return _objects(None if value is None else str(value).strip() for value in column)
    whole = _is_whole(column)
    return _objects(
        None if value != value else str(int(value) if whole else value) for value in column.tolist()
    )


def _objects(values: Iterable[Any]) -> NDArray[np.object_]:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def has_decimal_comma(text: str) -> bool:
    """Return whether a text is a number as 1,5, which Python does not read."""
    head, comma, tail = text.strip().partition(",")
    return bool(comma) and tail.isdigit() and head.lstrip("+-").isdigit()


def _describe(value: float) -> str:
    return "the value is missing" if math.isnan(value) else f"{value} is not finite"
