"""Rebuilding beside building: what a kept result saves, what a change of prose costs.

Every measurement is a process of its own. The experiment is small; the documents are not.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.memory import time_python
from benchmarks.training import describe_machine

EXPERIMENT = Path(__file__).parents[1] / "experiments" / "paper.toml"
BUILD = ("-m", "reportgen", "build", "experiment.toml")


def repeat(arguments: Sequence[str], folder: Path, times: int) -> tuple[float, int]:
    """Return the median of the seconds, and the largest peak."""
    found = [time_python(arguments, folder) for _ in range(times)]
    return statistics.median(entry[0] for entry in found), max(entry[1] for entry in found)


def print_row(what: str, seconds: float, peak: int, ratio: str = "") -> None:
    """Print one row of the table."""
    click.echo(f"{what:44}{seconds:9.2f} s{peak / 2**20:9.0f} MiB   {ratio}".rstrip())


def measure_builds(folder: Path, epochs: int, times: int) -> None:
    """Print a cold build, and what follows it."""
    file = folder / "experiment.toml"
    text = EXPERIMENT.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    options = ["--set", f"training.epochs={epochs}"]
    cold, peak, _ = time_python([*BUILD, *options], folder)
    print_row(f"cold build, {epochs} epochs", cold, peak)
    seconds, peak = repeat([*BUILD, *options], folder, times)
    print_row("the same again, HTML and PDF", seconds, peak, f"{seconds / cold:.1%} of the cold")
    seconds, peak = repeat([*BUILD, *options, "--format", "html"], folder, times)
    print_row("the same again, HTML", seconds, peak)
    found = []
    for attempt in range(times):
        note = f"\n[notes]\nconclusion = 'Edited {attempt} times.'\n"
        file.write_text(text + note, encoding="utf-8")
        found.append(time_python([*BUILD, *options, "--format", "html"], folder))
    print_row(
        "after an edit of prose, HTML",
        statistics.median(entry[0] for entry in found),
        max(entry[1] for entry in found),
    )


def measure_help(folder: Path, times: int) -> None:
    """Print how long `--help` takes beside an empty program, in turns."""
    programs = {"python -c pass": ["-c", "pass"], "--help": ["-m", "reportgen", "--help"]}
    found: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(times):
        for name, arguments in programs.items():
            found[name].append(time_python(arguments, folder)[0])
    nothing, helped = (statistics.median(found[name]) for name in programs)
    click.echo(f"{'--help':44}{helped:9.2f} s{'':16}{helped / nothing:.1f} × python -c pass")


def measure_growth(times: int) -> None:
    """Print the report of 64 runs beside that of 16."""
    root = Path(__file__).parents[1]
    totals = []
    for models in (4, 16):
        runs = [
            time_python(["-m", "benchmarks.report_side", str(models), "4"], root)
            for _ in range(times)
        ]
        steps = [json.loads(output) for _, _, output in runs]
        totals.append(statistics.median(sum(entry.values()) for entry in steps))
        parts = ", ".join(
            f"{name} {statistics.median(entry[name] for entry in steps):.1f} s" for name in steps[0]
        )
        peak = max(peak for _, peak, _ in runs)
        print_row(f"report of {models} models × 4 seeds", totals[-1], peak, parts)
    click.echo(f"16 models take {totals[1] / totals[0]:.1f} × the time of 4")


@click.command()
@click.option("--epochs", default=10, show_default=True, help="Of the cold build.")
@click.option("--times", default=5, show_default=True, help="How often what is quick is repeated.")
def command(epochs: int, times: int) -> None:
    """Measure rebuilding: cold, cached, edited; `--help`; the report side of 64 runs."""
    click.echo(describe_machine())
    with tempfile.TemporaryDirectory() as name:
        measure_builds(Path(name), epochs, times)
        measure_help(Path(name), max(times, 5))
    measure_growth(max(1, times // 2))
