"""Small real file systems, where the machine lets a test mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, megabytes: int = 20) -> Iterator[Path]:
    """Mount an empty file system of this size; skip the test where that is not allowed."""
    place.mkdir()
    options = f"size={megabytes}m,mode=777"
    _run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)])
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def make_read_only(place: Path) -> None:
    """Let a mounted file system take no more writes."""
    _run(["mount", "-o", "remount,ro", str(place)])


def fill(place: Path, leave: int = 0) -> Path:
    """Fill a file system to the last byte but `leave`; return the file that does it."""
    filler = place / "filler"
    with filler.open("wb") as file:
        while (free := _free(place)) > leave:
            file.write(b"\0" * min(free - leave, 2**20))
            file.flush()
    return filler


def _free(place: Path) -> int:
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"there is no {command[0]} on this machine")
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
