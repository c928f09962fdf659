"""Reading files that somebody else may have made: no device or pipe, and none without a limit."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

MOST_BYTES = 2**34
"""Bytes that any file may have."""


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file.

    Raises `OSError`, also for a device or a pipe, which may have no end, and for a larger file.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.ENODEV, "it is a device or a pipe, not a regular file", str(path))
    if found.st_size > most:
        fault = f"expected at most {most:,} bytes, found {found.st_size:,}"
        raise OSError(errno.EFBIG, fault, str(path))
    with path.open("rb") as file:
        return file.read(found.st_size)
