"""Files of the store, damaged after they were written: always a miss, never a wrong number."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.results.datasets import load_dataset, save_dataset
from reportgen.results.entries import RECORD
from reportgen.results.runs import PREDICTIONS, WEIGHTS, load_run, load_weights, save_run
from reportgen.results.store import DAMAGED, Store
from tests.support.factories import PAPER_MODELS, make_dataset, make_result

DATASET = make_dataset(n=40, n_train=60)
RESULT = make_result(PAPER_MODELS[0], 0, DATASET)
DATASET_KEY = "cd" * 32
WEIGHT_BYTES = bytes(range(256)) * 4


@dataclass
class Fixture:
    """A store with one entry of each kind, restored before each damage."""

    store: Store
    warnings: list[str]
    original: Path

    def restore(self) -> None:
        """Bring back what was written."""
        shutil.rmtree(self.store.root)
        shutil.copytree(self.original, self.store.root)
        self.warnings.clear()


@pytest.fixture(scope="module")
def kept() -> Iterator[Fixture]:
    """A store with a run, a data set and a replaced checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        warnings: list[str] = []
        store = Store(Path(folder) / "store", warnings.append)
        save_run(store, RESULT, WEIGHT_BYTES)
        save_dataset(store, DATASET_KEY, DATASET)
        for epoch in range(2):
            store.write("checkpoint", RESULT.key, {"epoch": epoch}, {"state": bytes([epoch]) * 99})
        original = Path(folder) / "original"
        shutil.copytree(store.root, original)
        yield Fixture(store, warnings, original)


def damage(data: bytes, how: str, where: float, bit: int) -> bytes:
    """Return `data` with one bit flipped, cut short, or made longer."""
    position = min(int(where * len(data)), len(data) - 1)
    if how == "cut":
        return data[:position]
    if how == "grown":
        return data + bytes([bit])
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def is_miss(store: Store, kind: str) -> bool:
    """Whether the entry of this kind is not served in any way."""
    if kind == "run":
        return load_run(store, RESULT.key) is None and load_weights(store, RESULT.key) is None
    if kind == "dataset":
        return load_dataset(store, DATASET_KEY) is None
    return store.read("checkpoint", RESULT.key) is None


def test_undamaged_entries_are_served(kept: Fixture) -> None:
    """The entries that the other tests damage are there before."""
    kept.restore()
    assert not any(is_miss(kept.store, kind) for kind in ("run", "dataset", "checkpoint"))
    assert kept.warnings == []


@given(
    kind=st.sampled_from(["run", "dataset", "checkpoint"]),
    which=st.integers(0, 2),
    how=st.sampled_from(["flip", "flip", "cut", "grown", "gone"]),
    where=st.floats(0, 1),
    bit=st.integers(0, 7),
)
def test_a_damaged_file_is_a_miss(
    kept: Fixture, kind: Any, which: int, how: str, where: float, bit: int
) -> None:
    """One bit flipped anywhere, a file cut, grown or gone: set aside with a warning, not served."""
    kept.restore()
    key = DATASET_KEY if kind == "dataset" else RESULT.key
    files = sorted(kept.store.folder(kind, key).iterdir())
    path = files[which % len(files)]
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(damage(path.read_bytes(), how, where, bit))
    assert is_miss(kept.store, kind)
    assert len(kept.warnings) == 1 and "damaged" in kept.warnings[0]
    assert len(list((kept.store.root / DAMAGED).iterdir())) == 1
    assert key not in kept.store.keys(kind)


@pytest.mark.parametrize("name", [RECORD, PREDICTIONS, WEIGHTS])
@pytest.mark.parametrize("what", ["pipe", "device", "folder", "large file"])
def test_what_has_no_end_is_not_read(kept: Fixture, name: str, what: str) -> None:
    """A pipe, a device or a huge file in the place of a file of the store is a miss at once."""
    kept.restore()
    path = kept.store.folder("run", RESULT.key) / name
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(2**40)  # without a block on the disk
    assert load_run(kept.store, RESULT.key) is None and load_weights(kept.store, RESULT.key) is None
    assert "damaged" in kept.warnings[0]


@pytest.mark.parametrize("name", [RECORD, PREDICTIONS, WEIGHTS])
def test_the_ends_of_a_file_count(kept: Fixture, name: str) -> None:
    """A change near either end of a file is found; a second write heals it."""
    kept.restore()
    path = kept.store.folder("run", RESULT.key) / name
    size = path.stat().st_size
    for position in [*range(0, 120, 3), *range(size - 40, size)]:
        data = bytearray(path.read_bytes())
        data[position] ^= 0x10
        path.write_bytes(data)
        assert load_run(kept.store, RESULT.key) is None
        save_run(kept.store, RESULT, WEIGHT_BYTES)
        assert load_run(kept.store, RESULT.key) is not None


def test_an_entry_under_another_key_is_a_miss(kept: Fixture) -> None:
    """A whole entry that was moved to another key is not served there."""
    kept.restore()
    other = kept.store.folder("run", "ef" * 32)
    other.parent.mkdir(parents=True)
    shutil.copytree(kept.store.folder("run", RESULT.key), other)
    assert load_run(kept.store, "ef" * 32) is None
    assert "belongs to run" in kept.warnings[0]
    assert load_run(kept.store, RESULT.key) is not None


def test_entries_of_two_runs_cannot_be_mixed(kept: Fixture) -> None:
    """Whole files of one run beside the record of another run are a miss."""
    kept.restore()
    second = make_result(PAPER_MODELS[1], 1, DATASET)
    save_run(kept.store, second, WEIGHT_BYTES)
    source = kept.store.folder("run", second.key) / PREDICTIONS
    shutil.copy(source, kept.store.folder("run", RESULT.key) / PREDICTIONS)
    assert load_run(kept.store, RESULT.key) is None
    assert load_run(kept.store, second.key) is not None


GONE = object()


def is_needed(path: tuple[Any, ...]) -> bool:
    """Whether a record without this value is another record."""
    defaults = (
        "schema_version",
        "validation_loss",
        "validation_accuracy",
        "clean_accuracy",
        "resumed_from_epoch",
        "kept_epoch",
        "plugin_files",
        "processor",
    )
    is_listed = len(path) == 3 and path[:2] == ("provenance", "versions")
    return path[-1] not in defaults and not is_listed


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a JSON document."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from leaves(item, (*path, key))


def mutate(document: Any, path: tuple[Any, ...], value: Any) -> None:
    """Replace one value of a JSON document, or drop it where `value` is GONE."""
    for key in path[:-1]:
        document = document[key]
    if value is GONE:
        del document[path[-1]]
    else:
        document[path[-1]] = value


@given(data=st.data())
def test_a_record_that_makes_no_sense_is_a_miss(kept: Fixture, data: st.DataObject) -> None:
    """A record with right digests and a wrong structure is set aside; a new run takes its place."""
    kept.restore()
    entry = kept.store.read("run", RESULT.key)
    assert entry is not None
    path = data.draw(st.sampled_from([path for path in leaves(entry.record) if is_needed(path)]))
    choices: list[Any] = [{"odd": 1}]
    if isinstance(path[-1], str):
        choices.append(GONE)
    if path[0] == "ingredients":
        # Elsewhere one text is as good as another.
        choices.append("odd")
    wrong = data.draw(st.sampled_from(choices))
    mutate(entry.record, path, wrong)
    kept.store.remove("run", RESULT.key)
    kept.store.write("run", RESULT.key, entry.record, entry.files)
    assert load_run(kept.store, RESULT.key) is None
    assert len(kept.warnings) == 1
    save_run(kept.store, RESULT, WEIGHT_BYTES)
    assert load_run(kept.store, RESULT.key) is not None
