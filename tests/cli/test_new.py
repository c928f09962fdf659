"""`reportgen new`: files to start from that are right as they are written."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from reportgen.cli.entry import run
from reportgen.cli.new import STARTERS
from reportgen.config.loading import load_experiment


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work is in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("starter", STARTERS)
def test_each_file_to_start_from_is_right(starter: str) -> None:
    """It is written under its name and loads without a problem."""
    assert run(["new", "mine", "--from", starter]) == 0
    assert load_experiment("mine.toml", ()).slug == "mine"


def test_the_next_command_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    """A path with a blank is quoted."""
    assert run(["new", "my own"]) == 0
    command = capsys.readouterr().out.strip().partition("run: ")[2]
    assert run(shlex.split(command)[1:]) == 0


@pytest.mark.slow
def test_the_file_of_predictions_builds(folder: Path) -> None:
    """With files of the names that it mentions there is a report at once."""
    assert run(["new", "mine"]) == 0
    rows = ["cat", "dog"] * 20
    (folder / "labels.csv").write_text("\n".join(["label", *rows]))
    (folder / "first.csv").write_text("\n".join(["prediction", *rows[1:], "cat"]))
    for seed in range(2):
        shutil.copy(folder / "first.csv", folder / f"second-{seed}.csv")
    assert run(["check", "mine.toml"]) == 0
    assert run(["build", "mine.toml", "--format", "html", "-q"]) == 0
    assert (folder / "output" / "mine" / "report.html").is_file()


def test_no_file_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there stays, with code 2."""
    (folder / "mine.toml").write_text("mine")
    assert run(["new", "mine"]) == 2
    assert "mine.toml already exists" in capsys.readouterr().err
    assert (folder / "mine.toml").read_text() == "mine"


def test_a_file_that_cannot_be_written_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which names what helps: there is no option for the folder."""
    (folder / "taken").write_text("a file")
    assert run(["new", "taken/mine"]) == 1
    message = (
        "Error: cannot write taken/mine.toml: there is a file where a folder is needed; move it"
    )
    assert f"{message} away, or use another folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a\nb"])
def test_what_is_not_a_name_is_refused(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written, with code 2."""
    assert run(["new", name]) == 2
    assert "give the name of a file, such as mine" in capsys.readouterr().err
    assert not list(folder.iterdir())
