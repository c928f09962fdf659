import errno
import os
import time
from pathlib import Path

import pytest
from filelock import UnixFileLock

from reportgen.execution import locks
from reportgen.execution.locks import RunLock
from reportgen.results.store import Store

KEY = "ab" * 32


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """A second holder has to wait until the first lets go; the lock leaves no file behind."""
    first, second = RunLock(Store(tmp_path), KEY), RunLock(Store(tmp_path), KEY)
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert list(first.path.parent.iterdir()) == []


def test_silent_holder_counts_as_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gives no sign of life for long does not hold others up; who does, does."""
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 100.0)
    monkeypatch.setattr(locks, "HEARTBEAT_SECONDS", 0.0)
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    holder, waiting = RunLock(Store(tmp_path), KEY), RunLock(Store(tmp_path), KEY)
    assert holder.acquire()
    os.utime(holder.path, (1, 1))
    assert not waiting.acquire()
    clock[0] += 90
    holder.beat()
    assert not waiting.acquire()
    clock[0] += 90
    assert not waiting.acquire()
    clock[0] += 20
    assert waiting.acquire()
    waiting.release()
    assert holder.path.exists()
    holder.release()


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOTSUP, errno.EACCES, errno.EROFS])
def test_file_system_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Where nothing can be locked, everybody trains."""

    def refuse(self: UnixFileLock) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(UnixFileLock, "_acquire", refuse)
    lock = RunLock(Store(tmp_path), KEY)
    assert lock.acquire()
    lock.beat()
    lock.release()
