"""Tables and arrays that other programs wrote, read into plain columns.

    .csv .tsv .txt   delimited text in UTF-8: comma, semicolon or tab (see `delimited`)
    .npy .npz        arrays of numbers or text; one of Python objects (pickle) is refused
    .parquet         needs pyarrow, the extra `parquet`
    .jsonl .ndjson   one JSON object a line; a list of numbers becomes a row of a 2-D column

Nothing is guessed about what a column means. Every fault names the file and the row.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.errors import DataDamaged, DataUnavailable

if TYPE_CHECKING:
    import pandas

Column = NDArray[Any]
"""`[n]` of int64, float64 (missing values are NaN) or text (object; missing values are None), or
`[n, m]` of numbers."""

ARRAY = "array"
"""The name of the one array of a `.npy` file."""
PARQUET_EXTRA = 'python -m pip install "reportgen[parquet]"'


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
    """Reads a column as it is written, where `columns` holds it converted (`007`)."""

    def place(self, index: int, column: str | None = None) -> str:
        """Return where record `index` (from 0) is: file, row, column, as the user finds it."""
        unit = "row" if self.first else "index"
        where = f"{self.path}, {unit} {self.first + index}"
        return where if column is None or not self.named else f"{where}, column {column}"

    def fault(self, index: int, column: str | None, message: str) -> DataDamaged:
        """Return the error that record `index` is wrong."""
        return DataDamaged(f"{self.place(index, column)}: {message}")

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as finite numbers, `[n]` or `[n, m]`.

        Raises DataDamaged for the first missing value, text, infinity or NaN.
        """
        column = self.columns[name]
        if column.dtype == object:
            column = self._parse(name, column)
        values = column.astype(np.float64)
        bad = ~np.isfinite(values)
        if bad.any():
            index = int(np.argwhere(bad)[0][0])
            what = _describe(values[index]) if values.ndim == 1 else "a value that is not finite"
            raise self.fault(index, name, f"{what}; a finite number is needed in every row")
        return values

    def texts(self, name: str) -> NDArray[np.object_]:
        """Return a column as text without surrounding blanks, `[n]`; 3 and 3.0 are both `3`.

        Raises DataDamaged for the first missing value, and for a column of rows of numbers.
        """
        column = self.columns[name]
        if column.ndim != 1:
            raise DataDamaged(
                f"{self.path}: {name} has the shape {column.shape}; one value a row is needed"
            )
        if self.raw_text is not None and not _is_whole(column):
            column = self.raw_text(name)
        texts = _as_texts(column)
        for index, text in enumerate(texts):
            if text is None or text == "":
                raise self.fault(index, name, "the value is missing; every row needs one")
        return texts

    def _parse(self, name: str, column: Column) -> NDArray[np.float64]:
        values = np.empty(len(column))
        for index, text in enumerate(column):
            try:
                values[index] = math.nan if text is None else float(text)
            except ValueError:
                hint = "; write a decimal point" if _has_decimal_comma(text) else ""
                raise self.fault(index, name, f"{text!r} is not a number{hint}") from None
        return values


def read_table(path: Path) -> Table:
    """Return the columns of the file at `path`.

    Raises DataUnavailable where it is not there or needs pyarrow, DataDamaged where it is of no
    known kind or cannot be read.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        allowed = ", ".join(_READERS)
        raise DataDamaged(f"{path}: a file ending in {allowed} can be read, not {path.suffix!r}")
    content = read_bytes(path)
    if not content:
        raise DataDamaged(f"{path}: the file is empty")
    table = reader(path, content)
    if any(len(column) == 0 for column in table.columns.values()) or not table.columns:
        raise DataDamaged(f"{path}: the file holds no row")
    return table


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
    return _objects([None if value is None else str(value) for value in values])


def frame_columns(frame: pandas.DataFrame) -> dict[str, Column]:
    """Return the columns of a data frame; booleans and dates become text."""
    return {str(name): _series_column(frame[name]) for name in frame.columns}


def make_table(path: Path, content: bytes, columns: Mapping[str, Column], **kind: Any) -> Table:
    """Return a table of the file's `content`; `kind` holds the other fields of `Table`."""
    return Table(path, len(content), sha256(content).hexdigest(), columns, **kind)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file; raises DataUnavailable."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataUnavailable(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataUnavailable(f"{path}: cannot be read: {error.strerror or error}") from error


def load_arrays(path: Path, content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `.npy` or `.npz` file as they are, of any shape and type.

    Raises DataDamaged where it is no whole one, or holds pickled Python objects.
    """
    try:
        loaded = np.load(BytesIO(content), allow_pickle=False)
        return {ARRAY: loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except Exception as error:  # numpy raises whatever a damaged archive makes it stumble over
        known = content.startswith((b"PK", b"\x93NUMPY", b"\x80"))
        pickled = known and "Object arrays" in str(error)
        reason = (
            "holds Python objects (pickle), which may run code and are not loaded; save plain "
            "arrays, as numpy.savez(path, probabilities=p) does"
            if pickled
            else f"is not a whole numpy file: {error}"
        )
        raise DataDamaged(f"{path}: {reason}") from error


def _read_arrays(path: Path, content: bytes) -> Table:
    arrays = load_arrays(path, content)
    columns = {name: _array_column(path, name, array) for name, array in arrays.items()}
    return make_table(path, content, columns, first=0)


def _array_column(path: Path, name: str, array: NDArray[Any]) -> Column:
    kind = array.dtype.kind
    if array.ndim not in (1, 2) or kind not in "biufUS":
        raise DataDamaged(
            f"{path}: the array {name!r} has the shape {array.shape} and the type {array.dtype}; "
            "one or two dimensions of numbers or text are needed"
        )
    if (kind in "US" and array.ndim == 1) or kind == "b":
        text = np.char.decode(array, "utf-8") if kind == "S" else array
        return text.astype(str).astype(object)
    return array.astype(np.float64) if kind == "f" else array.astype(np.int64)


def _read_parquet(path: Path, content: bytes) -> Table:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise DataUnavailable(f"{path}: Parquet needs pyarrow: {PARQUET_EXTRA}") from error
    import pandas

    try:
        frame = pandas.read_parquet(BytesIO(content), engine="pyarrow")
    except Exception as error:  # pyarrow's errors have no base in common with pandas'
        raise DataDamaged(f"{path}: is not a whole Parquet file: {error}") from error
    if frame.index.name is not None:
        frame = frame.reset_index()
    return make_table(path, content, frame_columns(frame))


def _read_json_lines(path: Path, content: bytes) -> Table:
    records, lines = [], content.decode("utf-8-sig", errors="replace").rstrip().split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataDamaged(f"{path}, row {number}: is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise DataDamaged(f"{path}, row {number}: a JSON object is needed in every line")
        records.append(record)
    names = dict.fromkeys(name for record in records for name in record)
    try:
        columns = {name: column_of([record.get(name) for record in records]) for name in names}
    except _RaggedRowsError as ragged:
        raise DataDamaged(f"{path}, row {ragged.index + 1}: {ragged}") from ragged
    return make_table(path, content, columns)


def _read_delimited(path: Path, content: bytes) -> Table:
    from reportgen.data.delimited import read_delimited

    return read_delimited(path, content)


_READERS: dict[str, Callable[[Path, bytes], Table]] = {
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".txt": _read_delimited,
    ".npy": _read_arrays,
    ".npz": _read_arrays,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


class _RaggedRowsError(ValueError):
    """Rows of numbers differ in length, or hold something else."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def _rows(values: Sequence[Any]) -> NDArray[np.float64]:
    first = next(value for value in values if value is not None)
    for index, value in enumerate(values):
        if value is None or len(value) != len(first):
            found = "none" if value is None else len(value)
            raise _RaggedRowsError(index, f"expected a list of {len(first)} numbers, found {found}")
        if not all(_is_number(item) for item in value):
            raise _RaggedRowsError(index, "a list of numbers is needed, and holds something else")
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
    """Whether a column of floating-point numbers has whole ones alone, as 3.0, or missing ones."""
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


def _has_decimal_comma(text: str) -> bool:
    head, comma, tail = text.strip().partition(",")
    return bool(comma) and tail.isdigit() and head.lstrip("+-").isdigit()


def _describe(value: float) -> str:
    return "the value is missing" if math.isnan(value) else f"{value} is not finite"
