"""The effective configuration, printed as an experiment file that can be run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit


def write_settings(experiment: Mapping[str, Any]) -> str:
    """Return an experiment's JSON as TOML; it reads back as the same experiment.

    What is None is left out, since TOML has no such value and None is always the default.
    """
    return tomlkit.dumps(_without_none(experiment))


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
