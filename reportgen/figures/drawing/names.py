"""Names as labels: a figure has room for so much, whatever models and classes are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
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
    shortened: dict[str, Any] = _replace(data, _Labels(room))
    return shortened


def distinct_labels(names: Iterable[str], room: float) -> list[str]:
    """Return a label for each name, at most `room` points wide; other names have other labels."""
    return list(map(_Labels(room).__getitem__, names))


class _Labels(dict[str, str]):
    """Name → label, which is chosen when it is first asked for; no two are alike."""

    def __init__(self, room: float) -> None:
        self._room = room

    def __missing__(self, name: str) -> str:
        taken = set(self.values())
        label = next(label for label in _candidates(name, self._room) if label not in taken)
        self[name] = label
        return label


def _candidates(name: str, room: float) -> Iterator[str]:
    """Yield ever other labels of a name; beginning and end both, as names often differ there."""
    for share in _ENDS:
        yield _fit(name, room, share)
    for number in count(2):
        yield f"{_fit(name, room - 20, 2 / 3)} ({number})"


def _fit(name: str, room: float, share: float) -> str:
    kept = len(name)
    shown = name
    while text_width(shown) > room and kept > 2:
        kept -= 1
        head = round(kept * share)
        shown = f"{name[:head]}…{name[len(name) - (kept - head) :]}"
    return shown


def _replace(value: Any, labels: _Labels, key: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _replace(entry, labels, inner) for inner, entry in value.items()}
    if isinstance(value, list):
        return [_replace(entry, labels, key) for entry in value]
    return labels[value] if key in _NAMES and isinstance(value, str) else value
