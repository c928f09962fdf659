"""Watching: what an editor does to the file is seen, and nothing else."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from reportgen.server.watching import Changes, Watched, watching

LONG = 30.0
"""Seconds after which a change that was not seen fails the test."""
TURN = 0.1
"""Seconds after which a file is saved again: the first time, nothing may be watched yet."""


@pytest.fixture(autouse=True)
def stop_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have watchers look often whether they should end."""
    monkeypatch.setattr("reportgen.server.watching.STOPPING", 20)


def write_in_place(path: Path) -> None:
    """Save as simple editors do."""
    path.write_text("two", encoding="utf-8")


def write_and_rename(path: Path) -> None:
    """Save as careful editors do."""
    fresh = path.with_suffix(".tmp")
    fresh.write_text("two", encoding="utf-8")
    fresh.replace(path)


def delete_and_write(path: Path) -> None:
    """Save as some others do."""
    path.unlink()
    path.write_text("two", encoding="utf-8")


@pytest.mark.parametrize("save", [write_in_place, write_and_rename, delete_and_write])
def test_saved_experiment_is_seen(tmp_path: Path, save: Callable[[Path], None]) -> None:
    """However an editor saves, the experiment has changed."""
    experiment = tmp_path / "mine.toml"
    experiment.write_text("one", encoding="utf-8")
    changes = Changes()
    seen = []
    with watching(Watched(experiment, ()), changes, pytest.fail):
        for _ in range(int(LONG / TURN)):
            save(experiment)
            seen.append(changes.take(TURN))
            if seen[-1]:
                break
    assert seen[-1]


def test_templates_are_seen_at_any_depth_and_told_from_the_experiment(tmp_path: Path) -> None:
    """A template is a change, but none that ends a training."""
    (tmp_path / "templates" / "css").mkdir(parents=True)
    experiment = tmp_path / "mine.toml"
    experiment.touch()
    changes = Changes()
    style = tmp_path / "templates" / "css" / "theme.css"
    concerned, seen = [], False
    with watching(Watched(experiment, (tmp_path / "templates",)), changes, pytest.fail):
        for turn in range(int(LONG / TURN)):
            (tmp_path / "other.toml").write_text(str(turn), encoding="utf-8")
            style.write_text(str(turn), encoding="utf-8")
            concerned.append(changes.concern_experiment)
            seen = changes.take(TURN)
            if seen:
                break
    assert seen
    assert not any(concerned)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """A folder of templates that was removed is named, and the experiment is still watched."""
    experiment, changes = tmp_path / "mine.toml", Changes()
    told: list[str] = []
    heard = threading.Event()

    def say(message: str) -> None:
        told.append(message)
        heard.set()

    seen = False
    with watching(Watched(experiment, (tmp_path / "gone",)), changes, say):
        assert heard.wait(LONG)
        for turn in range(int(LONG / TURN)):
            experiment.write_text(str(turn), encoding="utf-8")
            seen = changes.take(TURN)
            if seen:
                break
    assert seen
    gone = tmp_path / "gone"
    assert told == [
        f"Changes in {gone} are no longer noticed (missing: {gone}); correct this, then run "
        "reportgen serve again."
    ]


def test_a_folder_that_was_made_again_is_watched(tmp_path: Path) -> None:
    """Removing a folder of templates and making it anew loses no later change of a file in it."""
    templates, experiment = tmp_path / "templates", tmp_path / "mine.toml"
    templates.mkdir()
    experiment.touch()
    changes, seen = Changes(), False
    with watching(Watched(experiment, (templates,)), changes, pytest.fail):
        for again in (False, True):
            if again:
                shutil.rmtree(templates)
                assert changes.take(LONG)
                templates.mkdir()
                assert changes.take(LONG)
            for turn in range(int(LONG / TURN)):
                (templates / "theme.css").write_text(str(turn), encoding="utf-8")
                seen = changes.take(TURN)
                if seen:
                    break
            assert seen


def test_without_watches_files_are_looked_at_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system refuses another watch, polling takes over, and nothing is told."""
    polled: list[bool] = []

    def watch(*folders: Path, force_polling: bool = False, **_: Any) -> Iterator[set[Any]]:
        if not force_polling:
            raise OSError(errno.ENOSPC, "No space left on device")
        polled.append(folders == (tmp_path,))
        yield {(Change.modified, "mine.toml")}

    monkeypatch.setattr("reportgen.server.watching.watch", watch)
    changes = Changes()
    with watching(Watched(tmp_path / "mine.toml", ()), changes, pytest.fail):
        assert changes.take(LONG)
    assert polled == [True]


def test_changes_are_forgotten_when_taken() -> None:
    """One change is taken once, with what it concerned."""
    changes = Changes()
    changes.add(experiment=False)
    changes.add(experiment=True)
    changes.add(experiment=False)
    before = changes.concern_experiment
    assert (before, changes.take(0.0)) == (True, True)
    assert (changes.concern_experiment, changes.take(0.01)) == (False, False)
