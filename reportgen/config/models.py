"""What `[[models]]` name: found and checked without running any of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reportgen.config.findings import Finding, Values, list_at, tables_at
from reportgen.config.schema import Model
from reportgen.config.vocabulary import show
from reportgen.plugins import Plugin, PluginProblem, find_plugin, require_plugin
from reportgen.plugins.signatures import SUPPLIED, check_options

FITTED = ("architecture", "estimator")
"""Fields that name a plug-in; a model that is fitted has exactly one of them."""
SIZES = ("channels", "hidden")
"""Options of the shipped architectures that are lists of sizes."""


def find_plugins(models: tuple[Model, ...], folder: Path) -> dict[str, Plugin]:
    """Return the plug-in of each model by its slug; files are looked for in `folder`.

    Raises PluginFailed: one has been removed or damaged since the experiment was checked.
    """
    found = {}
    for model in models:
        if model.predictions is None:
            kind = "estimator" if model.estimator else "architecture"
            setting = f"models.{model.slug}.{kind}"
            found[model.slug] = require_plugin(
                model.reference, kind, folder, setting, model.declares
            )
    return found


def check_models(values: Values, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the plug-ins of the models and their options."""
    for index, model in tables_at(values, ("models",)):
        for location, message in check_model(model, folder):
            yield Finding(("models", index, *location), message)


def check_model(
    model: Mapping[str, Any], folder: Path
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with the plug-in of one model: where in its table, and a sentence."""
    given = [name for name in FITTED if isinstance(model.get(name), str) and model[name]]
    if len(given) != 1 or "predictions" in model:
        return
    (kind,) = given
    declares = [name for name in list_at(model, ("declares",)) if isinstance(name, str)]
    try:
        plugin = find_plugin(model[kind], kind, folder, declares)
    except PluginProblem as problem:
        yield (kind,), str(problem)
        return
    if model.get("role") == "baseline" and kind != "estimator":
        yield ("role",), "a baseline is an estimator; networks are compared as models"
    yield from _check_options(model, plugin)


def _check_options(
    model: Mapping[str, Any], plugin: Plugin
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    given = model.get("options", {})
    if not isinstance(given, Mapping):
        return
    dropout = model.get("dropout")
    if "dropout" in given and dropout:
        yield ("dropout",), "is given twice; options.dropout is the same"
    options = [*given, *(["dropout"] if dropout and "dropout" not in given else [])]
    for name, value in given.items():
        if not _is_finite(value):
            yield ("options", name), "must be finite"
        elif (
            plugin.is_shipped
            and name in SIZES
            and not (
                isinstance(value, list) and value and all(type(n) is int and n > 0 for n in value)
            )
        ):
            yield (
                ("options", name),
                "must be a list of whole numbers of at least 1, such as [32, 64], "
                f"not {show(value)}",
            )
    if plugin.kind == "estimator" and "random_state" in given:
        yield ("options", "random_state"), "is set from training.seeds; leave it out"
    if plugin.signature is not None:
        supplied = SUPPLIED if plugin.kind == "architecture" else ()
        for option, message in check_options(plugin.signature, options, supplied):
            yield _place(option, given), message


def _place(option: str | None, given: Mapping[str, Any]) -> tuple[str, ...]:
    if option is None:
        return ("options",)
    return ("options", option) if option in given else (option,)


def _is_finite(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
