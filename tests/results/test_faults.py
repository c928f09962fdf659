"""A fault at every single write, fsync and rename of the store and of a build."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.results.builds import list_history, publish_build
from reportgen.results.files import TEMPORARY, write_file
from reportgen.results.results_json import SCHEMA, read_results
from reportgen.results.store import Store
from tests.support.faults import MODES, Mode, faulty_disk, log_calls

KEY, OTHER = "ab" * 32, "abcd" * 16
OLD = {"a.bin": b"old" * 100, "b.bin": b"older" * 50}
NEW = {"a.bin": b"new" * 100, "b.bin": b"newer" * 50}


def silent(message: str) -> None:
    """Say nothing of a damage that the test made itself."""


def at_every_call(
    tmp_path: Path,
    prepare: Callable[[Path], None],
    action: Callable[[Path], None],
    check: Callable[[Path], None],
    mode: Mode,
) -> None:
    """Run `action` on a fresh folder for every call that may fail; `check` what it leaves."""
    template = tmp_path / "template"
    template.mkdir()
    prepare(template)
    counted = tmp_path / "counted"
    shutil.copytree(template, counted)
    calls = log_calls(lambda: action(counted))
    assert "rename" in calls
    for at in range(len(calls)):
        place = tmp_path / f"{at}"
        shutil.copytree(template, place)
        with faulty_disk(at, mode) as disk:
            try:
                action(place)
            except StoreError as error:
                assert str(place) in str(error)
        assert len(disk.log) > at
        check(place)
        shutil.rmtree(place)


@pytest.mark.parametrize("mode", MODES)
def test_a_write_to_the_store_is_whole_or_nothing(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails, an entry is there whole or not at all; earlier ones are untouched."""

    def check(place: Path) -> None:
        store = Store(place, warn=pytest.fail)
        entry = store.read("run", KEY)
        assert entry is None or (entry.record, entry.files) == ({"n": 2}, NEW)
        kept = store.read("run", OTHER)
        assert kept is not None and (kept.record, kept.files) == ({"n": 1}, OLD)
        store.write("run", KEY, {"n": 2}, NEW)
        again = store.read("run", KEY)
        assert again is not None and again.files == NEW

    at_every_call(
        tmp_path,
        lambda place: Store(place).write("run", OTHER, {"n": 1}, OLD),
        lambda place: Store(place).write("run", KEY, {"n": 2}, NEW),
        check,
        mode,
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_checkpoint_is_the_old_or_the_new_one(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails while a checkpoint is replaced, one whole checkpoint is served."""

    def check(place: Path) -> None:
        store = Store(place, warn=pytest.fail)
        for _ in range(2):
            entry = store.read("checkpoint", KEY)
            assert entry is not None
            assert (entry.record, entry.files) in (({"epoch": 1}, OLD), ({"epoch": 2}, NEW))
            # The next epoch, by a process that finds what the first one left.
            store.write("checkpoint", KEY, {"epoch": 2}, NEW)
        entry = store.read("checkpoint", KEY)
        assert entry is not None and entry.files == NEW

    def prepare(place: Path) -> None:
        Store(place).write("checkpoint", KEY, {"epoch": 0}, NEW)
        Store(place).write("checkpoint", KEY, {"epoch": 1}, OLD)

    at_every_call(
        tmp_path,
        prepare,
        lambda place: Store(place).write("checkpoint", KEY, {"epoch": 2}, NEW),
        check,
        mode,
    )


@pytest.mark.parametrize("mode", MODES)
def test_replacing_a_damaged_entry_never_serves_it(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails while a damaged entry is set aside and written again, it stays a miss."""

    def prepare(place: Path) -> None:
        store = Store(place)
        store.write("run", KEY, {"n": 1}, OLD)
        (store.folder("run", KEY) / "a.bin").write_bytes(b"odd" * 100)

    def action(place: Path) -> None:
        store = Store(place, warn=silent)
        assert store.read("run", KEY) is None
        store.write("run", KEY, {"n": 2}, NEW)

    def check(place: Path) -> None:
        store = Store(place, warn=silent)
        entry = store.read("run", KEY)
        assert entry is None or entry.files == NEW
        store.write("run", KEY, {"n": 2}, NEW)
        entry = store.read("run", KEY)
        assert entry is not None and entry.files == NEW

    at_every_call(tmp_path, prepare, action, check, mode)


@pytest.mark.parametrize("mode", MODES)
def test_removing_leaves_a_whole_entry_or_none(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails while an entry is removed, no half of it is left in its place."""

    def check(place: Path) -> None:
        entry = Store(place, warn=pytest.fail).read("run", KEY)
        assert entry is None or entry.files == OLD

    at_every_call(
        tmp_path,
        lambda place: Store(place).write("run", KEY, {"n": 1}, OLD),
        lambda place: Store(place).remove("run", KEY),
        check,
        mode,
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_file_is_the_old_or_the_new_one(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails while a file is written, it has its old or its new content."""

    def check(place: Path) -> None:
        assert (place / "file").read_bytes() in (b"old", b"new" * 1000)

    at_every_call(
        tmp_path,
        lambda place: write_file(place / "file", b"old"),
        lambda place: write_file(place / "file", b"new" * 1000),
        check,
        mode,
    )


def build_files(number: int) -> dict[str, bytes]:
    """Return the files of a build."""
    run = {"seed": 0, "key": f"{number:02d}" * 32}
    results = {"schema": SCHEMA, "models": [{"slug": "cnn", "runs": [run]}]}
    return {
        "results.json": json.dumps(results).encode(),
        "report.html": b"<html>%d" % number * 100,
        "report.pdf": b"%%PDF %d" % number * 100,
        "predictions.npz": b"npz%d" % number,
        f"figures/only-{number}.svg": b'<svg aria-labelledby="only-%d-title">' % number,
        "figures/both.svg": b'<svg aria-labelledby="both-title">%d' % number,
    }


@pytest.mark.parametrize("mode", MODES)
def test_a_build_never_loses_the_previous_one(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails, every document is whole, and the old build is current or in history."""
    old, new = build_files(1), build_files(2)

    def check(place: Path) -> None:
        for name in ("results.json", "report.html", "report.pdf", "predictions.npz"):
            assert (place / name).read_bytes() in (old[name], new[name])
        kept = [(item.folder / "report.html").read_bytes() for item in list_history(place)]
        current = all((place / name).read_bytes() == old[name] for name in old if name in new)
        assert current or kept[-1] == old["report.html"]
        publish_build(place, new, keep=3)
        assert {name: (place / name).read_bytes() for name in new} == new
        assert [(item.folder / "report.pdf").read_bytes() for item in list_history(place)] == [
            build_files(0)["report.pdf"],
            old["report.pdf"],
        ]
        figures = {path.name for path in (place / "figures").iterdir()}
        assert {name for name in figures if not TEMPORARY.search(name)} == {
            "both.svg",
            "only-2.svg",
        }

    def prepare(place: Path) -> None:
        publish_build(place, build_files(0), keep=3)
        publish_build(place, old, keep=3)

    at_every_call(tmp_path, prepare, lambda place: publish_build(place, new, keep=3), check, mode)


@pytest.mark.parametrize("mode", MODES)
def test_no_document_outlives_its_results(tmp_path: Path, mode: Mode) -> None:
    """Whatever call fails, no PDF of the old build stands beside the results of a new one."""
    old, new = build_files(1), build_files(2)
    del new["report.pdf"]

    def check(place: Path) -> None:
        turned = (place / "results.json").read_bytes() == new["results.json"]
        assert not (turned and (place / "report.pdf").exists())
        publish_build(place, new, keep=3)
        assert {name: (place / name).read_bytes() for name in new} == new
        assert not (place / "report.pdf").exists()
        (kept,) = list_history(place)
        assert (kept.folder / "report.pdf").read_bytes() == old["report.pdf"]

    at_every_call(
        tmp_path,
        lambda place: publish_build(place, old, keep=3),
        lambda place: publish_build(place, new, keep=3),
        check,
        mode,
    )


@pytest.mark.parametrize("mode", ["ENOSPC", "EIO"])
def test_an_error_while_writing_leaves_the_previous_build_untouched(
    tmp_path: Path, mode: Mode
) -> None:
    """A disk that fails in every write leaves the build exactly as it was, without leftovers."""
    old, new = build_files(1), build_files(2)
    publish_build(tmp_path, old, keep=3)
    publish_build(tmp_path / "other", old, keep=3)
    calls = log_calls(lambda: publish_build(tmp_path / "other", new, keep=3))
    staging = [at for at, name in enumerate(calls[: calls.index("rename")]) if name == "write"]
    assert len(staging) == len(new)
    for at in staging:
        with faulty_disk(at, mode), pytest.raises(StoreError):
            publish_build(tmp_path, new, keep=3)
        assert {name: (tmp_path / name).read_bytes() for name in old} == old
        assert not [path for path in tmp_path.rglob("*") if TEMPORARY.search(path.name)]
        assert read_results(tmp_path) == json.loads(old["results.json"])
