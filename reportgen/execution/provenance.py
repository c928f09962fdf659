"""Which code a run was trained with, and when; loads no torch."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reportgen.config.plan import PlannedRun
from reportgen.execution.processor import describe_processor
from reportgen.results.records import Provenance

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


def describe_run(
    run: PlannedRun,
    commit: Commit,
    started: str,
    *,
    device: str,
    threads: int,
    precision: str | None = None,
    resumed_from: int | None = None,
) -> Provenance:
    """Return where and with what a run was fitted that ends now."""
    return Provenance(
        python=platform.python_version(),
        versions=run.ingredients.versions,
        platform=f"{platform.system()} {platform.machine()}",
        processor=describe_processor(),
        device=device,
        threads=threads,
        precision=precision,
        commit=commit.commit,
        dirty=commit.dirty,
        started=started,
        ended=now(),
        resumed_from_epoch=resumed_from,
    )


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
