"""The examples run as their comments say, and their reports verify."""

from __future__ import annotations

import runpy
import shutil
from contextlib import chdir
from pathlib import Path

import pytest

from reportgen.cli.entry import run as run_command
from tests.end_to_end.command import ROOT
from tests.end_to_end.conftest import assert_documents_verify, set_all

EXAMPLES = ROOT / "examples"
ONE_RUN = ("training.epochs=1", "training.seeds=[0]")
QUICK = dict.fromkeys(("image-folder", "own-metric", "own-network", "own-study"), ONE_RUN)
"""What makes a build shorter; the rest of an example is run as it is."""
NAMES = sorted((path.parent.name for path in EXAMPLES.glob("*/*.toml")), key=QUICK.__contains__)
"""Those without networks first: meanwhile another worker compiles the kernels for all."""


def write_copy(name: str, place: Path) -> None:
    """Write a copy of the folder of an example, with the data that its scripts write."""
    ignored = shutil.ignore_patterns("output", "*.csv", "*.npz", "shapes", "__pycache__")
    shutil.copytree(EXAMPLES / name, place, ignore=ignored, dirs_exist_ok=True)
    with chdir(place):
        for script in sorted(place.glob("write_*.py")):
            runpy.run_path(script.name, run_name="__main__")


@pytest.mark.usefixtures("set_once")
@pytest.mark.parametrize("name", NAMES)
def test_an_example_builds_and_verifies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of the folder is enough; what it builds follows from its evidence."""
    write_copy(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    code = run_command(["build", "experiment.toml", "--quiet", *set_all(QUICK.get(name, ()))])
    assert code == 0, capsys.readouterr().err
    assert_documents_verify(Path("output", "experiment"))
