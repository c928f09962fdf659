"""A data file is read again only once somebody has written to it, and always then."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.data import checked, folders
from reportgen.data.checked import CheckedFiles
from reportgen.data.folders import SourceFile, check_folder
from reportgen.errors import DataDamaged
from reportgen.results.store import Store
from tests.data.generated import Generated, generate

Check = Callable[..., tuple[SourceFile, ...]]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="every file is read again on Windows")


@pytest.fixture
def generated() -> Generated:
    """A small data set of the right shape."""
    return generate()


@pytest.fixture
def raw(generated: Generated, tmp_path: Path) -> Path:
    """The folder of its files, written so long ago that another write leaves other times behind."""
    folder = generated.write(tmp_path / "data")
    probe, latest = tmp_path / "probe", max(path.stat().st_ctime_ns for path in folder.iterdir())
    probe.touch()
    while probe.stat().st_ctime_ns == latest:
        probe.touch()
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read so far; how fresh they are does not matter."""
    names: list[str] = []
    read_content = folders.read_content

    def watch(path: Path) -> object:
        names.append(path.name)
        return read_content(path)

    monkeypatch.setattr(folders, "read_content", watch)
    monkeypatch.setattr(checked, "_SETTLED", -1.0)
    return names


@pytest.fixture
def check(generated: Generated, raw: Path, tmp_path: Path) -> Check:
    """Return a function that checks the files with one store, as build after build does."""

    def call(writes: bool = True) -> tuple[SourceFile, ...]:
        return check_folder(raw, generated.facts, CheckedFiles(Store(tmp_path / "store"), writes))

    return call


def test_files_that_nobody_wrote_to_are_read_once(read: list[str], check: Check) -> None:
    """The second check says the same of all four without reading any."""
    assert check() == check()
    assert len(read) == 4


@pytest.mark.parametrize("keeps_time", [False, True], ids=["plain", "old time set"])
def test_a_file_that_was_written_to_is_read_again(
    read: list[str], check: Check, raw: Path, keeps_time: bool
) -> None:
    """Damage of the same size is found, also where the time of the write was set back."""
    check()
    path = raw / "t10k-labels-idx1-ubyte"
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x7F
    path.write_bytes(content)
    if keeps_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DataDamaged, match="t10k-labels"):
        check()


def test_another_file_in_its_place_is_read(read: list[str], check: Check, raw: Path) -> None:
    """A copy renamed over a file is another file, even one of the same size and time."""
    check()
    path, other = raw / "t10k-labels-idx1-ubyte", raw / "other"
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    check()
    assert read[4:] == [path.name]


def test_files_checked_against_other_facts_are_read_again(
    read: list[str], check: Check, generated: Generated, raw: Path, tmp_path: Path
) -> None:
    """What was right for one catalogue need not be right for another."""
    check()
    files = tuple(replace(file, sha256="00" * 32) for file in generated.facts.files)
    facts = replace(generated.facts, files=files)
    with pytest.raises(DataDamaged):
        check_folder(raw, facts, CheckedFiles(Store(tmp_path / "store")))


def test_a_fresh_file_is_not_trusted(
    read: list[str], check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a write, another one might leave the same times behind."""
    monkeypatch.setattr(checked, "_SETTLED", 3600.0)
    check()
    check()
    assert len(read) == 8


def test_explaining_writes_nothing(read: list[str], check: Check, tmp_path: Path) -> None:
    """A store that may not be written to is read, and stays as it is."""
    check(writes=False)
    assert not (tmp_path / "store").exists()
