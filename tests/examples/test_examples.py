"""The examples run as their comments say, and their reports verify."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from contextlib import chdir
from functools import cache
from pathlib import Path

import pytest

from reportgen.cli.entry import run as run_command
from reportgen.report import pdf as typesetting
from reportgen.report.moves import Moves
from reportgen.report.pdf import PdfRequest
from reportgen.studies import shipped_studies
from reportgen.verification import pdf as verification
from reportgen.verification import read_report, verify_report
from reportgen.verification.paper import verify_paper

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SEPARATE = "predictions"
"""The example that is built in a process of its own, as a user builds it."""
NAMES = sorted({path.parent.name for path in EXAMPLES.glob("*/*.toml")} - {SEPARATE})
ONE_RUN = ("--set", "training.epochs=1", "--set", "training.seeds=[0]")
FEW_STEPS = (
    "training.epochs=1",
    "training.seeds=[0]",
    "data.train_limit=300",
    "data.test_limit=1000",
    'studies.robustness.corruptions=["fog"]',
    "studies.robustness.severities=[3]",
    "studies.samples.sizes=[60]",
    "studies.samples.steps=10",
    "studies.sequences.count=10",
    "studies.interpretability.images=20",
    "studies.interpretability.steps=5",
    "studies.interpretability.path=10",
)
QUICK = dict.fromkeys(("image-folder", "own-metric", "own-network", "own-study"), ONE_RUN)
"""What makes a build shorter; the rest of an example is run as it is."""


def copy(name: str, place: Path) -> Path:
    """Return a copy of the folder of an example, with the data that its scripts write."""
    folder = place / name
    ignored = shutil.ignore_patterns("output", "*.csv", "*.npz", "shapes", "__pycache__")
    shutil.copytree(EXAMPLES / name, folder, ignore=ignored)
    with chdir(folder):
        for script in sorted(folder.glob("write_*.py")):
            runpy.run_path(script.name, run_name="__main__")
    return folder


def assert_documents_verify(folder: Path) -> None:
    """Both documents follow from the evidence that they carry."""
    for name in ("report.html", "report.pdf"):
        assert not verify_report(folder / name).findings, name


@pytest.fixture
def set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build and its verification set the same pages once.

    A PDF is verified by the layout of the build here; tests of verification lay it out anew.
    """
    once = cache(typesetting.typeset)

    def typeset(request: PdfRequest, moves: Moves | None = None, **_: object) -> bytes:
        return once(request)

    for module in (typesetting, verification):
        monkeypatch.setattr(module, "typeset", typeset)


@pytest.mark.usefixtures("set_once")
@pytest.mark.parametrize("name", NAMES)
def test_an_example_builds_and_verifies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of the folder is enough; what it builds follows from its evidence."""
    monkeypatch.chdir(copy(name, tmp_path))
    code = run_command(["build", "experiment.toml", "--quiet", *QUICK.get(name, ())])
    assert code == 0, capsys.readouterr().err
    assert_documents_verify(Path("output", "experiment"))


@pytest.mark.usefixtures("set_once")
def test_the_quickstart_builds_and_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped experiment with its five seeds, trained briefly on few images."""
    monkeypatch.chdir(tmp_path)
    settings = ("--set", "training.epochs=1", "--set", "data.train_limit=300")
    code = run_command(["build", "quickstart", "--quiet", *settings])
    assert code == 0, capsys.readouterr().err
    folder = Path("output", "quickstart")
    assert_documents_verify(folder)
    # Read as the paper of somebody else, a report does not contradict itself.
    judged = verify_paper(folder / "report.pdf", read_report(folder / "report.html"))
    assert [each for each in judged if each.outcome == "contradicts"] == []


@pytest.mark.usefixtures("set_once")
def test_every_study_builds_and_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped experiment with all studies, of few images and steps."""
    monkeypatch.chdir(tmp_path)
    settings = (word for setting in FEW_STEPS for word in ("--set", setting))
    code = run_command(["build", "paper-full", "--quiet", *settings])
    assert code == 0, capsys.readouterr().err
    folder = Path("output", "paper-full")
    results = json.loads((folder / "results.json").read_bytes())
    assert set(results["studies"]) == set(shipped_studies()) - {"sweep"}
    assert_documents_verify(folder)


def test_an_example_builds_in_a_process_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a user builds it; drawn and set again by another process, both documents are the same."""
    folder = copy(SEPARATE, tmp_path)
    command = [sys.executable, "-m", "reportgen", "build", "experiment.toml", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    for name in ("report.html", "report.pdf"):
        assert run_command(["verify", str(folder / "output" / "experiment" / name)]) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        assert printed.out.startswith("This proves:")
        assert printed.out.rstrip().endswith("the document is identical byte for byte.")
