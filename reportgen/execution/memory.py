"""The memory of this process: its peak, and how it is reused; loads no torch."""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import suppress
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`."""

_LARGEST_MMAP_THRESHOLD = 32 * 2**20
"""What glibc accepts on 64-bit machines."""


def keep_freed_memory() -> None:
    """Configure the C library to keep memory that was freed, for the next batch.

    By default it returns the large tensors of each batch to the system and requests them again, so
    that the system clears about 1,500 pages for every batch of a small network. Other C libraries
    than glibc have no such setting.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        # The largest number that the parameter, a C int, can have.
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def reset_peak_memory() -> None:
    """Reset the measurement of this process's peak memory, where the system can (Linux)."""
    try:
        # 5 resets VmHWM, which `peak_memory` reads (proc(5)).
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        # The peak is then that of the process since it started: an upper bound.
        return


def peak_memory() -> int:
    """Return the largest resident memory of this process, in bytes."""
    # Only Linux has the file, and some sandboxes that stand in for its kernel lack the line.
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS gives bytes, other systems kibibytes.
    return peak if sys.platform == "darwin" else peak * 1024
