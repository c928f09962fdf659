"""Figures and tables that float: where one does not fit on its page, the text after it comes first.

WeasyPrint sets blocks in their order and leaves the rest of a page empty where a figure does not
fit. So the document is laid out twice. The first time it is set on pages without end, which
measures every block; from the heights follows an order in which pages are full; in that order it is
set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal
from xml.etree.ElementTree import Element

Kind = Literal["text", "heading", "figure", "table"]

_ENDLESS = 190_000.0
"""Height in CSS pixels of the pages on which blocks are measured, 50 m."""
_RESERVE = 4.0
"""Pixels of each page that are not counted on: broken blocks differ a little from measured ones."""
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")


@dataclass(frozen=True, eq=False)
class Block:
    """A block of the text, as it was measured; lengths in CSS pixels."""

    element: Element
    parent: Element
    kind: Kind
    height: float
    margin_top: float
    margin_bottom: float
    breaks: tuple[float, ...]
    """Where a page may end within the block: distances from its top, the last one its height."""
    begins_page: bool = False
    """Whether a page ends before the block, whatever is on it."""


def float_blocks(weasyprint: Any, html: Any) -> None:
    """Put the figures and tables of a parsed document where they leave no page half empty.

    `html` is a `weasyprint.HTML`, whose tree is changed.
    """
    width, height = _page_size(weasyprint, html)
    style = weasyprint.CSS(string=f"@page{{size:{width}px {_ENDLESS}px !important}}")
    measured = html.render(stylesheets=[style])
    blocks = tuple(_measure(measured))
    _reorder(blocks, arrange(blocks, height - _RESERVE))
    html.wrapper_element = type(html.wrapper_element).from_html_root(
        html.etree_element, content_language=None
    )


def arrange(blocks: Sequence[Block], height: float) -> list[Block]:
    """Return the blocks in the order in which they fill pages of this height.

    Text stays in its order, and so do figures among themselves and tables among themselves; none
    comes earlier than it was. All that waits is set before the next block that begins a page.
    """
    pages = _Pages(height)
    for place, block in enumerate(blocks):
        if block.begins_page:
            pages.flush()
            pages.turn()
        if block.kind in ("figure", "table") and block.height <= height:
            pages.waiting.append(block)
        elif block.kind == "heading":
            pages.set_heading(block, _first_lines(blocks[place + 1 :]))
        else:
            pages.set_text(block)
        pages.set_waiting()
    pages.flush()
    return pages.order


def _first_lines(following: Sequence[Block]) -> float:
    """Return the height that must be on the page of a heading: what follows, to its first break."""
    height = 0.0
    for block in following:
        if block.kind == "text":
            return height + block.margin_top + block.breaks[0]
        if block.kind == "heading":
            height += block.margin_top + block.height
    return height


class _Pages:
    """Pages that are filled from the top; `order` is what was set so far."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.order: list[Block] = []
        self.waiting: list[Block] = []
        self._used = 0.0
        self._margin = 0.0

    def turn(self) -> None:
        """Begin a page, unless this one is empty."""
        self._used = self._margin = 0.0

    def set_waiting(self) -> None:
        """Set what fits of what waits; a figure never overtakes a figure, nor a table a table."""
        passed: set[Kind] = set()
        for block in tuple(self.waiting):
            if block.kind not in passed and self._room(block) >= block.height:
                self._set(block)
            else:
                passed.add(block.kind)

    def flush(self) -> None:
        """Set all that waits, on pages of its own where it must be."""
        while self.waiting:
            self.set_waiting()
            if self.waiting:
                self.turn()
                self._set(self.waiting[0])

    def set_heading(self, block: Block, following: float) -> None:
        """Set a heading on the page of the lines that follow it."""
        if self._room(block) < block.height + following:
            self.turn()
            self.set_waiting()
        self._set(block)

    def set_text(self, block: Block) -> None:
        """Set a block that may go on, from page to page."""
        if self._room(block) < block.breaks[0] and self._used:
            self.turn()
            self.set_waiting()
        rest, done = self._room(block), 0.0
        while block.height - done > rest:
            fitting = [at for at in block.breaks if done < at <= done + rest]
            if not fitting:
                break
            done, rest = fitting[-1], self.height
        self.order.append(block)
        self._used = block.height - done + (self.height - rest if not done else 0.0)
        self._margin = block.margin_bottom

    def _room(self, block: Block) -> float:
        """Return what is left of the page below the margins between it and `block`."""
        gap = max(self._margin, block.margin_top) if self._used else 0.0
        return self.height - self._used - gap

    def _set(self, block: Block) -> None:
        self._used = self.height - self._room(block) + block.height
        self._margin = block.margin_bottom
        self.order.append(block)
        if block in self.waiting:
            self.waiting.remove(block)


def _reorder(blocks: Sequence[Block], order: Sequence[Block]) -> None:
    """Move the elements of figures and tables behind what comes before them in `order`."""
    parents = {id(block.element): block.parent for block in blocks}
    for before, block in pairwise(order):
        if block.kind not in ("figure", "table"):
            continue
        parents[id(block.element)].remove(block.element)
        parent = parents[id(before.element)]
        parent.insert(list(parent).index(before.element) + 1, block.element)
        parents[id(block.element)] = parent


def _page_size(weasyprint: Any, html: Any) -> tuple[float, float]:
    """Return the width of the document's pages, and the height of what is printed on one."""
    sheets = (element.text or "" for element in html.etree_element.iter("style"))
    style = _FONT_FACE.sub("", "\n".join(sheets))
    empty = weasyprint.HTML(string=f"<style>{style}</style>", url_fetcher=html.url_fetcher)
    box = empty.render().pages[0]._page_box
    return box.margin_width(), box.height


def _measure(document: Any) -> Iterator[Block]:
    """Yield the blocks of a document that was laid out on endless pages."""
    for number, page in enumerate(document.pages):
        first = number > 0
        for box in page._page_box.descendants():
            if box.element_tag != "section" or not hasattr(box, "children"):
                continue
            for child in box.children:
                if child.element is box.element or not child.is_in_normal_flow():
                    continue
                yield _block(child, box.element, first)
                first = False


def _block(box: Any, parent: Element, begins_page: bool) -> Block:
    top = box.position_y + box.margin_top
    breaks = tuple(at - top for at in _breaks(box))
    return Block(
        box.element,
        parent,
        _kind(box),
        max(box.border_height(), breaks[-1]),
        box.margin_top,
        box.margin_bottom,
        breaks,
        begins_page,
    )


def _kind(box: Any) -> Kind:
    if box.element_tag in ("h1", "h2", "h3", "h4"):
        return "heading"
    classes = (box.element.get("class") or "").split()
    if "twins" in classes:
        return "table"
    if box.element_tag != "figure" or "long" in classes:
        return "text"
    return "table" if "tabular" in classes else "figure"


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
    inner = [at for child in children if child.is_in_normal_flow() for at in _breaks(child)]
    return [*inner[:-1], max(bottom, *inner[-1:])]


def _is_whole(box: Any) -> bool:
    return box.style["break_inside"] in ("avoid", "avoid-page") or "flex" in box.style["display"]
