"""Attributes that neighbours of a drawing have in common, written once for all of them.

A figure has hundreds of marks with the same colours, widths and clipping; a group around those that
follow each other has them instead. What is painted, and in which order, stays the same.
"""

from __future__ import annotations

from itertools import takewhile
from xml.etree import ElementTree as ET

_GROUP = "{http://www.w3.org/2000/svg}g"
_SHARED = (
    *("clip-path", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity"),
    *("stroke-linecap", "stroke-linejoin", "stroke-dasharray", "stroke-dashoffset"),
    *("font-size", "font-weight", "text-anchor"),
)
"""Attributes that a group has for its content: they are inherited, or apply to all of it."""
_COST = len("<g ></g>")


def leave_to_markers(root: ET.Element) -> None:
    """Drop from each use of a marker the attributes that the marker has itself: these prevail."""
    markers = {f"#{name}": each for each in root.iter() if (name := each.get("id"))}
    for use in root.iter("{http://www.w3.org/2000/svg}use"):
        for name in markers[use.attrib["href"]].attrib.keys() & set(_SHARED) - {"clip-path"}:
            use.attrib.pop(name, None)


def share_attributes(parent: ET.Element) -> None:
    """Put groups around children that have attributes in common, wherever this is shorter."""
    rest, kept = list(parent), []
    while rest:
        name, count = max(
            ((name, _count(rest, name)) for name in _SHARED),
            key=lambda found: _saved(rest[0], *found),
        )
        if _saved(rest[0], name, count) > _COST:
            kept.append(_gather(rest[:count]))
        else:
            count = 1
            kept.append(rest[0])
            share_attributes(rest[0])
        del rest[:count]
    parent[:] = kept


def _count(elements: list[ET.Element], name: str) -> int:
    """Return how many elements, from the first on, have the first one's value of an attribute."""
    value = elements[0].get(name)
    if value is None:
        return 0
    return sum(1 for _ in takewhile(lambda other: _can_share(other, name, value), elements))


def _can_share(element: ET.Element, name: str, value: str) -> bool:
    # A clip path is placed by the transformation of the element that refers to it.
    return element.get(name) == value and not (
        name == "clip-path" and "transform" in element.attrib
    )


def _saved(element: ET.Element, name: str, count: int) -> int:
    return (count - 1) * len(f' {name}="{element.get(name)}"')


def _gather(elements: list[ET.Element]) -> ET.Element:
    """Return a group of the elements that has all attributes that they share."""
    group = ET.Element(_GROUP)
    for name in _SHARED:
        value = elements[0].get(name)
        if value is not None and all(_can_share(each, name, value) for each in elements):
            group.set(name, value)
            for each in elements:
                del each.attrib[name]
    group.extend(elements)
    share_attributes(group)
    return group
