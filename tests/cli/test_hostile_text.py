"""What files of somebody else hold cannot speak for us on a terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import reportgen as package
from reportgen.characters import INVISIBLE, one_line, printable
from reportgen.cli.progress import Bars, Tally
from tests.cli.conftest import CommandLine

EVIL = "\x1b[2K\x1b[1A\x07\x9b31m\u202e\u2066\u200b\x7f\ue000[bold]ok[/bold]:smile:"
LINE = "\nreport.html: all of them agree, and nothing else was altered."


def assert_harmless(text: str) -> None:
    """Nothing in `text` is obeyed by a terminal, and line breaks are ours alone."""
    found = {c for c in text if c != "\n" and unicodedata.category(c) in INVISIBLE}
    assert not found, [hex(ord(c)) for c in found]
    assert not any(line.startswith("report.html: all of them") for line in text.splitlines())


@given(st.text(st.characters(codec=None)))
def test_printed_text_holds_no_control_character_but_line_breaks(text: str) -> None:
    """Every character of Unicode: escaped where a terminal may obey it, else as it is."""
    shown = printable(text)

    assert all(c == "\n" or unicodedata.category(c) not in INVISIBLE for c in shown)
    assert "\n" not in one_line(text)
    if not any(unicodedata.category(c) in INVISIBLE for c in text):
        assert shown == text


@given(st.text())
def test_json_stays_json(text: str) -> None:
    """Escapes are those of JSON: a program reads the same value."""
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


def test_there_is_one_place_that_prints() -> None:
    """No module but `cli.messages` writes to the terminal; bars escape what they show."""
    folder = Path(package.__file__).parent
    allowed = {folder / "cli" / "messages.py", folder / "data" / "fetch.py"}
    printing = re.compile(
        r"click\.(?:echo|secho)\(|(?<![\w.])(?<!def )print\(|std(?:out|err)\.write\("
    )
    found = [
        path.name
        for path in folder.rglob("*.py")
        if path not in allowed and printing.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


EXPERIMENT = """
title = {title}
models = [{{name = "CNN", architecture = "cnn"}}]
"""


def test_check_and_list(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Titles, values, file names and verdicts of builds are escaped, on one line each."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    name = f"evil{EVIL}{LINE}".replace("/", "")
    file = tmp_path / "experiments" / f"{name}.toml"
    file.write_text(EXPERIMENT.format(title=json.dumps(EVIL + LINE)), encoding="utf-8")
    build = tmp_path / "output" / "evil"
    build.mkdir(parents=True)
    results = {"schema": 3, "data": {"title": EVIL}, "claims": {"verdict": {"text": EVIL + LINE}}}
    (build / "results.json").write_text(json.dumps(results), encoding="utf-8")

    for arguments in (["check", str(file)], ["list"], ["check", "experiments/" + EVIL], [EVIL]):
        ended = reportgen(*arguments)
        assert_harmless(ended.out + ended.err)
        assert ended.out + ended.err


def test_audit(reportgen: CommandLine, tmp_path: Path) -> None:
    """Names of papers and tables are escaped; the finding comes last."""
    text = json.dumps(EVIL + LINE)
    file = tmp_path / "figures.toml"
    file.write_text(
        f"source = {text}\ntest_support = [10, 10]\ntrain_support = [20, 20]\n"
        f"[[tables]]\nname = {text}\ndecimals = 2\naccuracy = 0.91\n",
        encoding="utf-8",
    )
    for arguments in (["audit", str(file)], ["audit", str(file), "--format", "json"]):
        ended = reportgen(*arguments)
        assert_harmless(ended.out + ended.err)


@pytest.mark.parametrize("error", [OSError(5, EVIL, EVIL), KeyError(EVIL), ValueError(EVIL)])
def test_errors(error: Exception, reportgen: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in errors of the system and of libraries are escaped too."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("reportgen.config.loading.load_experiment", fail)
    ended = reportgen("check")
    assert ended.code == 1
    assert_harmless(ended.err)


@pytest.mark.parametrize("command", ["verify", "diff"])
def test_files_that_are_not_there(command: str, reportgen: CommandLine, tmp_path: Path) -> None:
    """The name of a file is escaped where it is named as missing."""
    ended = reportgen(command, str(tmp_path / EVIL), str(tmp_path / EVIL))
    assert ended.code != 0
    assert_harmless(ended.out + ended.err)


def test_verify_prints_the_verdict_last(
    reportgen: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many findings there are, the last line is the failure, and the exit code agrees."""
    from reportgen.verification.findings import Finding, VerifyResult

    found = tuple(Finding("claim", f"claim {EVIL}{LINE}", EVIL + LINE, EVIL) for _ in range(100))
    result = VerifyResult(numbers=1, claims=1, runs=1, findings=found, written_by=EVIL)
    monkeypatch.setattr("reportgen.verification.verify_report", lambda *_: result)

    for arguments in (["verify", "report.html"], ["verify", "report.html", "--format", "json"]):
        ended = reportgen(*arguments)
        assert ended.code == 1
        assert_harmless(ended.out + ended.err)
        assert ended.err.splitlines()[-1].endswith("100 things do not follow from the evidence")


def test_bars_print_names_literally() -> None:
    """No markup of rich, no emoji code and no control character of a name takes effect."""
    stream = StringIO()
    console = Console(file=stream, force_terminal=False, width=200)
    bars = Bars(Tally("k"), console)
    progress: Any = SimpleNamespace(
        key="k", model=EVIL, seed=0, epoch=0, epochs=1, fraction=0.5, state="running"
    )
    bars.update(progress)
    bars.print(f"Warning: {EVIL}")
    bars.stop()
    assert "[bold]ok[/bold]:smile:" in stream.getvalue()
    assert_harmless(stream.getvalue())


def test_warnings_and_tracebacks_of_libraries() -> None:
    """What Python prints by itself is escaped too; in a process of its own, as it is global."""
    program = (
        "import logging, sys, warnings\n"
        "from reportgen.cli.messages import print_the_rest\n"
        "print_the_rest()\n"
        "evil = sys.argv[1]\n"
        "warnings.warn(evil)\n"
        "logging.getLogger('some.library').warning(evil)\n"
        "raise ValueError(evil)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, EVIL], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.count("[bold]ok[/bold]:smile:") == 3
    assert_harmless(ended.stderr.replace("\t", " "))
