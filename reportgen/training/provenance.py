"""Where a run was trained: the commit of the code, the time, the memory; loads no torch."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""


@dataclass(frozen=True)
class Commit:
    """The state of the code, where it runs from a git checkout."""

    commit: str | None
    dirty: bool | None
    """Whether tracked files differ from the commit."""


def find_commit(folder: Path = CHECKOUT) -> Commit:
    """Return the commit of the checkout that tracks the code in `folder`; none elsewhere.

    An installed copy that lies inside somebody else's checkout is not part of it.
    """
    tracked = _git(folder, "ls-files", "--error-unmatch", "reportgen/__init__.py")
    commit = None if tracked is None else _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return Commit(None, None)
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return Commit(commit.strip(), bool(changes))


def now() -> str:
    """Return the time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def reset_peak_memory() -> None:
    """Start to measure this process's peak memory anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        # Without it, the peak is that of the process since it started: an upper bound.
        return


def peak_memory() -> int:
    """Return the largest resident memory of this process, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where it cannot say."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
