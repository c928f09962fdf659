"""Files written whole or not at all: temporary sibling, fsync, rename, fsync of the folder.

A process that is killed leaves at most a temporary sibling behind. Its name identifies the process,
so that a later writer can remove it once that process has ended.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from reportgen.errors import StoreError
from reportgen.reading import read_regular

STALE_SECONDS = 24 * 3600
"""A temporary file of a process on another machine counts as left behind when it is this old."""

TEMPORARY = re.compile(r"\.(?P<place>[0-9a-f]{8})-(?P<pid>[0-9]+)-[0-9a-f]{8}\.tmp$")

_REFUSED = (errno.EINVAL, errno.ENOTSUP, errno.ENOTTY, errno.EBADF)
"""Errors of file systems, mostly network ones, that cannot flush a file or folder."""

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space, or {elsewhere}",
    errno.EDQUOT: "the disk quota is used up; free some space, or {elsewhere}",
    errno.EROFS: "the file system is read-only; {elsewhere}",
    errno.EACCES: "permission denied; change its permissions, or {elsewhere}",
    errno.EPERM: "permission denied; change its permissions, or {elsewhere}",
    errno.ENOTDIR: "there is a file where a folder is needed; move it away, or {elsewhere}",
    errno.EISDIR: "there is a folder where a file is needed; move it away",
    errno.ENAMETOOLONG: "the path is too long; {elsewhere}",
    errno.EIO: "the disk reported an input/output error; check the disk",
}
_ELSEWHERE = "use another folder"
_OUTPUT = "choose another folder with --output"


@contextmanager
def plain_errors(action: str, path: Path, elsewhere: str = _ELSEWHERE) -> Iterator[None]:
    """Turn an `OSError` into a `StoreError` that names `path` and what to do.

    `elsewhere` is how another folder is chosen.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {action} {path}: {explain(error, elsewhere)}") from error


def explain(error: OSError, elsewhere: str = _ELSEWHERE) -> str:
    """Return the error in plain words, with what to do about it where that is known."""
    known = _ADVICE.get(error.errno or 0, "").format(elsewhere=elsewhere)
    return known or error.strerror or str(error)


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole, or leave what was there; durable on return.

    Raises StoreError where the file cannot be written.
    """
    with plain_errors("write", path):
        make_folder(path.parent)
        temporary = temporary_sibling(path)
        try:
            write_new(temporary, data)
            os.replace(temporary, path)  # noqa: PTH105 - one name for each call that can fail
        except BaseException:
            discard(temporary)
            raise
        sync_folder(path.parent)


def read_file(path: Path) -> bytes | None:
    """Return the bytes of `path`, or None where there is no such file.

    Raises StoreError where the file is there, but cannot be read.
    """
    with plain_errors("read", path):
        try:
            return read_regular(path)
        except FileNotFoundError:
            return None


def holds(path: Path, data: bytes) -> bool:
    """Return whether the file at `path` exists and has this content."""
    try:
        return read_regular(path, len(data)) == data
    except OSError:
        return False


def list_folder(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing where it does not exist. Raises `OSError`."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def write_new(path: Path, data: bytes) -> None:
    """Write a new file and flush it to the disk; raises `OSError`."""
    # Windows would write each line feed as two bytes.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        _flush(descriptor)
    finally:
        os.close(descriptor)


def rename_free(source: Path, target: Path) -> bool:
    """Rename a folder; False where `target` exists already. Raises `OSError`."""
    try:
        os.rename(source, target)  # noqa: PTH104
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def make_folder(path: Path) -> None:
    """Make a folder and its parents, durably, unless they exist. Raises `OSError`."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    try:
        os.mkdir(path)  # noqa: PTH102
    except FileExistsError:
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Flush the entries of a folder to the disk; raises `OSError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        # The folder can be searched but not listed; its entries are written all the same.
        return
    try:
        _flush(descriptor)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
    finally:
        os.close(descriptor)


def _flush(descriptor: int) -> None:
    """Flush a file or folder to the disk itself; raises `OSError`."""
    if sys.platform == "darwin":
        import fcntl  # not on Windows

        try:
            # There fsync leaves data in the drive's cache, which is lost in a power cut.
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
    os.fsync(descriptor)


def temporary_sibling(path: Path) -> Path:
    """Return an unused path in the same folder, named after `path` and this process."""
    # `with_name` refuses ".", of which the rename says what is wrong.
    return path.parent / f".{path.name}.{_place()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"


def is_stale(path: Path) -> bool:
    """Return whether `path` is a temporary file or folder whose writer has ended."""
    match = TEMPORARY.search(path.name)
    if match is None:
        return False
    if match["place"] == _place() and not _is_alive(int(match["pid"])):
        return True
    try:
        return time.time() - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False


def remove_stale(folder: Path) -> None:
    """Remove temporary files of ended processes; raises `OSError` where they cannot be listed."""
    for path in folder.iterdir():
        if is_stale(path):
            discard(path)


def discard(path: Path) -> None:
    """Remove a temporary file or folder; what cannot be removed now is left to a later writer."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108


def remove_whole(path: Path) -> bool:
    """Remove a file or folder at once, so that a reader gets it whole or not at all.

    False where another process was first. Raises `OSError`.
    """
    doomed = temporary_sibling(path)
    try:
        os.rename(path, doomed)  # noqa: PTH104
    except FileNotFoundError:
        return False
    discard(doomed)
    return True


def check_writable(folder: Path, bytes_needed: int = 0) -> None:
    """Make `folder`, that of --output, and check that it is writable, before long work starts.

    Raises StoreError where they cannot, or less than `bytes_needed` bytes are free.
    """
    probe = temporary_sibling(folder / "probe")
    with plain_errors("write to", folder, _OUTPUT):
        make_folder(folder)
        try:
            # An empty file can be written to a full disk, so a block is written.
            write_new(probe, bytes(4096))
        finally:
            discard(probe)
        free = shutil.disk_usage(folder).free
    if free < bytes_needed:
        raise StoreError(
            f"cannot write to {folder}: about {bytes_needed / 2**20:.1f} MB are needed and "
            f"{free / 2**20:.1f} MB are free; free some space, or {_OUTPUT}"
        )


def _place() -> str:
    """Return eight digits that identify this machine and, in a container, its PID namespace."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        space = ""
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        # There signal 0 is Ctrl-C. What is left behind goes by its age alone.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        # It belongs to another user, or the number is none of this system's.
        pass
    return True
