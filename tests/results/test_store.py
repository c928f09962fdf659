"""Entries of the store: kept, found, set aside, put back."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import StoreError
from reportgen.results import store as store_module
from reportgen.results.entries import RECORD, Entry, read_entry
from reportgen.results.store import DAMAGED, KINDS, Kind, Store
from tests.support.examples import at_most

KEY = "0123456789abcdef" * 4

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@at_most(25)
@given(
    record=st.dictionaries(st.text('abc\n"é𝕏', max_size=6), json_values),
    files=st.dictionaries(
        st.from_regex(r"[a-z]{1,8}\.[a-z]{3}", fullmatch=True), st.binary(), max_size=3
    ),
)
def test_what_is_kept_comes_back(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, object], files: dict[str, bytes]
) -> None:
    """Any JSON record and any bytes come back equal, in the same order, for every kind."""
    store = Store(tmp_path_factory.mktemp("store"), warn=pytest.fail)
    for kind in KINDS:
        assert store.read(kind, KEY) is None
        store.write(kind, KEY, record, files)
        entry = store.read(kind, KEY)
        assert entry is not None and (entry.record, entry.files) == (record, files)
        assert list(entry.record) == list(record)
        assert store.read_record(kind, KEY) == record


def test_entries_lie_where_the_architecture_says(tmp_path: Path) -> None:
    """Runs lie by key, other kinds by kind and key."""
    store = Store(tmp_path / "store")
    store.write("run", KEY, {}, {"a.bin": b""})
    store.write("figure", KEY, {}, {"a.svg": b""})
    assert (tmp_path / "store" / "01" / KEY / "a.bin").is_file()
    assert (tmp_path / "store" / "figure" / "01" / KEY / RECORD).is_file()


def test_the_record_vouches_for_every_file(tmp_path: Path) -> None:
    """`record.json` is JSON and lists the size and SHA-256 of each file, as sha256sum counts."""
    store = Store(tmp_path)
    store.write("run", KEY, {"n": 1}, {"a.bin": b"abc"})
    content = json.loads((store.folder("run", KEY) / RECORD).read_bytes())
    assert content["files"]["a.bin"] == {
        "bytes": 3,
        "sha256": sha256(b"abc").hexdigest(),
        "stored": "a.bin",
    }
    assert content["record"] == {"n": 1}


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    """A record with NaN is a bug of its writer; nothing is left of it."""
    store = Store(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        store.write("facts", KEY, {"n": float("nan")}, {"a.bin": b"abc"})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["", "AB" * 32, "../" * 8, "ab/cd" * 8, "ab" * 65])
def test_only_digests_are_keys(tmp_path: Path, key: str) -> None:
    """A key that is no hexadecimal digest never becomes a path."""
    with pytest.raises(ValueError, match="not a key"):
        Store(tmp_path).read("run", key)


def test_keys_are_listed_per_kind(tmp_path: Path) -> None:
    """Keys come in order, without temporary folders, for one kind each."""
    store = Store(tmp_path)
    assert store.keys("run") == ()
    for key in ("ff" * 32, "00" * 32):
        store.write("run", key, {}, {})
    store.write("checkpoint", KEY, {}, {})
    (tmp_path / "00" / f".{KEY}.00000000-1-00000000.tmp").mkdir()
    assert store.keys("run") == ("00" * 32, "ff" * 32)
    assert store.keys("checkpoint") == (KEY,)
    store.remove("run", "00" * 32)
    store.remove("run", "00" * 32)
    assert store.keys("run") == ("ff" * 32,)
    assert store.read("run", "00" * 32) is None


def test_the_first_entry_stays_but_a_checkpoint_is_replaced(tmp_path: Path) -> None:
    """Results of one key are worth the same; a checkpoint grows, and leaves no old payload."""
    store = Store(tmp_path)
    for number in range(3):
        for kind in ("run", "checkpoint"):
            store.write(kind, KEY, {"n": number}, {"a.bin": bytes([number])})
    run, checkpoint = store.read("run", KEY), store.read("checkpoint", KEY)
    assert run is not None and (run.record, run.files) == ({"n": 0}, {"a.bin": b"\x00"})
    assert checkpoint is not None
    assert (checkpoint.record, checkpoint.files) == ({"n": 2}, {"a.bin": b"\x02"})
    assert len(list(store.folder("checkpoint", KEY).iterdir())) == 2


def as_other_schema(store: Store, kind: Kind) -> None:
    """Turn an entry into one that a later version wrote."""
    path = store.folder(kind, KEY) / RECORD
    content = json.loads(path.read_bytes())
    content.pop("sha256")
    rest = json.dumps(content | {"schema_version": 99})[1:].encode()
    path.write_bytes(b'{"sha256":"' + sha256(rest).hexdigest().encode() + b'",' + rest)


@pytest.mark.parametrize("kind", ["run", "checkpoint"])
def test_another_schema_is_a_miss_and_makes_room(tmp_path: Path, kind: Kind) -> None:
    """An entry of another version is not served, not called damaged, and replaced when written."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.write(kind, KEY, {"n": 1}, {"a.bin": b"1"})
    as_other_schema(store, kind)
    assert store.read(kind, KEY) is None
    assert store.read_record(kind, KEY) is None
    assert warnings == []
    assert store.folder(kind, KEY).is_dir()
    store.write(kind, KEY, {"n": 2}, {"a.bin": b"2"})
    entry = store.read(kind, KEY)
    assert entry is not None and entry.record == {"n": 2}


def test_a_good_entry_that_came_meanwhile_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process replaces the damaged entry between the look and the move: it is served."""
    store = Store(tmp_path, warn=pytest.fail)
    store.write("run", KEY, {"n": 1}, {"a.bin": b"good"})
    (store.folder("run", KEY) / "a.bin").write_bytes(b"evil")

    def read_then_heal(self: Store, folder: Path, kind: Kind, key: str) -> Entry:
        try:
            return read_entry(folder, kind, key)
        finally:
            (folder / "a.bin").write_bytes(b"good")

    monkeypatch.setattr(Store, "_read", read_then_heal)
    entry = store.read("run", KEY)
    assert entry is not None and entry.files == {"a.bin": b"good"}
    monkeypatch.undo()
    assert store.read("run", KEY) == entry
    assert list((tmp_path / DAMAGED).iterdir()) == []


def test_an_entry_that_changed_while_it_was_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that meets a checkpoint in the middle of its replacement sees the new one."""
    store = Store(tmp_path, warn=pytest.fail)
    store.write("checkpoint", KEY, {"n": 1}, {"a.bin": b"1"})
    reads = []

    def replaced_meanwhile(folder: Path, kind: str, key: str) -> Entry:
        reads.append(folder)
        if len(reads) == 1:
            # The payload that the old record lists is gone when the reader comes to it.
            header = json.loads((folder / RECORD).read_bytes())
            (folder / header["files"]["a.bin"]["stored"]).unlink()
            try:
                return read_entry(folder, kind, key)
            finally:
                Store(tmp_path).write("checkpoint", KEY, {"n": 2}, {"a.bin": b"2"})
        return read_entry(folder, kind, key)

    monkeypatch.setattr(store_module, "read_entry", replaced_meanwhile)
    entry = store.read("checkpoint", KEY)
    assert entry is not None and entry.files == {"a.bin": b"2"}
    # It was not even moved away for a moment.
    assert not (tmp_path / DAMAGED).exists()


def test_a_refused_entry_is_set_aside_but_its_successor_is_not(tmp_path: Path) -> None:
    """A reader that found no sense in an entry sets aside that one, never one written since."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.write("run", KEY, {"n": "nonsense"}, {})
    refused = store.read("run", KEY)
    assert refused is not None
    store.set_aside("run", KEY, refused, "no number")
    assert store.read("run", KEY) is None
    assert len(warnings) == 1 and "no number" in warnings[0]
    store.write("run", KEY, {"n": 1}, {})
    store.set_aside("run", KEY, refused, "no number")
    entry = store.read("run", KEY)
    assert entry is not None and entry.record == {"n": 1}
    assert len(warnings) == 1


def test_a_record_cannot_name_files_outside_the_entry(tmp_path: Path) -> None:
    """A forged record that lists a path elsewhere is a miss."""
    store = Store(tmp_path / "store", warn=lambda _: None)
    (tmp_path / "secret").write_bytes(b"1")
    store.write("run", KEY, {}, {"a.bin": b"1"})
    path = store.folder("run", KEY) / RECORD
    rest = path.read_bytes()[77:].replace(b'"stored": "a.bin"', b'"stored": "../../../secret"')
    path.write_bytes(b'{"sha256":"' + sha256(rest).hexdigest().encode() + b'",' + rest)
    assert store.read("run", KEY) is None


def test_a_read_only_store_is_read_and_a_damaged_entry_in_it_is_a_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be moved the warning says so, and the entry is still never served."""
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    store.write("run", KEY, {"n": 1}, {"a.bin": b"1"})
    store.write("dataset", KEY, {"n": 1}, {"a.bin": b"1"})
    (store.folder("run", KEY) / "a.bin").write_bytes(b"2")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    for name in ("mkdir", "rename", "replace", "unlink"):
        monkeypatch.setattr(f"os.{name}", refuse)
    assert store.read("dataset", KEY) is not None
    assert store.read("run", KEY) is None
    assert "could not be set aside: the file system is read-only" in warnings[0]
    with pytest.raises(StoreError, match="the file system is read-only"):
        store.write("run", KEY, {"n": 1}, {"a.bin": b"1"})


def test_a_store_can_be_handed_to_another_process() -> None:
    """A copy for another process leaves out the way to warn, which belongs to this one."""
    store = Store(Path("output/store"), warn=lambda _: None)
    handed = copy.copy(store)
    assert handed == store
    assert handed.warn is not store.warn
