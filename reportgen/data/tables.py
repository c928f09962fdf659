"""Tables and arrays written by other programs, read into columns.

    .csv .tsv .txt   delimited text in UTF-8: comma, semicolon or tab (see `delimited`)
    .npy .npz        arrays of numbers or text; one of Python objects (pickle) is refused
    .parquet         needs pyarrow, the extra `parquet`
    .jsonl .ndjson   one JSON object a line; a list of numbers becomes a row of a 2-D column

The meaning of a column is not guessed. Every error names the file and the row.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.data.columns import (
    Column,
    RaggedRowsError,
    Table,
    column_of,
    frame_columns,
    make_table,
)
from reportgen.data.delimited import read_delimited
from reportgen.errors import DataDamaged, DataUnavailable
from reportgen.reading import read_regular

ARRAY = "array"
"""The name of the one array of a `.npy` file."""
PARQUET_EXTRA = 'python -m pip install "reportgen[parquet]"'


def read_table(path: Path) -> Table:
    """Return the columns of the file at `path`.

    Raises DataUnavailable where it is not there or needs pyarrow, DataDamaged where it is of no
    known kind or cannot be read.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        allowed = ", ".join(_READERS)
        raise DataDamaged(
            f"{path}: the name of the file must end in {allowed}, not {path.suffix!r}"
        )
    content = read_bytes(path)
    if not content:
        raise DataDamaged(f"{path}: the file is empty")
    table = reader(path, content)
    if any(len(column) == 0 for column in table.columns.values()) or not table.columns:
        raise DataDamaged(f"{path}: the file has no rows")
    return table


def read_bytes(path: Path) -> bytes:
    """Return the content of a file; raises DataUnavailable."""
    try:
        return read_regular(path)
    except FileNotFoundError as error:
        raise DataUnavailable(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataUnavailable(f"{path} cannot be read: {error.strerror or error}") from error


def load_arrays(path: Path, content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `.npy` or `.npz` file as they are, of any shape and type.

    Raises DataDamaged where it is not a complete one, or contains pickled Python objects.
    """
    try:
        loaded = np.load(BytesIO(content), allow_pickle=False)
        return {ARRAY: loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except Exception as error:  # a damaged archive can make numpy raise any error
        known = content.startswith((b"PK", b"\x93NUMPY", b"\x80"))
        pickled = known and "Object arrays" in str(error)
        reason = (
            "contains Python objects (pickle), which may run code and are not loaded; save plain "
            "arrays, for example with numpy.savez(path, probabilities=p)"
            if pickled
            else f"is not a complete NumPy file: {error}"
        )
        raise DataDamaged(f"{path} {reason}") from error


def load_array(path: Path, content: bytes) -> NDArray[Any]:
    """Return the array of a `.npy` file, likewise."""
    return next(iter(load_arrays(path, content).values()))


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
        raise DataUnavailable(
            f"{path}: Parquet files need pyarrow; install it with: {PARQUET_EXTRA}"
        ) from error
    import pandas

    try:
        frame = pandas.read_parquet(BytesIO(content), engine="pyarrow")
    except Exception as error:  # pyarrow's errors have no base in common with pandas'
        raise DataDamaged(f"{path} is not a complete Parquet file: {error}") from error
    # pandas stores a named index, such as an identifier, apart from the columns.
    if frame.index.name is not None:
        frame = frame.reset_index()
    return make_table(path, content, frame_columns(frame))


def _read_json_lines(path: Path, content: bytes) -> Table:
    records, lines = [], content.decode("utf-8-sig", errors="replace").rstrip().split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataDamaged(f"{path}, row {number}: the line is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise DataDamaged(f"{path}, row {number}: the line must be a JSON object")
        records.append(record)
    names = dict.fromkeys(name for record in records for name in record)
    try:
        columns = {name: column_of([record.get(name) for record in records]) for name in names}
    except RaggedRowsError as ragged:
        raise DataDamaged(f"{path}, row {ragged.index + 1}: {ragged}") from ragged
    return make_table(path, content, columns)


_READERS: dict[str, Callable[[Path, bytes], Table]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".npy": _read_arrays,
    ".npz": _read_arrays,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
