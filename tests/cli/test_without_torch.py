"""What needs no training runs where torch, torchvision and Numba are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision", "numba", "resource", "fcntl"):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
from reportgen.cli.entry import run

codes = [
    run("compare --labels y.csv A=a.csv B=b.csv --title Two --format html -q".split()),
    run("verify output/two/report.html".split()),
    run("diff output/two output/two".split()),
    run("audit values.toml".split()),
    run("list".split()),
    run("check".split()),
]
assert codes == [0] * len(codes), codes
assert not {"torch", "torchvision", "numba"} & set(sys.modules)
"""


@pytest.mark.slow
def test_predictions_are_compared_and_verified_without_torch(tmp_path: Path) -> None:
    """`compare`, `verify`, `diff`, `audit`, `list` and `check` neither need nor import it.

    Nor do they need what Windows lacks of Python's own modules.
    """
    labels = ["cat", "dog"] * 20
    (tmp_path / "y.csv").write_text("\n".join(["label", *labels]))
    (tmp_path / "values.toml").write_text(
        'test_support = [5, 5]\n[[tables]]\nname = "T"\ndecimals = 2\naccuracy = 0.9\n'
    )
    (tmp_path / "a.csv").write_text("\n".join(["prediction", *labels]))
    (tmp_path / "b.csv").write_text("\n".join(["prediction", *labels[:30], *labels[1:11]]))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
