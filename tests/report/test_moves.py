"""The order of figures and tables that a PDF carries is checked before it is followed."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.report.floats import arrange
from reportgen.report.measuring import Block
from reportgen.report.moves import Kind, Moves, find_blocks, kind_of, move, read_moves, write_moves

TAGS: dict[Kind, tuple[str, str]] = {
    "text": ("p", ""),
    "heading": ("h3", ""),
    "figure": ("figure", "figure"),
    "table": ("figure", "tabular"),
}


def document_of(sections: list[list[Kind]]) -> Element:
    """Return a document whose sections have blocks of these kinds."""
    root = Element("html")
    for kinds in sections:
        section = SubElement(root, "section")
        for kind in kinds:
            tag, name = TAGS[kind]
            SubElement(section, tag, {"class": name})
    return root


def documents() -> st.SearchStrategy[Element]:
    """Documents of up to three sections."""
    kinds: st.SearchStrategy[Kind] = st.sampled_from(["text", "heading", "figure", "table"])
    return st.lists(st.lists(kinds, max_size=8), min_size=1, max_size=3).map(document_of)


@given(documents(), st.data())
def test_every_order_that_is_computed_is_followed(root: Element, data: st.DataObject) -> None:
    """What `arrange` gives for blocks of any height comes out as the order of the document."""
    elements = find_blocks(root)
    heights = st.integers(1, 90).map(float)
    blocks = [
        Block(element, kind_of(element), height := data.draw(heights), 0, 0, (height,))
        for element in elements
    ]
    order = [each.block for each in arrange(blocks, 100.0)]
    places = {element: place for place, element in enumerate(elements)}
    moves = tuple(
        (places[block.element], places[before.element])
        for before, block in pairwise(order)
        if block.kind in ("figure", "table")
    )
    move(root, elements, read_moves(write_moves(moves)))
    assert find_blocks(root) == [block.element for block in order]


@given(documents(), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4))
def test_whatever_is_followed_keeps_the_order_of_each_kind(root: Element, moves: Moves) -> None:
    """Moves that a forger invents are refused, or leave text, figures and tables in their order."""
    elements = find_blocks(root)
    before = list(elements)
    try:
        move(root, elements, tuple(moves))
    except ReportgenError:
        assert find_blocks(root) == before
        return
    after = find_blocks(root)
    moved = {place for place, _ in moves}
    kept = [each for place, each in enumerate(before) if place not in moved]
    assert [each for each in after if each in kept] == kept
    for kind in ("figure", "table"):
        of_kind = [before[place] for place in sorted(moved) if kind_of(before[place]) == kind]
        assert [each for each in after if each in of_kind] == of_kind
    for place in moved:
        assert kind_of(before[place]) in ("figure", "table")
        earlier = [each for each in before[:place] if each in kept]
        headings = [at for at, each in enumerate(earlier) if kind_of(each) == "heading"]
        # Of its own section, the first paragraph alone.
        followed = earlier[: (headings[-1] if headings else -1) + 2]
        assert set(followed) <= set(after[: after.index(before[place])])


@pytest.mark.parametrize("text", ["1", "1:", "1:2,3:4", "x:y", "-1:2", "1:2  3:4", "1" * 9 + ":2"])
def test_what_is_no_list_of_moves_is_refused(text: str) -> None:
    """Text of a forger is read by one pattern."""
    with pytest.raises(ReportgenError, match="in which order"):
        read_moves(text)
