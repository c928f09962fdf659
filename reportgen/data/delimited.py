"""Delimited text: comma, semicolon or tab, in UTF-8, with or without a row of column names.

The delimiter is the tab where the first row has one, else the semicolon where it has one, else
the comma. The first row names the columns unless it has only numbers, or, in a file of one
column, its text occurs again below. A row of 0, 1, 2, … or 1, 2, 3, … in a file of several columns
names them too, as that is how data frames number their columns. A decimal point is needed; an empty
cell is a missing value, and no word is (`NA` and `null` may be class names).
"""

from __future__ import annotations

import csv
import re
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.data.columns import Column, Table, frame_columns, has_decimal_comma, make_table
from reportgen.errors import DataDamaged

INDEX = "index"
"""The name of an unnamed first column, which is how data frames write their index."""


def read_delimited(path: Path, content: bytes) -> Table:
    """Return the columns of delimited text; raises DataDamaged, naming the row."""
    text = _decode(path, content)
    unquoted = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    delimiter = next((sign for sign in "\t;" if sign in unquoted), ",")
    header, names = _read_names(path, text, delimiter)
    frame = _parse(path, text, delimiter, names, header)

    def raw_text(name: str) -> NDArray[np.object_]:
        only = [names.index(name)]
        frame = _parse(path, text, delimiter, names, header, usecols=only, dtype=str)
        return np.asarray(frame[name].to_numpy(dtype=object, na_value=None), dtype=object)

    columns: dict[str, Column] = frame_columns(frame)
    return make_table(
        path, content, columns, named=header, first=2 if header else 1, raw_text=raw_text
    )


def _decode(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DataDamaged(
            f"{path}, row {row}: the text is not UTF-8; save the file as UTF-8"
        ) from error
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise DataDamaged(f"{path}, row {row}: there is a zero byte, which is not text")
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n ")
    if not text.strip():
        raise DataDamaged(f"{path}: the file has no rows")
    return text


def _read_names(path: Path, text: str, delimiter: str) -> tuple[bool, list[str]]:
    """Return whether the first row names the columns, and their names."""
    rows = csv.reader(StringIO(text), delimiter=delimiter, skipinitialspace=True)
    first = [cell.strip() for cell in next(rows)]
    if not _is_header(first, rows):
        return False, [str(place) for place in range(len(first))]
    names = [INDEX if not name and place == 0 else name for place, name in enumerate(first)]
    for place, name in enumerate(names):
        if not name:
            raise DataDamaged(f"{path}, row 1: column {place + 1} has no name")
        if name in names[:place]:
            raise DataDamaged(
                f"{path}, row 1: two columns are called {name!r}; give each a name of its own"
            )
    return True, names


def _is_header(first: list[str], rows: Any) -> bool:
    if len(first) == 1:
        return not _is_number(first[0]) and not any(
            row and row[0].strip() == first[0] for row in rows
        )
    numbered = [str(place) for place in range(len(first) + 1)]
    named = first[1:] if not first[0] else first
    if named in (numbered[: len(named)], numbered[1 : len(named) + 1]):
        return True
    return not all(_is_number(cell) for cell in first)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        # A number with a decimal comma names no column; it is refused where it is read.
        return has_decimal_comma(cell)
    return True


def _parse(
    path: Path, text: str, delimiter: str, names: list[str], header: bool, **how: Any
) -> Any:
    """Return the rows below the header as a data frame."""
    import pandas

    try:
        with warnings.catch_warnings():
            # Where a row has too many cells, pandas drops some with only a warning.
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            return pandas.read_csv(
                StringIO(text),
                sep=delimiter,
                header=0 if header else None,
                names=names,
                # Else pandas takes the first column for row names if each row ends in a delimiter.
                index_col=False,
                keep_default_na=False,
                na_values=[""],
                # Errors name rows as an editor counts them.
                skip_blank_lines=False,
                skipinitialspace=True,
                # Else pandas infers the type of a column anew for each part of a long file.
                low_memory=False,
                **_exact_floats(pandas.__version__),
                **how,
            )
    except (
        pandas.errors.ParserWarning,
        pandas.errors.ParserError,
        pandas.errors.EmptyDataError,
    ) as error:
        is_long = isinstance(error, pandas.errors.ParserWarning) or "fields in line" in str(error)
        raise DataDamaged(
            _too_many_cells(path, text, delimiter, len(names))
            if is_long
            else f"{path} cannot be read as delimited text: {str(error).strip()}"
        ) from error


def _exact_floats(version: str) -> dict[str, Any]:
    """Return how to ask pandas for the nearest double; from 3.1 on it is the only way it reads."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return {"float_precision": "round_trip"} if (major, minor) < (3, 1) else {}


def _too_many_cells(path: Path, text: str, delimiter: str, expected: int) -> str:
    rows = csv.reader(StringIO(text), delimiter=delimiter, skipinitialspace=True)
    for number, row in enumerate(rows, start=1):
        if len(row) > expected:
            return (
                f"{path}, row {number}: there are {len(row)} cells, but the first row has "
                f"{expected}"
            )
    return f"{path}: some rows have more cells than the first"
