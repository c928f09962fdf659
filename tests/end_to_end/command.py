"""The real command line, run in a process of its own, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses at once: nothing can be downloaded, and nothing waits for it."""


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


def _environment(folder: Path, path: Sequence[Path]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "REPORTGEN_DATA"}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "XDG_CACHE_HOME": str(folder / "no-cache"),
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
        "no_proxy": "",
        "OMP_NUM_THREADS": "1",
    }
