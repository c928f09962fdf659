"""`reportgen check`: read an experiment file and say what it would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import experiment_argument, set_option

if TYPE_CHECKING:
    from reportgen.config.loading import LoadedExperiment
    from reportgen.config.schema import Experiment, Model

EPILOG = """\b
Examples:
  reportgen check                         the default, paper
  reportgen check experiments/mine.toml
  reportgen check quickstart --set training.epochs=3

\b
Exit codes: 0 the file is right; 2 it is not, and every mistake is named.
"""


@click.command(epilog=EPILOG)
@experiment_argument
@set_option
def command(experiment: str | None, overrides: tuple[str, ...]) -> None:
    """Check EXPERIMENT, a name or the path of a TOML file, and say what it would run.

    Nothing is trained, and no data set is looked for.
    """
    from reportgen.config.loading import load_experiment
    from reportgen.training.registry import ARCHITECTURES

    say(describe(load_experiment(experiment, overrides, ARCHITECTURES)))


def describe(loaded: LoadedExperiment) -> str:
    """Say that an experiment is right, and what it would run."""
    experiment = loaded.experiment
    lines = [
        f"{one_line(loaded.path)} is right: {one_line(experiment.title)}",
        f"  data    {_describe_data(experiment)}",
        f"  runs    {_describe_runs(experiment)}",
        *_describe_models(experiment),
        *_describe_training(experiment),
    ]
    return "\n".join(lines)


def _describe_data(experiment: Experiment) -> str:
    data = experiment.data
    if data.source is not None:
        return one_line(data.source)
    if data.name is None:
        return f"labels in {one_line(data.labels)}"
    if data.fallback == "none" or data.fallback == data.name:
        return data.name
    return f"{data.name}; where it cannot be had, {data.fallback}"


def _describe_runs(experiment: Experiment) -> str:
    models = sum(model.predictions is None for model in experiment.models)
    if not models:
        return "none to train: the predictions are imported"
    seeds, epochs = len(experiment.training.seeds), experiment.training.epochs
    return (
        f"{models * seeds}: {_count(models, 'model')} × {_count(seeds, 'seed')} "
        f"({', '.join(map(str, experiment.training.seeds))}), {_count(epochs, 'epoch')} each"
    )


def _describe_models(experiment: Experiment) -> list[str]:
    width = max(len(model.slug) for model in experiment.models)
    return [
        one_line(f"  model   {model.slug:{width}}  {model.name}: {_describe_model(model)}")
        for model in experiment.models
    ]


def _describe_model(model: Model) -> str:
    if model.predictions is not None:
        return f"predictions in {model.predictions}"
    dropout = f"dropout {model.dropout:g}" if model.dropout else "no dropout"
    return f"{model.architecture}, {dropout}"


def _describe_training(experiment: Experiment) -> list[str]:
    if all(model.predictions for model in experiment.models):
        return []
    training = experiment.training
    return [
        f"  trained with {training.optimizer}, learning rate {training.learning_rate:g}, "
        f"batches of {training.batch_size}"
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
