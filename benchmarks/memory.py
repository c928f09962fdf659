"""The memory of a process and all its children: each shared page counted once (PSS, Linux)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

INTERVAL_SECONDS = 0.1
"""Between two measurements. Each walks all pages of all processes, which takes time from them."""


class MemoryMeter(threading.Thread):
    """Measures a process and its children until it ends, and keeps the largest sum."""

    def __init__(self, process: subprocess.Popen[str], interval: float = INTERVAL_SECONDS) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._interval = interval
        self._ended = threading.Event()
        self.peak = 0
        """Bytes."""

    def run(self) -> None:
        """Measure again and again."""
        while not self._ended.wait(self._interval):
            self.peak = max(self.peak, sum(map(proportional_bytes, family(self._process.pid))))

    def stop(self) -> int:
        """End measuring and return the peak in bytes."""
        self._ended.set()
        self.join()
        return self.peak


def time_python(
    arguments: Sequence[str], folder: Path | None = None, interval: float = INTERVAL_SECONDS
) -> tuple[float, int, str]:
    """Run Python once; return seconds, peak memory in bytes, and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    meter = MemoryMeter(process, interval)
    meter.start()
    output, errors = process.communicate()
    seconds, peak = time.perf_counter() - started, meter.stop()
    if process.returncode != 0:
        raise click.ClickException(f"{' '.join(arguments)}:\n{errors}")
    return seconds, peak, output


def family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [process]
    for parent in found:
        # The process may have ended since it was listed.
        with suppress(FileNotFoundError):
            for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, _read(tasks).split())
    return found


def proportional_bytes(process: int) -> int:
    """Return the process's share of its pages: a page of n processes counts an n-th for each."""
    for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        # The process has ended since it was listed.
        return ""
