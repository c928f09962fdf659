"""`reportgen serve` as a process: what it prints, what it shows, how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reportgen.cli.entry import run


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment file that is wrong, so that nothing is trained."""
    path = tmp_path / "mine.toml"
    path.write_text('title = ""\nmodels = []\n', encoding="utf-8")
    return path


@pytest.fixture
def process(experiment: Path) -> Iterator[subprocess.Popen[str]]:
    """A running `reportgen serve`."""
    command = [sys.executable, "-m", "reportgen", "serve", str(experiment), "--no-open"]
    output = ["--output", str(experiment.parent / "output")]
    with subprocess.Popen([*command, *output], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read standard error up to a line with `pattern`."""
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(pattern, line)
        if found:
            return found
    raise AssertionError(f"the process ended without {pattern!r}")


def problem_after(events: HTTPResponse, words: str) -> str:
    """Read events up to a problem with `words` in it."""
    for line in events:
        if line.startswith(b"data: "):
            problem = json.loads(line.removeprefix(b"data: "))["problem"] or ""
            if words in problem:
                return str(problem)
    raise AssertionError(f"the stream ended without {words!r}")


def test_wrong_experiment_is_shown_and_ctrl_c_ends(
    process: subprocess.Popen[str], experiment: Path
) -> None:
    """Each edit is answered in the page; Ctrl-C ends with 130 and no traceback."""
    url = read_until(process, r"http://127\.0\.0\.1:\d+/")[0]
    connection = HTTPConnection(urlsplit(url).netloc, timeout=120)
    connection.request("GET", "/events")
    events = connection.getresponse()
    assert "mine.toml" in problem_after(events, "title")
    experiment.write_text("titel = 1\n", encoding="utf-8")
    assert "mine.toml" in problem_after(events, "titel")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_missing_experiment_ends_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is no experiment is a mistake on the command line."""
    assert run(["serve", str(tmp_path / "typo.toml"), "--no-open"]) == 2
    assert "typo.toml" in capsys.readouterr().err
