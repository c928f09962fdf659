"""`reportgen check`: read an experiment file and print what it would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import experiment_argument, set_option
from reportgen.wording import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reportgen.config.loading import LoadedExperiment
    from reportgen.config.schema import Data, Experiment, Model
    from reportgen.plugins import Plugin

EPILOG = """\b
Examples:
  reportgen check                         the default, paper
  reportgen check experiments/mine.toml
  reportgen check quickstart --set training.epochs=3

\b
Exit codes: 0 the file is valid; 2 it is not, and every mistake is listed.
"""


@click.command(epilog=EPILOG)
@experiment_argument
@set_option
def command(experiment: str | None, overrides: tuple[str, ...]) -> None:
    """Check EXPERIMENT, a name or the path of a TOML file, and print what it would run.

    This trains nothing, does not look for data, and does not run plug-ins: it only reads their
    files and lists them with their digests.
    """
    from reportgen.config.loading import load_experiment

    say(describe(load_experiment(experiment, overrides)))


def describe(loaded: LoadedExperiment) -> str:
    """Return a description of what an experiment would run."""
    experiment, plugins = loaded.experiment, loaded.find_plugins()
    lines = [
        f"{one_line(loaded.path)} is valid: {one_line(experiment.title)}",
        f"  data    {_describe_data(experiment)}",
        f"  runs    {_describe_runs(experiment, plugins)}",
        *_describe_sweep(experiment, plugins),
        *_describe_models(experiment, plugins),
        *_describe_plugins(
            [
                *plugins.values(),
                *loaded.find_metric_plugins().values(),
                *loaded.find_study_plugins().values(),
            ]
        ),
        *_describe_training(experiment),
    ]
    return "\n".join(lines)


def _describe_data(experiment: Experiment) -> str:
    data = experiment.data
    if data.source is not None:
        return one_line(_describe_source(data))
    if data.name is None:
        return f"labels in {one_line(data.labels)}"
    if data.fallback == "none" or data.fallback == data.name:
        return data.name
    return f"{data.name}; where it is not available, {data.fallback}"


def _describe_source(data: Data) -> str:
    """Return where the user's own data are, and how they are split."""
    from reportgen.config.data_checks import KINDS, SETTINGS, source_kind

    kind = source_kind(data.source)
    parts = [f"{data.source}, {KINDS[kind]}"]
    if data.label is not None:
        parts.append(f"classes in the column {data.label}")
    if data.test is not None:
        parts.append(f"test set: {data.test}")
    elif kind in SETTINGS["test_fraction"]:
        share = f"{data.test_fraction:g} of each class, drawn with seed {data.split_seed}"
        parts.append(f"test set: {share}" if kind == "table" else f"test set: its own, or {share}")
    return "; ".join(parts)


def _describe_runs(experiment: Experiment, plugins: Mapping[str, Plugin]) -> str:
    from reportgen.config.plan import seeds_of

    fitted = [model for model in experiment.models if model.predictions is None]
    if not fitted:
        return "none to train: the predictions are imported"
    counts = [len(seeds_of(model, plugins[model.slug], experiment)) for model in fitted]
    seeds = experiment.training.seeds
    text = (
        f"{sum(counts)}: {number_of(len(fitted), 'model')} × {number_of(len(seeds), 'seed')} "
        f"({', '.join(map(str, seeds))})"
    )
    if any(model.run_kind == "network" for model in fitted):
        text += f", {number_of(experiment.training.epochs, 'epoch')} each"
    once = [model.slug for model, count in zip(fitted, counts, strict=True) if count < len(seeds)]
    return f"{text}; no random numbers, so fitted once: {', '.join(once)}" if once else text


def _describe_sweep(experiment: Experiment, plugins: Mapping[str, Plugin]) -> list[str]:
    from reportgen.config.configurations import count_configurations, count_runs

    if experiment.sweep is None:
        return []
    counts = count_configurations(experiment)
    total = number_of(sum(counts.values()), "configuration")
    each = ", ".join(f"{count:,} of {slug}" for slug, count in counts.items())
    runs = number_of(count_runs(experiment, plugins), "run")
    return [f"  sweep   {total} ({experiment.sweep.design}: {each}), {runs} before the others"]


def _describe_models(experiment: Experiment, plugins: Mapping[str, Plugin]) -> list[str]:
    width = max(len(model.slug) for model in experiment.models)
    return [
        one_line(
            f"  {model.role:7} {model.slug:{width}}  {model.name}: "
            f"{_describe_model(model, plugins.get(model.slug))}"
        )
        for model in experiment.models
    ]


def _describe_model(model: Model, plugin: Plugin | None) -> str:
    if plugin is None:
        return f"predictions in {model.predictions}"
    options = [f"{name} {value}" for name, value in model.options.items()]
    if model.dropout or (plugin.is_shipped and "dropout" not in model.options):
        options.append(f"dropout {model.dropout:g}" if model.dropout else "no dropout")
    return ", ".join([model.reference, *options])


def _describe_plugins(plugins: Iterable[Plugin]) -> list[str]:
    """Return a line for each file of the user's own code, with the start of its digest."""
    files = {
        path: f"  plug-in {label}, {plugin.digests[label][:12]}"
        for plugin in plugins
        for label, path in plugin.files.items()
    }
    note = ["  (a plug-in's code runs when the experiment is built)"] if files else []
    return [*map(one_line, files.values()), *note]


def _describe_training(experiment: Experiment) -> list[str]:
    if all(model.architecture is None for model in experiment.models):
        return []
    training = experiment.training
    return [
        f"  trained with {training.optimizer}, learning rate {training.learning_rate:g}, "
        f"batches of {training.batch_size}"
    ]
