"""Whether speed costs accuracy: the paper's way, ours in float32, and ours in reduced precision.

Runs of the same seed begin with the same weights and see the same batches, so that two precisions
are compared by the differences between runs of the same seed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import click
from scipy import stats

from benchmarks.our_way import plan, train
from benchmarks.training import MODELS, describe_machine
from reportgen.execution.runner import available_cores

Accuracies = Mapping[str, Sequence[float]]
"""Model → accuracy of each seed."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--epochs", default=10, show_default=True)
@click.option("--seeds", default=5, show_default=True)
@click.option("--limit", default=60_000, show_default=True, help="Training images.")
@click.option("--models", default=MODELS, show_default=True)
@click.option("--paper/--no-paper", default=True, show_default=True, help="Train its way too.")
@click.option(
    "--precision",
    default=("float32", "bfloat16"),
    show_default=True,
    multiple=True,
    type=click.Choice(["float32", "bfloat16"]),
    help="Ours; bfloat16 is slow where the processor has no unit for it. Repeatable.",
)
def command(
    data: Path,
    epochs: int,
    seeds: int,
    limit: int,
    models: str,
    paper: bool,
    precision: tuple[str, ...],
) -> None:
    """Train every model with several seeds in each way, and compare the accuracies."""
    columns = {}
    if paper:
        columns["the paper's way"] = train_the_papers_way(data, epochs, seeds, limit, models)
    for setting in precision:
        images, planned = plan(data, models, range(seeds), epochs, limit, setting)
        columns[setting] = _collect(setting, train(images, planned))
    click.echo(
        f"{describe_machine()}\n{limit:,} training images, {epochs} epochs, {seeds} seeds: "
        "mean ± deviation\n"
    )
    click.echo(f"| model | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for names in zip(*columns.values(), strict=True):
        cells = [_cell(column[name]) for name, column in zip(names, columns.values(), strict=True)]
        click.echo(f"| {names[0]} | {' | '.join(cells)} |")
    if {"float32", "bfloat16"} <= columns.keys() and seeds > 1:
        click.echo("\nbfloat16 - float32, paired by seed, in points: mean [95 % interval]")
        for model in columns["float32"]:
            click.echo(
                f"{model}: {_difference(columns['bfloat16'][model], columns['float32'][model])}"
            )


def train_the_papers_way(
    data: Path, epochs: int, seeds: int, limit: int, models: str
) -> Accuracies:
    """Train the paper's way, as many runs at once as there are cores, one thread each."""

    def run(job: tuple[str, int]) -> dict[str, object]:
        name, seed = job
        options = {"data": data, "epochs": epochs, "limit": limit, "models": name, "seed": seed}
        arguments = [f"--{key}={value}" for key, value in options.items()]
        command = [sys.executable, "-m", "benchmarks.paper_way", *arguments]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        output = subprocess.run(command, check=True, capture_output=True, env=environment).stdout
        record: dict[str, object] = json.loads(output)
        return record

    with ThreadPoolExecutor(available_cores()) as pool:
        records = pool.map(run, product(models.split(","), range(seeds)))
        return _collect("the paper's way", records)


def _collect(way: str, records: Iterable[Mapping[str, object]]) -> Accuracies:
    """Return the accuracies, and print each as it comes: the whole takes an hour."""
    accuracies: dict[str, list[float]] = {}
    for record in records:
        if "model" in record:
            model, accuracy = str(record["model"]), float(str(record["accuracy"]))
            accuracies.setdefault(model, []).append(accuracy)
            click.echo(f"{way}: {model}, seed {record['seed']}: {accuracy:.4f}", err=True)
    return accuracies


def _cell(values: Sequence[float]) -> str:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.4f} ± {spread:.4f}"


def _difference(first: Sequence[float], second: Sequence[float]) -> str:
    """Return the mean of paired differences with its interval by the t distribution."""
    points = [100 * (one - other) for one, other in zip(first, second, strict=True)]
    mean = statistics.mean(points)
    half = stats.t.ppf(0.975, len(points) - 1) * statistics.stdev(points) / len(points) ** 0.5
    return f"{mean:+.3f} [{mean - half:+.3f}, {mean + half:+.3f}]"
