"""Watching: what an editor does to the file is seen, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.server.watching import Changes, Watched, watching

LONG = 30.0
"""Seconds after which a change that was not seen fails the test."""


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
    with watching(Watched(experiment, ()), changes):
        for _ in range(int(LONG / 0.5)):
            save(experiment)
            seen.append(changes.take(0.5))
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
    with watching(Watched(experiment, (tmp_path / "templates",)), changes):
        for turn in range(int(LONG / 0.5)):
            (tmp_path / "other.toml").write_text(str(turn), encoding="utf-8")
            style.write_text(str(turn), encoding="utf-8")
            concerned.append(changes.concern_experiment)
            seen = changes.take(0.5)
            if seen:
                break
    assert seen
    assert not any(concerned)


def test_changes_are_forgotten_when_taken() -> None:
    """One change is taken once, with what it concerned."""
    changes = Changes()
    changes.add(experiment=False)
    changes.add(experiment=True)
    changes.add(experiment=False)
    before = changes.concern_experiment
    assert (before, changes.take(0.0)) == (True, True)
    assert (changes.concern_experiment, changes.take(0.01)) == (False, False)
