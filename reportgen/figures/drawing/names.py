"""Names as labels: a figure has room for so much, whatever models and classes are called."""

from __future__ import annotations

from typing import Any

from reportgen.figures.drawing.parts import text_width

_NAMES = frozenset(("name", "first", "second", "class", "classes", "table"))
"""Keys of a figure's data that hold names from outside."""
_WIDEST = 130.0
"""Points of a label; two of them and an interval stand beside the differences of models."""


def shorten_names(value: Any, key: str = "") -> Any:
    """Return a figure's data with an ellipsis inside every name that no label has room for."""
    if isinstance(value, dict):
        return {inner: shorten_names(entry, inner) for inner, entry in value.items()}
    if isinstance(value, list):
        return [shorten_names(entry, key) for entry in value]
    return _fit(value) if key in _NAMES and isinstance(value, str) else value


def _fit(name: str) -> str:
    """Keep beginning and end, as names often differ in their last word."""
    kept = len(name)
    shown = name
    while text_width(shown) > _WIDEST and kept > 2:
        kept -= 1
        shown = f"{name[: kept - kept // 3]}…{name[len(name) - kept // 3 :]}"
    return shown
