"""The installed wheel: it carries templates and experiments, and builds a report anywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.end_to_end.command import ROOT, reportgen
from tests.end_to_end.conftest import BUILD, Built

SOURCES = ("reportgen", "templates", "experiments", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, built from a copy of the sources."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    ended = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    # A wheel of pure Python is installed by unpacking it.
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_what_it_needs(installed: Path) -> None:
    """Templates, experiments and the mark of a typed package are in it; tests are not."""
    package = installed / "reportgen"
    assert (package / "templates" / "paper" / "frame.html.j2").is_file()
    assert (package / "experiments" / "paper.toml").is_file()
    assert (package / "py.typed").is_file()
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {"reportgen"}


def test_the_wheel_builds_the_same_report(built: Built, installed: Path, tmp_path: Path) -> None:
    """From kept runs, with no source tree beside it, the wheel builds the same report."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(built.folder / "output", folder / "output")
    ended = reportgen(folder, *BUILD, "--format", "html", path=(installed,))
    assert ended.code == 0, ended.err
    assert "nothing to train" in ended.err
    html = (folder / "output" / "paper" / "report.html").read_text(encoding="utf-8")
    assert html == built.html
