"""Which figures and tables of a PDF were moved, and behind what.

Finding them takes a layout of the whole document (`floats`), so that a PDF carries them: whoever
typesets it again needs no second layout. They are checked before they are followed: a figure comes
no earlier than the first paragraph of its section, and in the order of figures, a table in that of
tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element

from reportgen.errors import ReportgenError

Kind = Literal["text", "heading", "figure", "table"]
Moves = tuple[tuple[int, int], ...]
"""Place of each figure and table that may move, and of what it follows, counted in `find_blocks` of
the document as it was composed; in the order in which they are set."""

_MOVES = re.compile(r"(?:[0-9]{1,5}:[0-9]{1,5}(?: |$))*")


def write_moves(moves: Moves) -> str:
    """Return moves as text."""
    return " ".join(f"{place}:{before}" for place, before in moves)


def read_moves(text: str) -> Moves:
    """Return the moves of `write_moves`; raises ReportgenError for any other text."""
    if not _MOVES.fullmatch(text):
        raise ReportgenError("it does not state in which order its figures and tables are set")
    pairs = (pair.split(":") for pair in text.split())
    return tuple((int(place), int(before)) for place, before in pairs)


def find_blocks(root: Element) -> list[Element]:
    """Return what the sections of a document consist of, in its order."""
    return [block for section in root.iter("section") for block in section]


def kind_of(element: Element) -> Kind:
    """Return whether a block is text, a heading, or a figure or table that may move."""
    classes = (element.get("class") or "").split()
    # A paragraph that leads to what follows stays with it, as a heading does with its text.
    if element.tag in ("h1", "h2", "h3", "h4") or "leads" in classes:
        return "heading"
    if "twins" in classes:
        return "table"
    if element.tag != "figure" or "long" in classes:
        return "text"
    return "table" if "tabular" in classes else "figure"


def move(root: Element, blocks: Sequence[Element], moves: Moves) -> None:
    """Move figures and tables behind what they follow; `blocks` are in the order as composed.

    Raises ReportgenError, before anything is moved, where no layout gives such an order.
    """
    if not _are_allowed(moves, blocks):
        raise ReportgenError("its figures and tables are set in an order that is never computed")
    parents = {child: parent for parent in root.iter() for child in parent}
    for place, behind in moves:
        block, before = blocks[place], blocks[behind]
        parents[block].remove(block)
        parent = parents[block] = parents[before]
        parent.insert(list(parent).index(before) + 1, block)


def _are_allowed(moves: Moves, blocks: Sequence[Element]) -> bool:
    moved = {place for place, _ in moves}
    if len({before for _, before in moves}) < len(moves):
        return False
    ends: dict[int, int] = {}
    last = {"figure": -1, "table": -1}
    end = -1
    for place, before in moves:
        if max(place, before) >= len(blocks) or before in moved - ends.keys():
            return False
        kind, previous = kind_of(blocks[place]), end
        # The last block before it that does not move.
        end = ends[place] = ends.get(before, before)
        if end < max(_earliest(blocks, place, moved), previous) or place <= last.get(kind, place):
            return False
        last[kind] = place
    return True


def _earliest(blocks: Sequence[Element], place: int, moved: set[int]) -> int:
    """Return the block that a figure has to follow: the first paragraph of its section, if any."""
    earliest = -1
    for at in range(place - 1, -1, -1):
        if at in moved:
            continue
        if kind_of(blocks[at]) == "heading":
            return max(earliest, at)
        earliest = at
    return earliest
