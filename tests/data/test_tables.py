"""Tables of every format give the same columns, and what is wrong with one is located."""

from __future__ import annotations

import json
import string
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.data.columns import Table
from reportgen.data.tables import ARRAY, read_table
from reportgen.errors import DataDamaged, DataUnavailable
from tests.support.examples import at_most

Columns = dict[str, list[object]]


def _write_csv(separator: str) -> Callable[[Path, Columns], None]:
    def write(path: Path, columns: Columns) -> None:
        pandas.DataFrame(columns).to_csv(path, sep=separator, index=False)

    return write


def _write_npz(path: Path, columns: Columns) -> None:
    arrays: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
    np.savez(path, **arrays)


def _write_parquet(path: Path, columns: Columns) -> None:
    pandas.DataFrame(columns).to_parquet(path, index=False)


def _write_json_lines(path: Path, columns: Columns) -> None:
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in rows))


WRITERS: dict[str, Callable[[Path, Columns], None]] = {
    "table.csv": _write_csv(","),
    "semicolon.csv": _write_csv(";"),
    "table.tsv": _write_csv("\t"),
    "table.npz": _write_npz,
    "table.parquet": _write_parquet,
    "table.jsonl": _write_json_lines,
}
WORDS = st.text(string.ascii_letters + "ßÄ,;' -", min_size=1, max_size=8).map(
    lambda word: f"x{word}x"
)
COLUMNS = st.integers(1, 12).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "id": st.lists(st.integers(-(2**40), 2**40), min_size=rows, max_size=rows),
            "share": st.lists(
                st.floats(-1e6, 1e6, allow_subnormal=False), min_size=rows, max_size=rows
            ),
            "word": st.lists(WORDS, min_size=rows, max_size=rows),
        }
    )
)


@at_most(25)
@given(columns=COLUMNS)
def test_every_format_gives_the_same_numbers_and_texts(
    columns: Columns, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was written comes back to the last bit, whatever it was written as."""
    folder = tmp_path_factory.mktemp("tables")
    for name, write in WRITERS.items():
        write(folder / name, columns)
        table = read_table(folder / name)
        assert list(table.columns) == list(columns), name
        assert table.numbers("id").tolist() == columns["id"], name
        assert table.numbers("share").tolist() == columns["share"], name
        assert table.texts("word").tolist() == columns["word"], name
        assert table.texts("id").tolist() == [str(value) for value in columns["id"]], name


def read(tmp_path: Path, name: str, content: str | bytes) -> Table:
    """Write a file and read it."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path)


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("a,b\n1,2\n", ["a", "b"], 2),
        ("0.1,0.9\n0.2,0.8\n", ["0", "1"], 1),
        ("0,1,2\n0.1,0.4,0.5\n", ["0", "1", "2"], 2),
        (",0,1\n5,0.1,0.9\n", ["index", "0", "1"], 2),
        ("label\ncat\ndog\n", ["label"], 2),
        ("cat\ndog\ncat\n", ["0"], 1),
        ("3\n1\n2\n", ["0"], 1),
        ('\ufeff"a;b";c\n1;2\n', ["a;b", "c"], 2),
    ],
)
def test_the_first_row_is_a_header_unless_it_holds_values(
    text: str, names: list[str], first: int, tmp_path: Path
) -> None:
    """Numbers alone are values, except 0, 1, 2, …; in a single column so is a text seen again."""
    table = read(tmp_path, "table.csv", text)
    assert list(table.columns) == names
    assert table.first == first


def test_text_keeps_leading_zeros_and_forgets_the_decimals_of_whole_numbers(tmp_path: Path) -> None:
    """Identifiers such as 007 stay what they are; 3.0 of a float column is 3."""
    table = read(tmp_path, "table.csv", "id,label,version\n007,3.0,1.10\n010,4.0,2.5\n")
    assert table.texts("id").tolist() == ["007", "010"]
    assert table.texts("label").tolist() == ["3", "4"]
    assert table.texts("version").tolist() == ["1.10", "2.5"]


def test_words_that_often_mean_missing_are_words(tmp_path: Path) -> None:
    """A class may be called NA or null; only an empty cell is missing."""
    table = read(tmp_path, "table.csv", "label\nNA\nnull\nNone\n")
    assert table.texts("label").tolist() == ["NA", "null", "None"]


FAULTS: list[tuple[str, str | bytes, str]] = [
    ("a.csv", "", "the file is empty"),
    ("a.csv", "\n\n", "the file has no rows"),
    ("a.csv", "id,p\n", "the file has no rows"),
    ("a.csv", "a,b\n1,2\n1,2,3\n", "row 3: there are 3 cells, but the first row has 2"),
    ("a.csv", "a,b\n1,2,3\n1,2,3\n", "row 2: there are 3 cells, but the first row has 2"),
    ("a.csv", "a,a\n1,2\n", "row 1: two columns are called 'a'"),
    ("a.csv", "a,,c\n1,2,3\n", "row 1: column 2 has no name"),
    ("a.csv", b"a\nb\n\xff\xfe\n", "row 3: the text is not UTF-8; save the file as UTF-8"),
    ("a.csv", b"a\n1\n\0\n", "row 3: there is a zero byte"),
    ("a.csv", 'a,b\n"1,2\n', "cannot be read as delimited text"),
    ("a.npz", b"PK\x03\x04", "is not a complete NumPy file"),
    ("a.parquet", b"PAR1", "is not a complete Parquet file"),
    ("a.jsonl", '{"p": 1}\n{"p": \n', "row 2: the line is not JSON"),
    ("a.jsonl", '{"p": 1}\n[1]\n', "row 2: the line must be a JSON object"),
    ("a.jsonl", '{"p": [1, 2]}\n{"p": [1]}\n', "row 2: expected a list of 2 numbers, found 1"),
    ("a.jsonl", '{"p": [1, 2]}\n{"p": [1, "x"]}\n', "row 2: a list must contain only numbers"),
    ("a.xlsx", b"PK", "the name of the file must end in .csv, .tsv, .txt, .npy, .npz"),
]


@pytest.mark.parametrize(("name", "content", "message"), FAULTS)
def test_what_cannot_be_read_is_located(
    name: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    """The error names the file, the row where there is one, and what is wrong."""
    with pytest.raises(DataDamaged) as caught:
        read(tmp_path, name, content)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,p\n1,0.5\n2,\n", "row 3, column p: the value is missing"),
        ("a,p\n1,0.5\n2,x\n", "row 3, column p: 'x' is not a number"),
        ("a;p\n1;0,5\n", "row 2, column p: '0,5' is not a number; write a decimal point"),
        ("a,p\n1,0.5\n2,1e999\n", "row 3, column p: inf is not finite"),
        ("a,p\n1,0.5\n2,nan\n", "row 3, column p: the value is missing"),
    ],
)
def test_a_cell_that_is_no_number_is_located(text: str, message: str, tmp_path: Path) -> None:
    """The error names the row as an editor counts it, and the column."""
    with pytest.raises(DataDamaged) as caught:
        read(tmp_path, "table.csv", text).numbers("p")
    assert message in str(caught.value)


def test_a_value_of_an_array_is_located_by_its_index(tmp_path: Path) -> None:
    """Arrays are counted from 0, as numpy does."""
    np.savez(tmp_path / "a.npz", p=np.array([0.5, np.nan]))
    with pytest.raises(DataDamaged, match=r"a\.npz, index 1, column p: the value is missing"):
        read_table(tmp_path / "a.npz").numbers("p")


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    """A pickle may run code when it is read; it is refused by name."""
    np.savez(tmp_path / "a.npz", p=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DataDamaged, match=r"Python objects \(pickle\)"):
        read_table(tmp_path / "a.npz")


def test_an_array_of_three_dimensions_is_refused(tmp_path: Path) -> None:
    """Its shape is named."""
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    with pytest.raises(DataDamaged, match=r"the array 'array' has the shape \(2, 3, 4\)"):
        read_table(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.zeros((2, 3)))
    assert read_table(tmp_path / "a.npy").columns[ARRAY].shape == (2, 3)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says that there is no such file."""
    with pytest.raises(DataUnavailable, match=r"gone\.csv: there is no such file"):
        read_table(tmp_path / "gone.csv")


def test_parquet_without_pyarrow_is_answered_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataUnavailable, match=r"pip install \"reportgen\[parquet\]\"$"):
        read_table(tmp_path / "a.parquet")
