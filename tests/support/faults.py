"""Faults at every call that changes a disk: errors, a kill, a cut of the power."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

Mode = Literal["ENOSPC", "EIO", "kill", "power cut"]

MODES: tuple[Mode, ...] = ("ENOSPC", "EIO", "kill", "power cut")


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the code under test may do anything more."""


@dataclass
class FaultyDisk:
    """Counts the calls that change the disk, and lets the one numbered `at` fail.

    An error fails that call alone, after half of a write. A kill fails it and all later ones. A cut
    of the power is a kill after which every file that was not synced is empty.
    """

    at: int | None
    mode: Mode
    log: list[str] = field(default_factory=list)
    """The functions that were called, in order."""
    open_files: dict[int, Path] = field(default_factory=dict)
    unsynced: set[Path] = field(default_factory=set)

    def step(self, name: str) -> None:
        """Note one call; raise where it is to fail."""
        number = len(self.log)
        self.log.append(name)
        if self.at is None or number < self.at:
            return
        if self.mode in ("kill", "power cut"):
            raise Killed
        if number == self.at:
            code = {"ENOSPC": 28, "EIO": 5}[self.mode]
            raise OSError(code, os.strerror(code))

    def open(self, path: Any, flags: int, *args: Any, **options: Any) -> int:
        """Open a file; only one that is created counts."""
        if flags & os.O_CREAT:
            self.step("open")
        descriptor = _OPEN(path, flags, *args, **options)
        if flags & os.O_CREAT:
            self.open_files[descriptor] = Path(path)
            self.unsynced.add(Path(path))
        return descriptor

    def write(self, descriptor: int, data: Any) -> int:
        """Write, or write half and fail."""
        try:
            self.step("write")
        except BaseException:
            _WRITE(descriptor, data[: len(data) // 2])
            raise
        return _WRITE(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Note that a file is on the disk; the real call would only be slow."""
        self.step("fsync")
        self.unsynced.discard(self.open_files.get(descriptor, Path()))

    def close(self, descriptor: int) -> None:
        """Close a file; never fails."""
        self.open_files.pop(descriptor, None)
        _CLOSE(descriptor)

    def rename(self, source: Any, target: Any) -> None:
        """Rename a file or folder, and what was noted of it."""
        self.step("rename")
        _RENAME(source, target)
        source, target = Path(source), Path(target)
        self.unsynced = {_moved(path, source, target) for path in self.unsynced}

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function`, counted."""

        def call(*args: Any, **options: Any) -> Any:
            self.step(function.__name__)
            return function(*args, **options)

        return call

    def lose_power(self) -> None:
        """Empty what was never synced, as a file system may after a cut of the power."""
        if self.mode == "power cut":
            for path in self.unsynced:
                if path.is_file():
                    path.write_bytes(b"")


_OPEN, _WRITE, _CLOSE, _RENAME = os.open, os.write, os.close, os.replace


def _moved(path: Path, source: Path, target: Path) -> Path:
    return target / path.relative_to(source) if path.is_relative_to(source) else path


@contextmanager
def faulty_disk(at: int | None = None, mode: Mode = "kill") -> Iterator[FaultyDisk]:
    """Let the disk fail at the call numbered `at`; swallow the kill."""
    disk = FaultyDisk(at, mode)
    with pytest.MonkeyPatch.context() as patch:
        # A Mac flushes files by another call.
        patch.setattr("sys.platform", "linux")
        for name in ("open", "write", "fsync", "close"):
            patch.setattr(os, name, getattr(disk, name))
        for name in ("rename", "replace"):
            patch.setattr(os, name, disk.rename)
        for name in ("mkdir", "link", "unlink", "rmdir"):
            patch.setattr(os, name, disk.counted(getattr(os, name)))
        with suppress(Killed):
            yield disk
    disk.lose_power()


def log_calls(action: Callable[[], object]) -> list[str]:
    """Return the calls of `action` that change the disk."""
    with faulty_disk() as disk:
        action()
    return disk.log
