"""Real builds that are killed, that run side by side, and that find the disk full.

`python -m benchmarks crash` is the long form: a hundred kills, at random moments.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks import crash
from reportgen.cli.entry import run as run_command
from reportgen.results.builds import list_history
from tests.support.disks import fill, small_disk
from tests.support.processes import Started, start_command

KILLED_AT = ("1 run to train", "Drawing Confusions, counted", "Writing the HTML report")
"""Announced by a build that is then killed: as workers start, while it draws, before it writes."""
BUILDS = 3
"""At once: more than may train."""


def run_here(command: Sequence[str]) -> int:
    """Run a build within this process, where torch is loaded already."""
    assert list(command[1:3]) == ["-m", "reportgen"]
    return run_command([*command[3:], "--quiet"])


def start_build(command: Sequence[str]) -> Started:
    """Start a build in a process of its own."""
    return start_command(command[3:], Path.cwd())


def kill_at(command: Sequence[str], announced: str) -> None:
    """Kill a build and its workers when it announces something."""
    build = start_build(command)
    assert any(line.strip() == announced for line in build.output)
    build.kill_all()
    assert build.end() == -signal.SIGKILL


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[crash.Bench]:
    """An output folder with an earlier report, and the undisturbed build that follows it."""
    folder = tmp_path_factory.mktemp("crash")
    yield crash.prepare(folder, formats="html", seeds=1, run=run_here)
    shutil.rmtree(folder)


def test_a_build_that_is_killed_again_and_again_ends_the_same(
    bench: crash.Bench, tmp_path: Path
) -> None:
    """After kills in each of its phases: identical numbers, no damage, no report lost."""
    output = tmp_path / "output"
    shutil.copytree(bench.template, output)
    for announced in KILLED_AT:
        kill_at(bench.command(output), announced)
        assert list(crash.find_lost(bench, output)) == []
    last = start_build(bench.command(output))
    said = last.output.read()
    assert last.end() == 0, said
    assert "damaged" not in said
    assert crash.compare_runs(bench, output) == (0, [])
    assert crash.compare_documents(bench, output) == []
    assert len(list_history(output / "crash")) == 1


def test_builds_at_once_make_the_same_report(bench: crash.Bench, tmp_path: Path) -> None:
    """Processes build one experiment: all succeed with one report, trained at most twice."""
    output = tmp_path / "output"
    shutil.copytree(bench.template, output)
    # Drawings of the same numbers are there already; what is to meet here is the training.
    shutil.copytree(
        bench.reference / "store" / "figure", output / "store" / "figure", dirs_exist_ok=True
    )
    builds = [start_build(bench.command(output)) for _ in range(BUILDS)]
    said = [build.output.read() for build in builds]
    assert [build.end() for build in builds] == [0] * BUILDS, "\n".join(said)
    assert 1 <= sum(text.count("seed 0: trained") for text in said) <= 2
    assert crash.compare_runs(bench, output) == (0, [])
    assert crash.compare_documents(bench, output) == []
    # A build that differed from the others would have put one of them into the history.
    assert len(list_history(output / "crash")) == 1


def test_a_build_on_a_full_disk_ends_clearly_and_works_later(
    bench: crash.Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a full file system of 20 MB: code 1, one clear line, the old report; later it builds."""
    with small_disk(tmp_path / "disk") as disk:
        output = disk / "output"
        shutil.copytree(bench.reference, output)
        before = {
            path: path.read_bytes() for path in (output / "crash").rglob("*") if path.is_file()
        }
        filler = fill(disk)
        # The shorter training, whose run is kept already: another report, but no waiting.
        command = bench.command(output, epochs=1)
        assert run_here(command) == 1
        said = capsys.readouterr().err
        assert "the disk is full; free some space" in said
        assert "Traceback" not in said
        assert {path: path.read_bytes() for path in before} == before
        filler.unlink()
        assert run_here(command) == 0
        ours, theirs = (
            crash.read_json(place / "crash" / "results.json") for place in (output, bench.template)
        )
        assert crash.untimed(ours) == crash.untimed(theirs)
        assert list(crash.find_torn(output / "crash" / "report.html")) == []
