"""Real builds that are killed, that run side by side, and that find the disk full.

`python -m benchmarks crash` is the long form: a hundred kills.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import crash
from reportgen.results.builds import list_history
from tests.support.disks import fill, small_disk

KILLS = 3
BUILDS = 3
"""At once: more than may train."""

pytestmark = pytest.mark.usefixtures("shared_drawings")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[crash.Bench]:
    """An output folder with an earlier report, and the undisturbed build that follows it."""
    folder = tmp_path_factory.mktemp("crash")
    yield crash.prepare(folder, formats="html", seeds=1)
    shutil.rmtree(folder)


def test_a_build_that_is_killed_again_and_again_ends_the_same(
    bench: crash.Bench, tmp_path: Path
) -> None:
    """After kills at random moments: identical numbers, no damage, no report lost."""
    output = tmp_path / "output"
    shutil.copytree(bench.template, output)
    moments = random.Random(1)
    for _ in range(KILLS):
        crash.kill_after(bench.command(output), moments.uniform(0.2, 0.6) * bench.seconds)
        assert list(crash.find_lost(bench, output)) == []
    said = crash.run_to_the_end(bench.command(output))
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
    started = [
        subprocess.Popen(
            bench.command(output), stderr=subprocess.PIPE, text=True, env=crash.environment()
        )
        for _ in range(BUILDS)
    ]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * BUILDS, "\n".join(said)
    assert 1 <= sum(text.count("seed 0: trained") for text in said) <= 2
    assert crash.compare_runs(bench, output) == (0, [])
    assert crash.compare_documents(bench, output) == []
    # A build that differed from the others would have put one of them into the history.
    assert len(list_history(output / "crash")) == 1


def test_a_build_on_a_full_disk_ends_clearly_and_works_later(
    bench: crash.Bench, tmp_path: Path
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
        done = subprocess.run(
            command, capture_output=True, text=True, env=crash.environment(), check=False
        )
        assert done.returncode == 1
        assert "the disk is full; free some space" in done.stderr
        assert "Traceback" not in done.stderr
        assert {path: path.read_bytes() for path in before} == before
        filler.unlink()
        crash.run_to_the_end(command)
        ours, theirs = (
            crash.read_json(place / "crash" / "results.json") for place in (output, bench.template)
        )
        assert crash.untimed(ours) == crash.untimed(theirs)
        assert list(crash.find_torn(output / "crash" / "report.html")) == []
