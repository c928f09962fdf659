"""The heights of a document's blocks, measured on pages without end.

What a section measures does not depend on the content of the others, so that sections which were
measured before are laid out empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any, Protocol
from xml.etree.ElementTree import Element, tostring

from reportgen.report.moves import Kind, kind_of

_DECIMALS = 3
"""Of a length in pixels: a block measures the same wherever it is on its page."""


class Measured(Protocol):
    """Sections that were measured: a dictionary, or what keeps them.

    Keys are digests of a section and of the document without its sections. Values are JSON, for
    each block: position in the section, height, margins above and below, breaks.
    """

    def get(self, key: str, /) -> list[Any] | None:
        """Return the lengths of a section's blocks; None where it was not measured."""

    def __setitem__(self, key: str, lengths: list[Any], /) -> None:
        """Keep the lengths of a section's blocks."""


@dataclass(frozen=True, eq=False)
class Block:
    """A block of the text, as it was measured; lengths in CSS pixels."""

    element: Element
    kind: Kind
    height: float
    margin_top: float
    margin_bottom: float
    breaks: tuple[float, ...]
    """Where a page may end within the block: distances from its top, the last one its height."""
    begins_page: bool = False
    """Whether a page ends before the block, whatever is on it."""


def measure(html: Any, style: Any, measured: Measured) -> list[Block]:
    """Return the blocks of all sections of a parsed document, which is laid out with `style`.

    Sections that `measured` has are taken from it, others are added.
    """
    contents = {section: list(section) for section in html.etree_element.iter("section")}
    keys = _make_keys(html.etree_element, contents)
    found = {section: measured.get(key) for section, key in keys.items()}
    known = {section: lengths for section, lengths in found.items() if lengths is not None}
    _remove(known, contents)
    wrap_again(html)
    pages = [list(_find_sections(page)) for page in html.render(stylesheets=[style]).pages]
    for section in known:
        section.extend(contents[section])
    blocks: list[Block] = []
    boxes = Counter(section for page in pages for section, _ in page)
    for number, page in enumerate(pages):
        first = len(blocks)
        for section, box in page:
            if section in known:
                blocks += _recall(known[section], contents[section])
                continue
            own = [_block(child) for child in box.children if _is_block(child, box)]
            if section in keys and boxes[section] == 1:
                measured[keys[section]] = [_lengths(each, contents[section]) for each in own]
            blocks += own
        # On pages without end, only a style that asks for it begins another one.
        if number and first < len(blocks):
            blocks[first] = replace(blocks[first], begins_page=True)
    return blocks


def wrap_again(html: Any) -> None:
    """Have WeasyPrint see the changes that were made to a document's tree."""
    html.wrapper_element = type(html.wrapper_element).from_html_root(
        html.etree_element, content_language=None
    )


def _make_keys(root: Element, contents: Mapping[Element, list[Element]]) -> dict[Element, str]:
    """Return the key of each section; none where sections are within sections."""
    if any(section.find(".//section") is not None for section in contents):
        return {}
    texts = [tostring(section) for section in contents]
    _remove(contents, contents)
    frame = tostring(root)
    for section, content in contents.items():
        section.extend(content)
    return {
        section: sha256(frame + text).hexdigest()
        for section, text in zip(contents, texts, strict=True)
    }


def _remove(sections: Iterable[Element], contents: Mapping[Element, list[Element]]) -> None:
    for section in sections:
        for child in contents[section]:
            section.remove(child)


def _find_sections(page: Any) -> Iterator[tuple[Element, Any]]:
    """Yield each section on a page with its box."""
    for box in page._page_box.descendants():
        if box.element_tag == "section" and hasattr(box, "children"):
            yield box.element, box


def _is_block(child: Any, section: Any) -> bool:
    return child.element is not section.element and child.is_in_normal_flow()


def _lengths(block: Block, content: Sequence[Element]) -> list[Any]:
    return [
        content.index(block.element),
        *(block.height, block.margin_top, block.margin_bottom, list(block.breaks)),
    ]


def _recall(lengths: Iterable[list[Any]], content: Sequence[Element]) -> Iterator[Block]:
    for place, height, top, bottom, breaks in lengths:
        element = content[place]
        yield Block(element, kind_of(element), height, top, bottom, tuple(breaks))


def _block(box: Any) -> Block:
    top = box.position_y + box.margin_top
    breaks = tuple(round(at - top, _DECIMALS) for at in _breaks(box))
    return Block(
        box.element,
        kind_of(box.element),
        max(round(box.border_height(), _DECIMALS), breaks[-1]),
        round(box.margin_top, _DECIMALS),
        round(box.margin_bottom, _DECIMALS),
        breaks,
    )


def _breaks(box: Any) -> list[float]:
    """Return the heights at which a page may end within a box, its own end last."""
    bottom = box.position_y + box.margin_height() - box.margin_bottom
    children = getattr(box, "children", ())
    kind = type(box).__name__
    if kind in ("LineBox", "TableRowBox") or not children or _is_whole(box):
        return [bottom]
    if all(type(child).__name__ == "LineBox" for child in children):
        ends = [line.position_y + line.height for line in children]
        lines = ends[box.style["orphans"] - 1 : len(ends) - box.style["widows"]]
        return [*lines, bottom]
    inner = sorted(_breaks_between([each for each in children if each.is_in_normal_flow()]))
    return [*inner[:-1], max(bottom, *inner[-1:])]


def _breaks_between(children: Sequence[Any]) -> Iterator[float]:
    """Yield the heights at which a page may end within children and behind them.

    Columns beside each other break at the heights of their lines: what remains fills columns too.
    """
    for child, following in pairwise([*children, None]):
        breaks = _breaks(child)
        if following and "avoid" in (child.style["break_after"], following.style["break_before"]):
            breaks = breaks[:-1]
        yield from breaks


def _is_whole(box: Any) -> bool:
    return box.style["break_inside"] in ("avoid", "avoid-page") or "flex" in box.style["display"]
