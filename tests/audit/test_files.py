"""Reading published figures from a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.audit.files import read_published
from reportgen.errors import AuditError

KEYS = """
test_support = [5, 6]
[[{prefix}tables]]
name = "A table"
decimals = 2
accuracy = 0.91
f1 = [0.9, 0.92]
"""
SECTIONS = """
[digits]
classes = ["a", "b"]
test_support = [5, 6]
[net]
parameters = 7
decimals = 2
accuracy = 0.91
per_class_f1 = [0.9, 0.92]
[net_report]
decimals = 1
recall = [0.9, 0.9]
[settings]
epochs = 3
"""


def write(folder: Path, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / "figures.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text", [KEYS.format(prefix=""), "[published]\n" + KEYS.format(prefix="published.")]
)
def test_keys_are_read_with_and_without_the_heading(tmp_path: Path, text: str) -> None:
    """The heading [published] is only needed inside an experiment file."""
    published = read_published(write(tmp_path, text))
    assert published.source == "figures.toml"
    assert published.test_support == (5, 6)
    assert published.tables[0].f1 == (0.9, 0.92)


def test_plain_sections_are_read(tmp_path: Path) -> None:
    """A section with decimals is a table, and NAME_report describes the same as NAME."""
    published = read_published(write(tmp_path, SECTIONS))
    assert published.dataset == "digits"
    assert published.classes == ("a", "b")
    assert [table.name for table in published.tables] == ["net", "net_report"]
    assert [table.describes for table in published.tables] == ["net", "net"]
    assert published.tables[0].f1 == (0.9, 0.92)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", "contains no published values; it needs a table [published]"),
        ("a = ", "is not valid TOML"),
        (KEYS.format(prefix="").replace("[0.9, 0.92]", "[0.9]"), "tables[1].f1: must contain 2"),
        (KEYS.format(prefix="").replace("0.91", "91.0"), "tables[1].accuracy: must be"),
        (KEYS.format(prefix="").replace("0.91", "0.914"), "more than the 2 decimals"),
        (KEYS.format(prefix="").replace("accuracy", "acuracy"), "did you mean"),
        (KEYS.format(prefix="").replace("test_support = [5, 6]", ""), "test_support: is missing"),
        ("[published]\nsource = 'p'\ntest_support = [0]", "published.test_support[1]: must be"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """An AuditError names the file, the place in it, and what is allowed."""
    path = write(tmp_path, text)
    with pytest.raises(AuditError) as caught:
        read_published(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(AuditError, match=r"nowhere\.toml"):
        read_published(tmp_path / "nowhere.toml")
