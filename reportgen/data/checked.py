"""Files of a data set that were checked before: not read again until somebody writes to them.

A file is the same while its path, inode, size, and the times of its last write and last change of
status are, as Git judges the files of a working tree. A write moves these times, and no program can
set the second one. What is trained on is hashed again all the same, when it is read
(`reportgen.data.arrays`).
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from reportgen.config.keys import digest
from reportgen.data import idx
from reportgen.data.catalogue import FileFacts
from reportgen.results.store import Store

_SETTLED = 2.0
"""Seconds after which another write surely moves a file's times: their clocks may tick slowly."""


@dataclass(frozen=True)
class Content:
    """What a checked file holds."""

    bytes: int
    """Uncompressed."""
    sha256: str
    """Of the uncompressed content."""


@dataclass(frozen=True)
class CheckedFiles:
    """The files whose check is kept in a store."""

    store: Store
    writes: bool = True
    """Whether the store may be written to."""

    def look_at(self, path: Path, facts: FileFacts, classes: int) -> SeenFile | None:
        """Return the file as it is now; None where it cannot be told apart from another state."""
        status = _status(path)
        if status is None:
            return None
        check = {**asdict(facts), "classes": classes, "code": _code()}
        place = {"of": "data file", "path": str(path.absolute()), "status": status, "check": check}
        return SeenFile(self, path, status, digest(place))


@dataclass(frozen=True)
class SeenFile:
    """A file in the state in which it was before it was read."""

    checked: CheckedFiles
    path: Path
    status: tuple[int, ...]
    key: str

    def recall(self) -> Content | None:
        """Return what a file in this state was found to hold; None where none was checked."""
        entry = self.checked.store.read("digest", self.key)
        return None if entry is None else Content(entry.record["bytes"], entry.record["sha256"])

    def remember(self, content: Content) -> None:
        """Keep that the file was right, unless it was written to while it was read."""
        if self.checked.writes and _status(self.path) == self.status:
            self.checked.store.write("digest", self.key, asdict(content), {})


def _status(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        # Whoever reads the file says what is wrong with it.
        return None
    settled = time.time() - max(found.st_mtime, found.st_ctime) > _SETTLED
    # Windows tells when a file was made, and not when it was changed.
    if os.name == "nt" or not settled:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _code() -> str:
    """Digest the code that checks files."""
    return sha256(Path(idx.__file__).read_bytes()).hexdigest()
