"""Names as labels: a figure has room for so much, whatever models and classes are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reportgen.figures.drawing.parts import text_width

_NAMES = frozenset(("name", "first", "second", "class", "classes", "table"))
"""Keys of a figure's data that hold names from outside."""
_ENDS = (2 / 3, 1 / 2, 1 / 3, 1.0, 0.0)
"""Shares of a shortened name that are kept from its beginning, tried in this order."""


def shorten_names(data: dict[str, Any], room: float) -> dict[str, Any]:
    """Return a figure's data with an ellipsis in every name that is wider than `room`, in points.

    Names that differ are shortened to labels that differ.
    """
    labels = distinct_labels(dict.fromkeys(_names_in(data)), room)
    shortened: dict[str, Any] = _replace(data, labels)
    return shortened


def distinct_labels(names: Iterable[str], room: float) -> dict[str, str]:
    """Return a label for each name, at most `room` points wide, no two of them alike."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        label = next(label for label in _candidates(name, room) if label not in taken)
        labels[name] = label
        taken.add(label)
    return labels


def _candidates(name: str, room: float) -> Iterator[str]:
    """Yield ever other labels of a name; beginning and end both, as names often differ there."""
    for share in _ENDS:
        yield _fit(name, room, share)
    number = 2
    while True:
        yield f"{_fit(name, room - 20, 2 / 3)} ({number})"
        number += 1


def _fit(name: str, room: float, share: float) -> str:
    kept = len(name)
    shown = name
    while text_width(shown) > room and kept > 2:
        kept -= 1
        head = round(kept * share)
        shown = f"{name[:head]}…{name[len(name) - (kept - head) :]}"
    return shown


def _names_in(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner, entry in value.items():
            yield from _names_in(entry, inner)
    elif isinstance(value, list):
        for entry in value:
            yield from _names_in(entry, key)
    elif key in _NAMES and isinstance(value, str):
        yield value


def _replace(value: Any, labels: dict[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _replace(entry, labels, inner) for inner, entry in value.items()}
    if isinstance(value, list):
        return [_replace(entry, labels, key) for entry in value]
    return labels[value] if key in _NAMES and isinstance(value, str) else value
