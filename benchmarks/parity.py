"""Whether the default precision costs accuracy: the same runs in float32 and in `auto`."""

from __future__ import annotations

import statistics
from pathlib import Path

import click

from benchmarks.our_way import plan, train
from benchmarks.training import MODELS, describe_machine


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--epochs", default=10, show_default=True)
@click.option("--seeds", default=5, show_default=True)
@click.option("--limit", default=60_000, show_default=True, help="Training images.")
@click.option("--models", default=MODELS, show_default=True)
@click.option(
    "--precision",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "bfloat16"]),
    help="What to set beside float32.",
)
def command(data: Path, epochs: int, seeds: int, limit: int, models: str, precision: str) -> None:
    """Train every model with several seeds in both precisions, and compare the accuracies."""
    accuracies: dict[tuple[str, str], list[float]] = {}
    for setting in ("float32", precision):
        images, planned = plan(data, models, range(seeds), epochs, limit, setting)
        resolved = planned[0].ingredients.spec.precision
        click.echo(f"{setting} is {resolved} here")
        if setting != "float32" and resolved == "float32":
            click.echo("There is nothing to compare: every number would be the same.")
            return
        for record in train(images, planned):
            if "model" in record:
                pair = str(record["model"]), setting
                accuracies.setdefault(pair, []).append(float(str(record["accuracy"])))
    click.echo(f"\n{describe_machine()}\n{epochs} epochs, {seeds} seeds: mean ± deviation\n")
    click.echo(f"| model | float32 | {precision} | difference |\n|---|---|---|---|")
    for model in dict.fromkeys(name for name, _ in accuracies):
        click.echo(_row(model, accuracies[model, "float32"], accuracies[model, precision]))


def _row(model: str, first: list[float], second: list[float]) -> str:
    cells = [
        f"{statistics.mean(values):.4f} ± {statistics.stdev(values) if len(values) > 1 else 0:.4f}"
        for values in (first, second)
    ]
    difference = statistics.mean(second) - statistics.mean(first)
    return f"| {model} | {cells[0]} | {cells[1]} | {difference:+.4f} |"
