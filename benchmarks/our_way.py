"""The same models, epochs and batches as `paper_way`, trained by reportgen into a passing store."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from reportgen.config.environment import describe_environment
from reportgen.config.plan import PlannedRun, plan_runs
from reportgen.config.schema import Experiment
from reportgen.data.arrays import DataArrays
from reportgen.data.describe import describe_dataset
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source
from reportgen.execution.progress import Progress, TrainingOptions
from reportgen.execution.runner import available_cores, train_runs
from reportgen.results.runs import load_run
from reportgen.results.store import Store


def plan(
    data: Path, models: str, seeds: Sequence[int], epochs: int, limit: int, precision: str
) -> tuple[DataArrays, tuple[PlannedRun, ...]]:
    """Return the images and the runs of the named models, such as `cnn+dropout`."""
    experiment = Experiment.model_validate(
        {
            "title": "Measurement",
            "data": {"name": "mnist", "train_limit": limit},
            "training": {"epochs": epochs, "seeds": list(seeds), "precision": precision},
            "models": [
                {
                    "name": name,
                    "architecture": name.partition("+")[0],
                    "dropout": 0.5 if "+" in name else 0.0,
                }
                for name in models.split(",")
            ],
        }
    )
    source = find_source(experiment.data, data, None, lambda _: None)
    images = read_arrays(source, experiment.data)
    environment = describe_environment("cpu", precision)
    record = describe_dataset(source, images).record
    return images, plan_runs(experiment, record, environment)


def train(images: DataArrays, planned: Sequence[PlannedRun]) -> Iterator[dict[str, object]]:
    """Train the runs and yield a record for each, and one for the time of all."""
    begun: list[float] = []

    def note(progress: Progress) -> None:
        if progress.state == "started":
            begun.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        train_runs(planned, images, store, TrainingOptions(), note)
        yield {"seconds": time.perf_counter() - begun[0]}
        for run in planned:
            result = load_run(store, run.key)
            if result is not None and result.record.costs is not None:
                predicted = result.evaluations["test"].classes
                accuracy = float((predicted == images.test_labels).mean())
                # Runs share the cores: as many of them train at a time as there are.
                share = result.record.costs.train_seconds / min(available_cores(), len(planned))
                line = {"model": run.model, "seed": run.seed, "accuracy": accuracy}
                yield line | {"epochs_seconds": share}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--epochs", default=1, show_default=True)
@click.option("--limit", default=60_000, show_default=True, help="Training images.")
@click.option("--models", default="cnn,cnn+dropout,mlp,mlp+dropout", show_default=True)
def main(data: Path, epochs: int, limit: int, models: str) -> None:
    """Train the networks side by side, as reportgen does."""
    images, planned = plan(data, models, [0], epochs, limit, "auto")
    for record in train(images, planned):
        click.echo(json.dumps(record))


if __name__ == "__main__":
    main()
