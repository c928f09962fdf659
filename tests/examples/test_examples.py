"""The examples run as their comments say, and their reports verify."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from reportgen.cli.entry import run as run_command
from reportgen.report import pdf as typesetting
from reportgen.verification import pdf as verification
from reportgen.verification import verify_report

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SEPARATE = "predictions"
"""The example that is built in a process of its own, as a user builds it."""
NAMES = sorted({path.parent.name for path in EXAMPLES.glob("*/*.toml")} - {SEPARATE})
ONE_RUN = ("--set", "training.epochs=1", "--set", "training.seeds=[0]")
QUICK = {
    "image-folder": ONE_RUN,
    "own-metric": ONE_RUN,
    "own-study": ONE_RUN,
    "own-network": ONE_RUN,
}
"""What shortens a training; the rest of an example is run as it is."""


def run(folder: Path, *arguments: str) -> None:
    """Run Python in the folder of an example."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def copy(name: str, place: Path) -> Path:
    """Return a copy of the folder of an example, with the data that its scripts write."""
    folder = place / name
    ignored = shutil.ignore_patterns("output", "*.csv", "*.npz", "shapes", "__pycache__")
    shutil.copytree(EXAMPLES / name, folder, ignore=ignored)
    for script in sorted(folder.glob("write_*.py")):
        run(folder, script.name)
    return folder


def assert_verified(folder: Path) -> None:
    """Both documents follow from their evidence."""
    for document in ("report.html", "report.pdf"):
        result = verify_report(folder / "output" / "experiment" / document)
        assert not result.findings, document


@pytest.fixture
def shared_work(shared_drawings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build and its verification draw the same figures and set the same pages once."""
    typeset = cache(typesetting.typeset)
    for module in (typesetting, verification):
        monkeypatch.setattr(module, "typeset", typeset)


@pytest.mark.usefixtures("shared_work")
@pytest.mark.parametrize("name", NAMES)
def test_an_example_builds_and_verifies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of the folder is enough; HTML and PDF follow from their evidence."""
    monkeypatch.chdir(copy(name, tmp_path))
    code = run_command(["build", "experiment.toml", "--quiet", *QUICK.get(name, ())])
    assert code == 0, capsys.readouterr().err
    assert_verified(Path())


def test_an_example_builds_in_a_process_of_its_own(tmp_path: Path) -> None:
    """As a user builds it; drawn and typeset again by another process, it verifies."""
    folder = copy(SEPARATE, tmp_path)
    run(folder, "-m", "reportgen", "build", "experiment.toml", "--quiet")
    assert_verified(folder)
