"""The examples run as their comments say, and their reports verify."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.verification import verify_report

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
QUICK = {
    "image-folder": ["--set", "training.epochs=1", "--set", "training.seeds=[0]"],
    "own-metric": ["--set", "training.epochs=1"],
    "own-study": ["--set", "training.epochs=1", "--set", "training.seeds=[0]"],
    "own-network": ["--set", "training.epochs=1", "--set", "training.seeds=[0]"],
}
"""What shortens a training; the rest of an example is run as it is."""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of an example."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(path.parent.name for path in EXAMPLES.glob("*/*.toml")))
def test_an_example_builds_and_verifies(name: str, tmp_path: Path) -> None:
    """A copy of the folder is enough; HTML and PDF follow from their evidence."""
    folder = tmp_path / name
    ignored = shutil.ignore_patterns("output", "*.csv", "*.npz", "shapes", "__pycache__")
    shutil.copytree(EXAMPLES / name, folder, ignore=ignored)
    for script in sorted(folder.glob("write_*.py")):
        written = run(folder, script.name)
        assert written.returncode == 0, written.stderr
    options = QUICK.get(name, [])
    built = run(folder, "-m", "reportgen", "build", "experiment.toml", "--quiet", *options)
    assert built.returncode == 0, built.stderr
    for document in ("report.html", "report.pdf"):
        result = verify_report(folder / "output" / "experiment" / document)
        assert not result.findings, document
