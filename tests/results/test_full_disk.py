"""A real file system of 20 MB that is full, and one that takes no writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.errors import StoreError
from reportgen.results.builds import list_history, publish_build
from reportgen.results.files import check_writable
from reportgen.results.runs import load_run, save_run
from reportgen.results.store import Store
from tests.support.disks import fill, make_read_only, small_disk
from tests.support.factories import PAPER_MODELS, make_dataset, make_result

DATASET = make_dataset(n=200, n_train=100)
FIRST, SECOND = (make_result(PAPER_MODELS[0], seed, DATASET) for seed in range(2))
WEIGHTS = bytes(500_000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 20 MB with one run and one report."""
    with small_disk(tmp_path / "disk") as place:
        save_run(Store(place / "output" / "store", pytest.fail), FIRST, WEIGHTS)
        publish_build(place / "output" / "paper", report(1), keep=2)
        yield place


def report(number: int) -> dict[str, bytes]:
    """Return the files of a build, of 2 MB."""
    results = {"schema": 3, "number": number, "models": []}
    return {
        "results.json": json.dumps(results).encode(),
        "report.html": bytes([number]) * 1_000_000,
        "report.pdf": bytes([number]) * 1_000_000,
    }


def published(disk: Path) -> dict[str, bytes]:
    """Return the files of the current build."""
    return {name: (disk / "output" / "paper" / name).read_bytes() for name in report(0)}


@pytest.mark.parametrize("leave", [0, 4096, 40_000, 300_000, 1_500_000])
def test_a_full_disk_loses_nothing(disk: Path, leave: int) -> None:
    """With any room left that is too little: a clear error, all as it was, and later it works."""
    store = Store(disk / "output" / "store", pytest.fail)
    filler = fill(disk, leave)
    folder = disk / "output" / "paper"
    with pytest.raises(StoreError, match=r"cannot write to .*: the disk is full; free some space"):
        publish_build(folder, report(2), keep=2)
    assert published(disk) == report(1)
    assert list_history(folder) == ()
    if leave < len(WEIGHTS):
        with pytest.raises(StoreError, match="the disk is full"):
            save_run(store, SECOND, WEIGHTS)
        assert load_run(store, SECOND.key) is None
    assert load_run(store, FIRST.key) is not None
    filler.unlink()
    save_run(store, SECOND, WEIGHTS)
    publish_build(folder, report(2), keep=2)
    assert load_run(store, SECOND.key) is not None
    assert published(disk) == report(2)
    assert len(list_history(folder)) == 1


def test_a_full_disk_is_found_before_training(disk: Path) -> None:
    """A folder without room is refused by the check that comes before the work."""
    filler = fill(disk)
    with pytest.raises(StoreError, match="the disk is full"):
        check_writable(disk / "output")
    filler.unlink()
    fill(disk, leave=2**20)
    check_writable(disk / "output")
    with pytest.raises(StoreError, match=r"about 8\.0 MB are needed and 1\.0 MB are free"):
        check_writable(disk / "output", 8 * 2**20)


def test_a_checkpoint_survives_a_full_disk(disk: Path) -> None:
    """A checkpoint that finds no room leaves the one before it whole."""
    store = Store(disk / "output" / "store", pytest.fail)
    store.write("checkpoint", FIRST.key, {"epoch": 1}, {"state": bytes(100_000)})
    filler = fill(disk, leave=60_000)
    with pytest.raises(StoreError, match="the disk is full"):
        store.write("checkpoint", FIRST.key, {"epoch": 2}, {"state": bytes(100_000)})
    entry = store.read("checkpoint", FIRST.key)
    assert entry is not None and entry.record == {"epoch": 1}
    filler.unlink()
    store.write("checkpoint", FIRST.key, {"epoch": 2}, {"state": bytes(100_000)})
    entry = store.read("checkpoint", FIRST.key)
    assert entry is not None and entry.record == {"epoch": 2}


def test_a_read_only_disk_is_read(disk: Path) -> None:
    """Runs are read from a read-only disk; what is damaged there is a miss; writing is an error."""
    warnings: list[str] = []
    store = Store(disk / "output" / "store", warnings.append)
    save_run(store, SECOND, WEIGHTS)
    weights = store.folder("run", SECOND.key) / "weights.safetensors"
    weights.write_bytes(WEIGHTS[1:])
    make_read_only(disk)
    assert load_run(store, FIRST.key) is not None
    assert load_run(store, SECOND.key) is None
    assert len(warnings) == 1 and "the file system is read-only" in warnings[0]
    for action in (
        lambda: check_writable(disk / "output"),
        lambda: save_run(store, SECOND, WEIGHTS),
        lambda: publish_build(disk / "output" / "paper", report(2), keep=2),
    ):
        with pytest.raises(StoreError, match="the file system is read-only"):
            action()
    assert published(disk) == report(1)
    publish_build(disk / "output" / "paper", report(1), keep=2)
