"""The effective configuration, printed as an experiment file that can be run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from reportgen.config.data_checks import SETTINGS
from reportgen.config.schema import Experiment


def write_settings(experiment: Mapping[str, Any]) -> str:
    """Return an experiment's JSON as TOML; it reads back as the same experiment.

    What is None is left out, since TOML has no such value and None is always the default; so is how
    models are trained, where none is.
    """
    imported = experiment.get("data", {}).get("labels") is not None
    return tomlkit.dumps(_without_none(_without_training(experiment) if imported else experiment))


def write_changed_settings(experiment: Experiment) -> str:
    """Return as TOML what an experiment sets otherwise than by default, and no document prints.

    A line holds a table, or an entry of a list of tables, so that little room is needed.
    """
    changed = experiment.model_dump(
        mode="json", exclude_defaults=True, exclude=set(_PRINTED_ELSEWHERE)
    )
    return tomlkit.dumps(
        {name: _on_one_line(value) for name, value in _without_none(changed).items()}
    )


def _on_one_line(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _on_one_line(each) for key, each in value.items()})
        return table
    if not isinstance(value, list):
        return value
    entries = tomlkit.array()
    entries.extend(map(_on_one_line, value))
    return entries.multiline(any(isinstance(each, Mapping) for each in value))


def _without_training(experiment: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the settings of training and of reading data."""
    shown = {name: value for name, value in experiment.items() if name != "training"}
    shown["data"] = {
        name: value
        for name, value in experiment["data"].items()
        if name == "labels" or "labels" in SETTINGS.get(name, ())
    }
    shown["models"] = [{name: model.get(name) for name in _MODEL} for model in experiment["models"]]
    return shown


_PRINTED_ELSEWHERE = (
    *("title", "subtitle", "keywords", "cover", "contributions", "notes", "published"),
    "references",
)
_MODEL = ("name", "slug", "predictions", "kind")


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
