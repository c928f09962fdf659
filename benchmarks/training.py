"""Our training beside the paper's way: the same models, epochs and batches, in turns.

Each measurement is a process of its own, from its start to its end. Turns alternate, so that a
machine that gets slower or faster meanwhile does so for both; medians are compared.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.memory import time_python

WAYS = {"paper": "benchmarks.paper_way", "reportgen": "benchmarks.our_way"}
MODELS = "cnn,cnn+dropout,mlp,mlp+dropout"


@dataclass(frozen=True)
class Measurement:
    """One process that trained all models."""

    seconds: float
    """From the start of the process to its end."""
    training_seconds: float
    """Without the start: imports, reading the images. Evaluation is in it: the paper's way looks at
    the test set alone, reportgen at the training set as well."""
    epochs_seconds: float
    """Without evaluation: the epochs alone."""
    peak_bytes: int
    """Over all its processes, shared pages counted once."""
    accuracies: dict[str, float]


def measure(module: str, arguments: list[str]) -> Measurement:
    """Run one way of training, and watch its time and memory."""
    # Ten looks a second would take a tenth of a core, and more from four processes than from one.
    seconds, peak, output = time_python(["-m", module, *arguments], interval=2.0)
    lines = [json.loads(line) for line in output.splitlines()]
    return Measurement(
        seconds=seconds,
        training_seconds=sum(line.get("seconds", 0.0) for line in lines),
        epochs_seconds=sum(line.get("epochs_seconds", 0.0) for line in lines),
        peak_bytes=peak,
        accuracies={line["model"]: line["accuracy"] for line in lines if "model" in line},
    )


def describe_machine() -> str:
    """Return processor, cores and versions in one line."""
    import torch

    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    processor = names[0] if names else platform.processor()
    cores = len(os.sched_getaffinity(0))
    return (
        f"{processor}, {cores} cores, Python {platform.python_version()}, torch {torch.__version__}"
    )


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--epochs", default=1, show_default=True)
@click.option("--repeats", default=3, show_default=True, help="Turns of each way.")
@click.option("--limit", default=60_000, show_default=True, help="Training images.")
@click.option("--models", default=MODELS, show_default=True)
def command(data: Path, epochs: int, repeats: int, limit: int, models: str) -> None:
    """Time the training of the paper's models, ours against the paper's way."""
    arguments = [f"--data={data}", f"--epochs={epochs}", f"--limit={limit}", f"--models={models}"]
    click.echo(describe_machine())
    click.echo(f"{models}: {epochs} epoch(s) of {limit} images, {repeats} turns each\n")
    measured: dict[str, list[Measurement]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, module in WAYS.items():
            measured[way].append(measure(module, arguments))
            click.echo(_row(way, measured[way][-1]))
    click.echo("\nMedians")
    medians = {way: _median(turns) for way, turns in measured.items()}
    for way, median in medians.items():
        click.echo(_row(way, median))
    ours, theirs = medians["reportgen"], medians["paper"]
    click.echo(
        f"\nThe paper's way takes {theirs.epochs_seconds / ours.epochs_seconds:.2f} times as long "
        f"for the epochs, {theirs.training_seconds / ours.training_seconds:.2f} times with "
        "evaluation (ours of the training set too), "
        f"{theirs.seconds / ours.seconds:.2f} times with start and imports"
    )


def _row(way: str, measurement: Measurement) -> str:
    accuracies = ", ".join(f"{name} {value:.4f}" for name, value in measurement.accuracies.items())
    return (
        f"{way:10} epochs {measurement.epochs_seconds:7.2f} s  "
        f"with evaluation {measurement.training_seconds:7.2f} s  "
        f"whole process {measurement.seconds:7.2f} s  "
        f"memory {measurement.peak_bytes / 2**20:6.0f} MiB  {accuracies}"
    )


def _median(turns: list[Measurement]) -> Measurement:
    return Measurement(
        seconds=statistics.median(turn.seconds for turn in turns),
        training_seconds=statistics.median(turn.training_seconds for turn in turns),
        epochs_seconds=statistics.median(turn.epochs_seconds for turn in turns),
        peak_bytes=int(statistics.median(turn.peak_bytes for turn in turns)),
        accuracies={
            name: statistics.median(turn.accuracies[name] for turn in turns)
            for name in turns[0].accuracies
        },
    )
