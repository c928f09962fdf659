"""The effective configuration, printed as an experiment file that can be run again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def write_settings(experiment: Mapping[str, Any]) -> str:
    """Return an experiment's JSON as TOML; it reads back as the same experiment.

    What is None is left out, since TOML has no such value and None is always the default.
    """
    return "\n".join(_table(experiment, "")).strip() + "\n"


def _table(values: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the lines of one table: its own values first, then its tables."""
    values = {key: value for key, value in values.items() if value is not None}
    for key, value in values.items():
        if not _is_table(value) and not _is_table_list(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in values.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if _is_table(value):
            yield from ("", f"[{name}]")
            yield from _table(value, name)
        elif _is_table_list(value):
            for entry in value:
                yield from ("", f"[[{name}]]")
                yield from _table(entry, name)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_table_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_table(entry) for entry in value)


def _key(key: str) -> str:
    is_bare = bool(key) and all(char.isascii() and (char.isalnum() or char in "-_") for char in key)
    return key if is_bare else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON strings are TOML basic strings, but for U+007F, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    return repr(value)
