"""`reportgen list`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine

RESULTS = {
    "schema": 3,
    "models": [{"slug": "cnn", "runs": [{"seed": 0, "key": "ab"}]}],
    "data": {"name": "digits", "title": "Digits", "stand_in_for": "mnist"},
    "claims": {"verdict": {"text": "CNN is better than MLP by 1.80 points."}},
}


def test_experiments_by_name(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped experiments and the user's own are listed with their titles."""
    monkeypatch.chdir(tmp_path)
    Path("experiments").mkdir()
    Path("experiments/mine.toml").write_text('title = "My own"')
    Path("experiments/broken.toml").write_text("title =")
    Path("experiments/._mine.toml").write_bytes(b"\x00\x05\x16\x07Mac OS X")
    lines = reportgen("list").out.splitlines()
    assert lines[0] == "Experiments"
    assert "  mine        My own  (experiments/mine.toml)" in lines
    assert "._mine" not in "".join(lines)
    assert any(line.startswith("  quickstart  A first report") for line in lines)
    assert any(line.startswith("  broken      it is not valid TOML: ") for line in lines)


def test_no_builds_yet(reportgen: CommandLine, tmp_path: Path) -> None:
    """An output folder that is not there says how the first build is made, and is not created."""
    ended = reportgen("list", "--output", str(tmp_path / "output"))
    assert ended.code == 0
    expected = f"No builds in {tmp_path}/output/; make the first with: reportgen build"
    assert ended.out.splitlines()[-1] == expected
    assert not (tmp_path / "output").exists()


def test_builds_with_their_verdicts(reportgen: CommandLine, tmp_path: Path) -> None:
    """Each build is listed with its data set and its verdict; the store is no build."""
    for name in ("paper", "store", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "paper" / "results.json").write_text(json.dumps(RESULTS))
    lines = reportgen("list", "--output", str(tmp_path)).out.splitlines()
    start = lines.index(f"Builds in {tmp_path}/")
    heading, verdict = lines[start + 1 :]
    assert heading.startswith("  paper  20")
    assert heading.endswith("  Digits, standing in for mnist")
    assert verdict == "    CNN is better than MLP by 1.80 points."


def test_a_damaged_build_is_left_out_with_a_warning(reportgen: CommandLine, tmp_path: Path) -> None:
    """What is no results.json of ours is named on standard error."""
    (tmp_path / "paper").mkdir()
    path = tmp_path / "paper" / "results.json"
    path.write_text("{")
    ended = reportgen("list", "--output", str(tmp_path))
    assert ended.code == 0
    assert ended.err.startswith(f"Warning: {path} is left out: it is not JSON")


def test_a_build_that_cannot_be_read_does_not_hide_the_others(
    reportgen: CommandLine, tmp_path: Path
) -> None:
    """It is named on standard error, with what is wrong."""
    make_history(tmp_path)
    (tmp_path / "other" / "results.json").mkdir(parents=True)
    ended = reportgen("list", "--output", str(tmp_path))
    assert ended.code == 0
    assert "CNN is better than MLP by 1.80 points." in ended.out
    (warning,) = ended.err.splitlines()
    assert warning.startswith(f"Warning: {tmp_path / 'other'} is left out: cannot read ")
    assert "there is a folder where a file is needed" in warning


def make_history(output: Path) -> None:
    """Lay out a build of `paper` with one earlier build."""
    earlier = output / "paper" / "history" / "2026-01-02T03-04-05.000Z"
    earlier.mkdir(parents=True)
    (earlier / "results.json").write_text(json.dumps(RESULTS))
    (output / "paper" / "results.json").write_text(json.dumps(RESULTS))


def test_history(reportgen: CommandLine, tmp_path: Path) -> None:
    """With --history the earlier builds follow, by the folder that diff takes."""
    make_history(tmp_path)
    without = reportgen("list", "--output", str(tmp_path)).out
    listed = reportgen("list", "--history", "--output", str(tmp_path)).out
    folder = str(tmp_path / "paper" / "history" / "2026-01-02T03-04-05.000Z")
    assert folder in listed
    assert folder not in without


def test_as_json(reportgen: CommandLine, tmp_path: Path) -> None:
    """With --format json the list is one JSON object."""
    make_history(tmp_path)
    listed = json.loads(
        reportgen("list", "--history", "--format", "json", "--output", str(tmp_path)).out
    )
    assert "quickstart" in [each["name"] for each in listed["experiments"]]
    (build,) = listed["builds"]
    assert build["verdict"] == "CNN is better than MLP by 1.80 points."
    assert [each["folder"] for each in build["history"]] == [
        str(tmp_path / "paper" / "history" / "2026-01-02T03-04-05.000Z")
    ]
