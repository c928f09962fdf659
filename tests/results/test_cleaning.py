"""Cleaning: what goes, what never goes, and how many bytes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportgen.cli.clean import command, format_bytes
from reportgen.cli.entry import run as run_command_line
from reportgen.errors import StoreError
from reportgen.results import files as files_module
from reportgen.results.builds import list_history, publish_build
from reportgen.results.cleaning import Rules, plan_cleaning, remove_items
from reportgen.results.datasets import save_dataset
from reportgen.results.files import temporary_sibling
from reportgen.results.runs import load_run, save_run
from reportgen.results.store import Store
from tests.support.factories import PAPER_MODELS, make_dataset, make_result

DATASET = make_dataset(n=20, n_train=30)
RESULTS = [make_result(PAPER_MODELS[0], seed, DATASET) for seed in range(4)]
CURRENT, EARLIER, LOOSE, UNFINISHED = RESULTS
NOW = Rules(before=time.time() + 3600)
DAY = 24 * 3600


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder with a build, an earlier one, a loose run, and all kinds of leftovers."""
    store = Store(tmp_path / "store", warn=lambda _: None)
    for result in RESULTS[:3]:
        save_run(store, result, b"w" * 100)
    for key in (LOOSE.key, UNFINISHED.key):
        store.write("checkpoint", key, {}, {"state": b"s" * 50})
    save_dataset(store, DATASET.record.sha256, DATASET)
    store.write("dataset", "cc" * 32, {"title": "Other", "sha256": "ff" * 32}, {"a.npz": b"a"})
    store.write("figure", "aa" * 32, {}, {"figure.svg": b"shown"})
    store.write("figure", "bb" * 32, {}, {"figure.svg": b"not shown"})
    store.write("facts", "dd" * 32, {}, {"facts.json": b"{}"})
    store.write("digest", "ff" * 32, {"sha256": "00" * 32}, {})
    store.write("run", "ee" * 32, {}, {"a": b"1"})
    (store.folder("run", "ee" * 32) / "a").write_bytes(b"2")
    assert store.read("run", "ee" * 32) is None
    publish(tmp_path, EARLIER.key)
    publish(tmp_path, CURRENT.key)
    return tmp_path


def publish(output: Path, key: str) -> None:
    """Publish a build that rests on one run."""
    results = {
        "schema": 3,
        "data": {"sha256": DATASET.record.sha256},
        "models": [{"slug": "cnn", "runs": [{"seed": 0, "key": key}]}],
    }
    files = {
        "results.json": json.dumps(results).encode(),
        "report.html": key.encode(),
        "figures/shown.svg": b"shown",
    }
    publish_build(output / "paper", files, keep=3)


def kept_runs(output: Path) -> set[str]:
    """Return the keys of the runs that can still be loaded."""
    store = Store(output / "store", warn=pytest.fail)
    return {result.key for result in RESULTS if load_run(store, result.key) is not None}


def total_size(folder: Path) -> int:
    """Return the bytes of all files, each counted once however many names it has."""
    found = {path.stat().st_ino: path.stat() for path in folder.rglob("*") if path.is_file()}
    return sum(status.st_size for status in found.values())


def test_what_no_report_rests_on_goes(output: Path) -> None:
    """Runs, data sets and drawings of current and earlier reports stay; all else goes."""
    items = plan_cleaning(output, NOW)
    store = Store(output / "store")
    planned = {item.path for item in items}
    expected = {
        store.folder("run", LOOSE.key),
        store.folder("checkpoint", LOOSE.key),
        store.folder("checkpoint", UNFINISHED.key),
        store.folder("dataset", "cc" * 32),
        store.folder("figure", "bb" * 32),
        store.folder("facts", "dd" * 32),
        store.folder("digest", "ff" * 32),
    }
    damaged = set((output / "store" / "damaged").iterdir())
    assert len(damaged) == 1
    assert planned == expected | damaged
    before = total_size(output)
    freed = remove_items(items)
    assert freed == sum(item.bytes for item in items) == before - total_size(output) > 0
    assert kept_runs(output) == {CURRENT.key, EARLIER.key}
    assert store.read("dataset", DATASET.record.sha256) is not None
    assert store.read("figure", "aa" * 32) is not None
    assert plan_cleaning(output, NOW) == ()


def test_planning_removes_nothing(output: Path) -> None:
    """A plan reads only."""
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    assert plan_cleaning(output, Rules(NOW.before, keep_latest=True, everything=True))
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_earlier_builds_go_only_on_request(output: Path) -> None:
    """Keeping the latest build alone removes the history and the runs that only it rests on."""
    remove_items(plan_cleaning(output, Rules(NOW.before, keep_latest=True)))
    assert list_history(output / "paper") == ()
    assert kept_runs(output) == {CURRENT.key}
    assert (output / "paper" / "report.html").read_bytes() == CURRENT.key.encode()


def test_everything_goes_only_on_request(output: Path) -> None:
    """All runs go where the user says so; the reports themselves stay."""
    remove_items(plan_cleaning(output, Rules(NOW.before, everything=True)))
    assert kept_runs(output) == set()
    assert (output / "paper" / "report.html").read_bytes() == CURRENT.key.encode()
    assert len(list_history(output / "paper")) == 1


def test_links_lead_nowhere(output: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a link in the output folder leads to, out of it, is not removed."""
    outside = tmp_path_factory.mktemp("outside")
    publish(outside, EARLIER.key)
    publish(outside, CURRENT.key)
    (outside / "lock").write_bytes(b"")
    kept = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    (output / "linked").symlink_to(outside / "paper")
    (output / "store" / "locks").symlink_to(outside)
    (output / "store" / "damaged" / "link").symlink_to(outside)
    remove_items(plan_cleaning(output, Rules(NOW.before, keep_latest=True, everything=True)))
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == kept
    assert not list_history(output / "paper")


def test_young_things_stay(output: Path) -> None:
    """What is younger than the rules say stays, but the checkpoint of a finished run goes."""
    items = plan_cleaning(output, Rules(before=time.time() - DAY))
    assert [item.category for item in items] == ["checkpoint"]
    assert LOOSE.key[:12] in items[0].label
    old = time.time() - 2 * DAY
    record = Store(output / "store").folder("run", LOOSE.key) / "record.json"
    os.utime(record, (old, old))
    items = plan_cleaning(output, Rules(before=time.time() - DAY))
    assert [item.category for item in items] == ["run", "checkpoint"]
    assert items[0].label.startswith("cnn, ")
    assert "dropout 0, seed 2" in items[0].label


def test_leftovers_of_dead_writers_go_everywhere(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporary files of dead processes go from store and builds, those of living ones stay."""
    places = [
        output / "paper" / "report.html",
        output / "paper" / "figures" / "a.svg",
        output / "paper" / "history" / "2026",
        Store(output / "store").folder("run", LOOSE.key),
        Store(output / "store").folder("checkpoint", LOOSE.key),
    ]
    dead = []
    for place in places:
        alive = temporary_sibling(place)
        alive.write_bytes(b"12345")
        dead.append(temporary_sibling(place))
        dead[-1].write_bytes(b"12345")
    dead_names = {path.name for path in dead}
    monkeypatch.setattr("reportgen.results.cleaning.is_stale", lambda path: path.name in dead_names)
    items = plan_cleaning(output, Rules(before=0.0))
    assert {item.path for item in items if item.category == "leftover"} == set(dead)
    assert all(item.bytes == 5 for item in items if item.category == "leftover")
    assert files_module.TEMPORARY.search(dead[0].name)


def test_a_report_whose_needs_are_unknown_stops_the_cleaning(output: Path) -> None:
    """Where a results.json is damaged nothing is guessed; --all needs to know nothing."""
    (output / "paper" / "results.json").write_bytes(b"{")
    with pytest.raises(
        StoreError, match=r"the runs that .*results\.json needs cannot be determined"
    ):
        plan_cleaning(output, NOW)
    assert plan_cleaning(output, Rules(NOW.before, everything=True))


@pytest.mark.parametrize("folder", ["paper", "paper/history/new", "other"])
def test_nothing_is_planned_where_a_report_cannot_be_read(output: Path, folder: str) -> None:
    """What it needs cannot be determined; the error names the file."""
    path = output / folder / "results.json"
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match=f"cannot read {path}: there is a folder where a file is"):
        plan_cleaning(output, NOW)


def clean(output: Path, *arguments: str) -> str:
    """Run the command and return what it prints."""
    result = CliRunner().invoke(command, ["--output", str(output), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_says_what_goes_and_how_much(output: Path) -> None:
    """A dry run names every category with its bytes and removes nothing; --yes removes it."""
    items = plan_cleaning(output, NOW)
    total = format_bytes(sum(item.bytes for item in items))
    printed = clean(output, "--older-than", "0s", "--dry-run")
    assert "1 run that no report needs: " in printed
    assert "2 checkpoints: " in printed
    assert "1 damaged entry that was set aside: " in printed
    assert f"Total: {total}." in printed
    assert kept_runs(output) == {CURRENT.key, EARLIER.key, LOOSE.key}
    assert f"Removed {total}." in clean(output, "--older-than", "0s", "--yes")
    assert kept_runs(output) == {CURRENT.key, EARLIER.key}
    assert "nothing to remove" in clean(output, "--older-than", "0s", "--yes")


def test_the_default_leaves_a_build_at_work_alone(output: Path) -> None:
    """Without options nothing goes that was written within a day."""
    clean(output, "--yes")
    assert kept_runs(output) == {CURRENT.key, EARLIER.key, LOOSE.key}
    clean(output, "--yes", "--keep-latest")
    assert len(list_history(output / "paper")) == 1


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1y", "1.5d", ""])
def test_a_wrong_age_is_a_message(
    output: Path, age: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An age that cannot be read ends with code 2 and an example."""
    arguments = ["clean", f"--older-than={age}", "--output", str(output)]
    assert run_command_line(arguments) == 2
    allowed = "write a number followed by s, m, h, d or w, such as 30d"
    assert f"is not an age; {allowed}" in capsys.readouterr().err


def test_nobody_to_ask_is_a_message(
    output: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no terminal can answer, the command ends with code 2 and removes nothing."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert run_command_line(["clean", "--older-than", "0s", "--output", str(output)]) == 2
    assert "add --yes to remove them, or --dry-run" in capsys.readouterr().err
    assert LOOSE.key in kept_runs(output)


def test_an_output_folder_that_is_not_there_is_fine(tmp_path: Path) -> None:
    """There is nothing to remove in a folder that does not exist."""
    assert "nothing to remove" in clean(tmp_path / "missing", "--yes")
