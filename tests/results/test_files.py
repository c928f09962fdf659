"""Durable files, the errors of a disk in plain words, and what dead writers leave."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.results import files
from reportgen.results.files import (
    TEMPORARY,
    check_writable,
    is_stale,
    read_file,
    remove_stale,
    temporary_sibling,
    write_file,
    write_new,
)


def test_a_file_is_written_into_new_folders_and_replaced(tmp_path: Path) -> None:
    """Missing folders are made, an earlier file is replaced, and nothing else is left."""
    path = tmp_path / "new" / "folder" / "file.bin"
    write_file(path, b"first")
    write_file(path, b"")
    assert path.read_bytes() == b""
    write_file(path, bytes(range(256)) * 5000)
    assert read_file(path) == bytes(range(256)) * 5000
    assert list(path.parent.iterdir()) == [path]


def test_file_rights_follow_the_users_mask(tmp_path: Path) -> None:
    """A file that is written has the rights that any other new file has."""
    write_file(tmp_path / "ours", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_path_without_a_name_is_an_error_of_the_user(tmp_path: Path) -> None:
    """The current folder, which an empty path is too, cannot be replaced by a file."""
    with contextlib.chdir(tmp_path), pytest.raises(StoreError, match=r"cannot write \."):
        write_file(Path(), b"")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_none_and_an_unreadable_one_an_error(tmp_path: Path) -> None:
    """A missing file and an unreadable file are different errors."""
    assert read_file(tmp_path / "missing") is None
    with pytest.raises(
        StoreError, match=r"cannot read .*: there is a folder where a file is needed"
    ):
        read_file(tmp_path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (28, "the disk is full; free some space, or use another folder"),
        (30, "the file system is read-only; use another folder"),
        (13, "permission denied; change its permissions, or use another folder"),
        (5, "the disk reported an input/output error; check the disk"),
        (24, os.strerror(24)),
    ],
)
def test_errors_of_the_disk_are_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    """The message names the path, says what is wrong and what to do."""

    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr("sys.platform", "linux")  # a Mac flushes files by another call
    path = tmp_path / "report.html"
    with pytest.raises(StoreError) as raised:
        write_file(path, b"data")
    assert str(raised.value) == f"cannot write {path}: {words}"
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    """An output folder that is a file gives an error that says so."""
    (tmp_path / "output").write_bytes(b"")
    words = "there is a file where a folder is needed"
    with pytest.raises(StoreError, match=words):
        write_file(tmp_path / "output" / "report.html", b"")
    with pytest.raises(StoreError, match=words):
        check_writable(tmp_path / "output")


def test_a_file_system_that_cannot_sync_folders_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EINVAL for the fsync of a folder, as some network file systems answer, is no error."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(22, "Invalid argument")
        real(descriptor)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to distinguish folders from files")
    monkeypatch.setattr(os, "fsync", fsync)
    write_file(tmp_path / "file", b"data")
    assert (tmp_path / "file").read_bytes() == b"data"


def test_no_byte_is_changed_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a line feed becomes two bytes in a file that is not opened as binary."""
    real, binary, asked = os.open, 1 << 30, []

    def record(path: Path, flags: int, mode: int = 0o777) -> int:
        asked.append(flags)
        return real(path, flags & ~binary, mode)

    monkeypatch.setattr(os, "O_BINARY", binary, raising=False)
    monkeypatch.setattr(os, "open", record)
    write_new(tmp_path / "file", b"\n")
    assert [flags & binary for flags in asked] == [binary]


FULL = 51
"""F_FULLFSYNC of macOS."""


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Return what makes this a Mac whose file system answers a full flush with an error or 0.

    It returns the list of the calls to come.
    """
    calls: list[str] = []

    def start(code: int) -> list[str]:
        def control(_: int, command: int) -> int:
            assert command == FULL
            calls.append("full")
            if code:
                raise OSError(code, os.strerror(code))
            return 0

        monkeypatch.setattr("sys.platform", "darwin")
        monkeypatch.setattr(fcntl, "F_FULLFSYNC", FULL, raising=False)
        monkeypatch.setattr(fcntl, "fcntl", control)
        monkeypatch.setattr(os, "fsync", lambda _: calls.append("plain"))
        return calls

    return start


@pytest.mark.parametrize(("code", "expected"), [(0, ["full"]), (errno.ENOTSUP, ["full", "plain"])])
def test_a_mac_empties_the_cache_of_its_drive(
    tmp_path: Path, mac: Callable[[int], list[str]], code: int, expected: list[str]
) -> None:
    """`fsync` alone does not; where the file system refuses, it is the best there is."""
    calls = mac(code)
    write_new(tmp_path / "file", b"data")
    assert calls == expected


def test_an_error_of_a_macs_disk_is_passed_on(
    tmp_path: Path, mac: Callable[[int], list[str]]
) -> None:
    """What could not be written is not flushed again, which might succeed with nothing to do."""
    calls = mac(errno.EIO)
    with pytest.raises(StoreError, match="input/output error"):
        write_file(tmp_path / "file", b"data")
    assert calls == ["full"]


def leave_behind(folder: Path) -> Path:
    """Let another process die between writing and renaming; return what it leaves."""
    script = (
        "import os, sys, pathlib\n"
        "from reportgen.results import files\n"
        "files.os.replace = lambda *_: os._exit(9)\n"
        "files.write_file(pathlib.Path(sys.argv[1]), b'data')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder / "file")], check=False)
    assert done.returncode == 9
    (left,) = folder.iterdir()
    return left


def test_leftovers_of_dead_writers_go(tmp_path: Path) -> None:
    """A temporary file of a process that is dead is removed, one of a living process is not."""
    left = leave_behind(tmp_path)
    assert TEMPORARY.search(left.name) and is_stale(left)
    mine = temporary_sibling(tmp_path / "file")
    mine.write_bytes(b"")
    other = tmp_path / "unrelated.tmp"
    other.write_bytes(b"")
    remove_stale(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, other])


def test_leftovers_of_other_machines_go_by_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a process of another machine lives is not known, so a day must have passed."""
    monkeypatch.setattr(files, "_place", lambda: "00000000")
    foreign = temporary_sibling(tmp_path / "file")
    foreign.write_bytes(b"")
    monkeypatch.undo()
    assert not is_stale(foreign)
    old = time.time() - files.STALE_SECONDS - 60
    os.utime(foreign, (old, old))
    assert is_stale(foreign)


def test_no_process_is_signalled_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There signal 0 is Ctrl-C, so that only age tells what was left behind."""
    left = leave_behind(tmp_path)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    assert not is_stale(left)
    old = time.time() - files.STALE_SECONDS - 60
    os.utime(left, (old, old))
    assert is_stale(left)


def test_a_folder_with_too_little_room_is_refused(tmp_path: Path) -> None:
    """The error says how much is needed and how much is free."""
    check_writable(tmp_path / "new" / "output", 4096)
    assert list((tmp_path / "new" / "output").iterdir()) == []
    with pytest.raises(StoreError, match=r"about 1048576\.0 MB are needed and \d+\.\d MB are free"):
        check_writable(tmp_path, 2**40)


def test_a_folder_that_takes_no_byte_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only file system is found before long work starts; an option names another folder."""

    def refuse(path: object, flags: int, mode: int = 0o777) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    advice = "the file system is read-only; choose another folder with --output"
    with pytest.raises(StoreError, match=advice):
        check_writable(tmp_path)
