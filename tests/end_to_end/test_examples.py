"""The examples and the first experiment run as their comments say, and their reports verify."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from reportgen.cli.entry import run as run_command
from reportgen.verification import read_report
from reportgen.verification.paper import verify_paper
from tests.end_to_end.command import ROOT
from tests.end_to_end.conftest import assert_documents_verify

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/*.toml"))
ONE_RUN = ("training.epochs=1", "training.seeds=[0]")
QUICK = dict.fromkeys(("image-folder", "own-metric", "own-network", "own-study"), ONE_RUN)
"""What makes a build shorter; the rest of an example is run as it is."""


def write_copy(name: str, place: Path) -> None:
    """Write a copy of the folder of an example, with the data that its scripts write."""
    ignored = shutil.ignore_patterns("output", "*.csv", "*.npz", "shapes", "__pycache__")
    shutil.copytree(EXAMPLES / name, place, ignore=ignored, dirs_exist_ok=True)
    with chdir(place):
        for script in sorted(place.glob("write_*.py")):
            runpy.run_path(script.name, run_name="__main__")


@pytest.fixture
def build(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    set_once: None,
) -> Callable[..., Path]:
    """Return a function that builds an experiment in a folder, and has its documents verified."""

    def build(experiment: str, *settings: str) -> Path:
        monkeypatch.chdir(tmp_path)
        words = (word for setting in settings for word in ("--set", setting))
        code = run_command(["build", experiment, "--quiet", *words])
        assert code == 0, capsys.readouterr().err
        folder = tmp_path / "output" / Path(experiment).stem
        assert_documents_verify(folder)
        return folder

    return build


@pytest.mark.parametrize("name", NAMES)
def test_an_example_builds_and_verifies(
    name: str, tmp_path: Path, build: Callable[..., Path]
) -> None:
    """A copy of the folder is enough; what it builds follows from its evidence."""
    write_copy(name, tmp_path)
    build("experiment.toml", *QUICK.get(name, ()))


def test_the_quickstart_builds_and_verifies(build: Callable[..., Path]) -> None:
    """The shipped experiment with its five seeds, trained briefly on few images."""
    folder = build("quickstart", "training.epochs=1", "data.train_limit=300")
    # Read as the paper of somebody else, a report does not contradict itself.
    judged = verify_paper(folder / "report.pdf", read_report(folder / "report.html"))
    assert [each for each in judged if each.outcome == "contradicts"] == []
