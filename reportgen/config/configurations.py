"""The models that a sweep compares: one for each configuration of each swept model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reportgen.config.plan import seeds_of
from reportgen.config.schema import Experiment, Model
from reportgen.config.sweep import Choices, Configuration, count_combinations
from reportgen.config.training import Training
from reportgen.plugins import Plugin


def swept_models(experiment: Experiment) -> dict[str, dict[str, Choices]]:
    """Return what is tried of each model that the sweep is about: slug → path below it → values.

    A setting of `[training]` is one of every network.
    """
    found = {model.slug: _choices_of(model, experiment) for model in experiment.models}
    return {slug: choices for slug, choices in found.items() if choices}


def _choices_of(model: Model, experiment: Experiment) -> dict[str, Choices]:
    values = experiment.sweep.values if experiment.sweep else {}
    start = f"models.{model.slug}."
    own = {
        path.removeprefix(start): each
        for path, each in values.items()
        if path[: len(start)] == start
    }
    shared = {path: each for path, each in values.items() if path.startswith("training.")}
    return {**(shared if model.architecture else {}), **own}


def count_configurations(experiment: Experiment) -> dict[str, int]:
    """Return how many configurations are tried of each swept model."""
    sweep = experiment.sweep
    return {
        slug: (count_combinations(choices.values()) or 0)
        if sweep and sweep.design == "grid"
        else (sweep and sweep.count) or 0
        for slug, choices in swept_models(experiment).items()
    }


def count_runs(experiment: Experiment, plugins: Mapping[str, Plugin]) -> int:
    """Return how many runs the sweep has; `plugins` are those of the models, by slug."""
    counts, sweep = count_configurations(experiment), experiment.sweep
    return sum(
        counts[model.slug] * min(sweep.seeds, len(seeds_of(model, plugins[model.slug], experiment)))
        for model in experiment.models
        if sweep and model.slug in counts
    )


def configure(model: Model, training: Training, configuration: Configuration) -> Model:
    """Return a model with the values of a configuration; raises ValidationError."""
    changed: dict[str, Any] = model.model_dump(mode="json")
    for path, value in configuration.items():
        *steps, name = path.split(".")
        if name == "dropout":  # It can be written in two places.
            changed["options"].pop("dropout", None)
            changed["dropout"] = 0.0
        if steps[:1] == ["training"]:
            changed["training"] = changed["training"] or {}
        if steps[1:] == ["augmentation"]:
            shared = training.augmentation.model_dump()
            changed["training"]["augmentation"] = changed["training"].get("augmentation") or shared
        table = changed
        for step in steps:
            table = table.setdefault(step, {})
        table[name] = value
    return Model.model_validate_json(json.dumps(changed), strict=True)


def choose(experiment: Experiment, chosen: Mapping[str, Configuration]) -> Experiment:
    """Return the experiment with the selected configuration of each swept model, by slug."""
    models = tuple(
        configure(model, experiment.training, chosen.get(model.slug, {}))
        for model in experiment.models
    )
    return experiment.model_copy(update={"models": models})
