"""What there is to show: written by the builds, read by every browser window."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Snapshot:
    """What a browser window shows at one moment."""

    change: int = 0
    """Counts every change, so that a window can wait for the next one."""
    document: int = 0
    """Counts the documents; 0 where there is none yet."""
    html: str | None = None
    """The last report that was built whole."""
    problem: str | None = None
    """Why the last build failed, or None where it did not."""
    activity: str | None = None
    """What a build is doing, or None where there is none going on."""
    fraction: float | None = None
    """Share of the training that is done, in [0, 1], where the activity is training."""


class Board:
    """The current snapshot, and a way to wait for the next one; safe among threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._snapshot = Snapshot()
        self._closed = False

    @property
    def snapshot(self) -> Snapshot:
        """What there is to show now."""
        with self._changed:
            return self._snapshot

    @property
    def closed(self) -> bool:
        """Whether the server is ending."""
        with self._changed:
            return self._closed

    def say(self, activity: str, fraction: float | None = None) -> None:
        """Show what the build is doing."""
        self._put(replace(self.snapshot, activity=activity, fraction=fraction))

    def show(self, html: str) -> None:
        """Show a report; one that is the same as the last is not loaded again."""
        now = self.snapshot
        document = now.document + (html != now.html)
        self._put(Snapshot(change=now.change, document=document, html=html))

    def fail(self, problem: str) -> None:
        """Show why the build failed, over the last report that was whole."""
        self._put(replace(self.snapshot, problem=problem, activity=None, fraction=None))

    def wait(self, change: int, seconds: float) -> Snapshot | None:
        """Return the snapshot that comes after `change`, or None where none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._snapshot.change > change, seconds)
            return self._snapshot if self._snapshot.change > change else None

    def close(self) -> None:
        """End every `wait`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _put(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._snapshot = replace(snapshot, change=self._snapshot.change + 1)
            self._changed.notify_all()
