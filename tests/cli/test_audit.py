"""`reportgen audit`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.resources import resource_folder
from tests.cli.conftest import CommandLine

PAPER = resource_folder("experiments") / "paper.toml"
TABLE = 'test_support = [5, 5]\n[[tables]]\nname = "T"\ndecimals = 2\naccuracy = '
"""Figures of ten examples, up to the accuracy."""


@pytest.fixture
def possible(tmp_path: Path) -> str:
    """A file with a figure that is possible."""
    path = tmp_path / "possible.toml"
    path.write_text(f"{TABLE}0.9\n")
    return str(path)


def test_it_says_what_the_audit_finds(reportgen: CommandLine) -> None:
    """Figures, tables, agreement and the careful conclusion are printed, and the code is 0."""
    ended = reportgen("audit", str(PAPER))
    assert ended.code == 0
    assert "test: 0 of 10 possible, training: 10 of 10 possible" in ended.out
    assert (
        "cannot come from one evaluation on the 10,000 test images, rounded to nearest" in ended.out
    )
    assert "consistent with an evaluation on the 60,000 training images" in ended.out
    assert "agree? no" in ended.out
    assert "[[" not in ended.out


def test_the_document_holds_every_figure(reportgen: CommandLine) -> None:
    """With --format json a program gets each figure, each table and the finding."""
    ended = reportgen("audit", str(PAPER), "--format", "json")
    document = json.loads(ended.out)
    assert document["schema"] == 1
    assert len(document["figures"]) == 13 + 31 + 13 + 31
    assert [table["conclusion"] for table in document["tables"]] == [
        "consistent with the other split",
        "consistent",
        "consistent",
        "consistent",
    ]
    assert document["agreements"][0]["agree"] is False
    assert "training images" in document["finding"]


def test_the_document_lists_counts_that_give_the_figures(
    reportgen: CommandLine, possible: str
) -> None:
    """Of ten examples, nine true positives are an accuracy of 0.9."""
    document = json.loads(reportgen("audit", possible, "--format", "json").out)
    counts = document["tables"][0]["test_counts"]
    assert sum(true_positives for true_positives, _ in counts) == 9
    assert sum(predicted for _, predicted in counts) == 10


def test_strict_fails_on_what_is_impossible(
    reportgen: CommandLine, possible: str, tmp_path: Path
) -> None:
    """Impossible figures are a finding; only --strict makes them a failure."""
    impossible = tmp_path / "impossible.toml"
    impossible.write_text(f"{TABLE}0.95\n")
    assert reportgen("audit", str(impossible)).code == 0
    assert reportgen("audit", str(impossible), "--strict").code == 1
    assert reportgen("audit", possible, "--strict").code == 0


def test_a_pasted_report_is_audited(reportgen: CommandLine, tmp_path: Path) -> None:
    """--from-text reads scikit-learn's report; --rounding and --runs declare how it was made."""
    path = tmp_path / "report.txt"
    path.write_text("a 0.66 0.66 0.66 3\nb 0.66 0.66 0.66 3\n")
    ended = reportgen("audit", "--from-text", str(path))
    assert ended.code == 0
    assert "values cut off instead of rounded" in ended.out
    cut_off = reportgen("audit", "--from-text", str(path), "--rounding", "truncated", "--strict")
    assert cut_off.code == 0
    assert reportgen("audit", "--from-text", str(path), "--runs", "many").code == 2


def test_escape_sequences_in_pasted_text_are_escaped(
    reportgen: CommandLine, tmp_path: Path
) -> None:
    """A name cannot clear the terminal, nor can a line that is refused."""
    path = tmp_path / "report.txt"
    path.write_text("\x1b[2Ja 0.66 0.66 0.66 3\nb\x9b 0.66 0.66 0.66 3\n")
    refused = tmp_path / "refused.txt"
    refused.write_text("\x1b[2Ja 0.66 0.66 x 3\n")
    for arguments in ([str(path)], [str(path), "--format", "json"], [str(refused)]):
        ended = reportgen("audit", "--from-text", *arguments)
        assert not set("\x1b\x9b") & set(ended.out + ended.err)


def test_a_file_without_figures_is_refused(reportgen: CommandLine, tmp_path: Path) -> None:
    """The message says what a file must hold, and the code is 2."""
    path = tmp_path / "empty.toml"
    path.write_text("")
    ended = reportgen("audit", str(path))
    assert ended.code == 2
    assert "contains no published values" in ended.err
