"""Whether lines of two drawings are in the same places, and as large, within a tolerance.

A tolerance of some points is small beside a figure, but not beside a mark, and a factor of a
transformation that differs by as much would turn what it applies to over. So sizes and factors may
differ only by a share of themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

GEOMETRY = frozenset(
    ("d", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "points", "transform", "viewBox")
)
"""Attributes of a drawing that are compared here."""
_COORDINATE = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?")
_TRANSFORMATION = re.compile(r"([A-Za-z]+)\(([^()]*)\)")
_OFFSETS = {"matrix": (4, 5), "translate": (0, 1), "rotate": (1, 2)}
"""Which numbers of a transformation are places; the others are factors and angles."""
_PAIRS = re.compile(r"[MLCQZz\s,.eE0-9+-]*")
"""Paths all of whose numbers are pairs of coordinates."""
_SHARE = 0.05
"""By how much of its size a shape may be larger or smaller."""
_ROUNDING = 0.0211
"""Points that rounding changes; of factors, which have four digits, a hundredth of it."""


def same_geometry(name: str, expected: str, found: str, tolerance: float) -> bool:
    """Return whether an attribute of a drawing says the same, within a tolerance in points."""
    if name == "transform":
        return _same_transformation(expected, found, tolerance)
    if _COORDINATE.sub("#", expected) != _COORDINATE.sub("#", found):
        return False
    one, other = _numbers(expected), _numbers(found)
    if not all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True)):
        return False
    if name in ("width", "height"):
        return all(
            abs(a - b) <= max(_ROUNDING, _SHARE * a) for a, b in zip(one, other, strict=True)
        )
    if name in ("d", "points") and _PAIRS.fullmatch(expected):
        return _same_size(one[0::2], other[0::2]) and _same_size(one[1::2], other[1::2])
    return True


def _same_size(expected: Sequence[float], found: Sequence[float]) -> bool:
    """Return whether coordinates in one direction are moved together, but for a share."""
    if not expected:
        return True
    moves = [b - a for a, b in zip(expected, found, strict=True)]
    size = max(expected) - min(expected)
    return max(moves) - min(moves) <= max(2 * _ROUNDING, _SHARE * size)


def _same_transformation(expected: str, found: str, tolerance: float) -> bool:
    ours, theirs = _TRANSFORMATION.findall(expected), _TRANSFORMATION.findall(found)
    if _COORDINATE.sub("#", expected) != _COORDINATE.sub("#", found):
        return False

    def holds(place: int, name: str, one: float, other: float) -> bool:
        if place in _OFFSETS.get(name, ()):
            return abs(one - other) <= tolerance
        share = tolerance / 100 if name != "rotate" else 0.0
        return math.isclose(one, other, rel_tol=share, abs_tol=_ROUNDING / 100)

    return all(
        holds(place, name, *pair)
        for (name, one), (_, other) in zip(ours, theirs, strict=True)
        for place, pair in enumerate(zip(_numbers(one), _numbers(other), strict=True))
    )


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _COORDINATE.findall(text)]
