"""Which two builds `diff` compares."""

import json
import os
from pathlib import Path

import pytest

from reportgen.diff.selection import select_builds
from reportgen.errors import UsageError

RESULTS = {"schema": 3, "models": []}


def publish(folder: Path, seconds: int) -> Path:
    """Lay a build into `folder`, published `seconds` after 1970."""
    folder.mkdir(parents=True)
    path = folder / "results.json"
    path.write_text(json.dumps(RESULTS))
    os.utime(path, (seconds, seconds))
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output folder: `paper` with two earlier builds, and `quick`, built before paper's last."""
    publish(tmp_path / "paper", 400)
    publish(tmp_path / "paper" / "history" / "2026-01-01T00-00-00.000Z", 100)
    publish(tmp_path / "paper" / "history" / "2026-01-02T00-00-00.000Z", 200)
    publish(tmp_path / "quick", 300)
    return tmp_path


def test_without_names(output: Path) -> None:
    """The build published last is compared with the latest one in its history."""
    history = output / "paper" / "history"
    assert select_builds([], output) == (history / "2026-01-02T00-00-00.000Z", output / "paper")


def test_with_an_experiment(output: Path) -> None:
    """The name of an experiment compares its last two builds."""
    assert select_builds(["paper"], output) == select_builds([], output)


def test_with_an_earlier_build(output: Path) -> None:
    """An earlier build is compared with the last one of its experiment."""
    first = output / "paper" / "history" / "2026-01-01T00-00-00.000Z"
    assert select_builds([str(first)], output) == (first, output / "paper")


def test_with_two_names(output: Path) -> None:
    """Two names are taken as they are, experiments or paths."""
    assert select_builds(["quick", str(output / "paper")], output) == (
        output / "quick",
        output / "paper",
    )


def test_a_report_from_elsewhere(output: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A build outside of the folder of builds is compared with the last one there."""
    elsewhere = publish(tmp_path_factory.mktemp("other") / "mine", 50)
    assert select_builds([str(elsewhere)], output) == (elsewhere, output / "paper")


def test_too_few_builds(output: Path, tmp_path: Path) -> None:
    """Without a build, or without an earlier one, the message names the next step."""
    with pytest.raises(UsageError, match=r"quick has no earlier build .* name two builds"):
        select_builds(["quick"], output)
    with pytest.raises(UsageError, match="contains no build; make the first with"):
        select_builds([], tmp_path / "nothing")
