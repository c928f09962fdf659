"""A lock for each run, so that two builds at once do not train the same run; it only saves work.

No number depends on it. Where the file system has no locks, or the holder no longer updates its
lock file, a run is trained all the same, and the store keeps whichever result comes first.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from reportgen.results.store import Store

LOG = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
"""How often a holder touches its lock file."""

PATIENCE_SECONDS = 60.0
"""How long a lock file may stay untouched before its holder is taken to have ended."""


class RunLock:
    """The lock of one run."""

    def __init__(self, store: Store, key: str) -> None:
        self.path = Path(store.root) / "locks" / f"{key}.lock"
        # A soft lock is a mere file, which a killed process would leave behind.
        self._lock = FileLock(self.path, timeout=0, fallback_to_soft=False)
        self._touched = 0.0
        self._seen = 0
        self._seen_at = time.monotonic()

    def acquire(self) -> bool:
        """Take the lock; False where another running process holds it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            return self._holder_is_dead()
        except (OSError, NotImplementedError) as error:
            LOG.debug(
                "%s cannot be locked (%s); the run is trained without a lock", self.path, error
            )
        return True

    def beat(self) -> None:
        """Touch the lock file from time to time."""
        if self._lock.is_locked and time.monotonic() - self._touched > HEARTBEAT_SECONDS:
            self._touched = time.monotonic()
            try:
                os.utime(self.path)
            except OSError as error:
                LOG.debug("%s cannot be touched: %s", self.path, error)

    def release(self) -> None:
        """Release the lock and remove its file."""
        if self._lock.is_locked:
            # Before the release: afterwards another process may hold the file.
            self.path.unlink(missing_ok=True)
            self._lock.release()

    def _holder_is_dead(self) -> bool:
        """Return whether the file has not been touched for long, by this machine's clock."""
        try:
            touched = self.path.stat().st_mtime_ns
        except OSError:
            touched = 0
        if touched != self._seen:
            self._seen, self._seen_at = touched, time.monotonic()
        return time.monotonic() - self._seen_at > PATIENCE_SECONDS
