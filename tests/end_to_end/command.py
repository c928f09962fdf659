"""The real command line, run as a user runs it, or within the process of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from reportgen.cli.entry import run
from tests.report.samples import stub_svg
from tests.support.processes import start_command

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses at once: nothing can be downloaded, and nothing waits for it."""
WITHOUT_NETWORK = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": ""}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def modules(self) -> frozenset[str]:
        """Return the packages that were imported, of a command run with `imports=True`."""
        lines = (line for line in self.err.splitlines() if line.startswith("import time:"))
        return frozenset(line.split("|")[-1].strip().split(".")[0] for line in lines)


def reportgen(
    folder: Path, *arguments: str, imports: bool = False, path: Sequence[Path] = (ROOT,)
) -> Ended:
    """Run `python -m reportgen` in `folder`, with no data and no network.

    `path`: the folders that Python looks for packages in first. With `imports`, Python says on
    standard error what it imports.
    """
    command = [sys.executable, *(["-X", "importtime"] if imports else []), "-m", "reportgen"]
    ended = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=_environment(folder, path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def reportgen_loaded(folder: Path, *arguments: str) -> Ended:
    """Run a command as `reportgen` does, in a process that has everything loaded.

    What it prints and its errors are one text.
    """
    started = start_command(arguments, folder, _environment(folder, ()))
    said = started.output.read()
    return Ended(started.end(), said, said)


def reportgen_here(folder: Path, *arguments: str, draw: Callable[..., str] = stub_svg) -> Ended:
    """Run a command within this process, with drawings that stand for the real ones.

    For what a build says and computes: a process of its own and the drawings of all figures, which
    another `draw` makes, cost most of the time of a small build.
    """
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.delenv("REPORTGEN_DATA", raising=False)
        patch.setattr("reportgen.figures.drawing.draw_svg", draw)
        # urllib keeps the proxies that it finds at its first request.
        patch.setattr("urllib.request._opener", None)
        for name, value in WITHOUT_NETWORK.items():
            patch.setenv(name, value)
        code = run(arguments)
    return Ended(code, out.getvalue(), err.getvalue())


def _environment(folder: Path, path: Sequence[Path]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "REPORTGEN_DATA"}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "XDG_CACHE_HOME": str(folder / "no-cache"),
        **WITHOUT_NETWORK,
        "OMP_NUM_THREADS": "1",
    }
