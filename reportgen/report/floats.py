"""Figures and tables that float: where one does not fit on its page, the text after it comes first.

WeasyPrint sets blocks in their order and leaves the rest of a page empty where a figure does not
fit. So the document is first laid out on pages without end, which measures every block; from the
heights follows an order in which pages are full, and in that order it is laid out again. Where
WeasyPrint then begins a page at another block than was computed, the page is taken to hold what it
was seen to hold, and the rest is arranged anew; only another order is laid out again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from reportgen.report.measuring import Block, Measured, measure, wrap_again
from reportgen.report.moves import Kind, Moves, find_blocks, move

_ENDLESS = 190_000.0
"""Height in CSS pixels of the pages on which blocks are measured, 50 m."""
_RESERVE = 0.5
"""Pixels of each page that are not counted on: broken blocks differ a little from measured ones."""
_SPARE = 20.0
"""Pixels by which a page is taken to be longer where more was set on it than computed."""
_LEAST_FILL = 0.92
"""Share of a page that has to be full where the next section or subsection does not begin on it."""
_MOST_WAITING = 2
"""Figures and tables that may wait beyond the beginning of a chapter; more are set before it."""
_ROUNDS = 4
"""Layouts after which the last one is kept, whatever the pages are."""
_NO_REFERENCES = ".contents a::after{content:leader('.') '00' !important}"
"""What refers to pages is laid out again when their numbers are known, an endless page, too."""
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")


@dataclass(frozen=True)
class Placement:
    """Where a block begins."""

    block: Block
    page: int
    """Counted from 0, the page of the first block."""
    above: float
    """Pixels of the page that are taken by what precedes the block."""


def lay_out(
    weasyprint: Any, html: Any, measured: Measured | None = None, **options: Any
) -> tuple[Any, Moves]:
    """Return the layout of a parsed document whose figures and tables leave no page half empty.

    `html` is a `weasyprint.HTML`, whose tree is changed; `options` are those of its `render`. The
    moves give the same layout with `lay_out_again`. Sections that are in `measured` are not
    measured again.
    """
    width, height = _page_size(weasyprint, html)
    height -= _RESERVE
    endless = f"@page{{size:{width}px {_ENDLESS}px !important}}"
    style = weasyprint.CSS(string=endless + _NO_REFERENCES)
    blocks = tuple(measure(html, style, {} if measured is None else measured))
    elements = find_blocks(html.etree_element)
    heights: dict[int, float] = {}
    placements = arrange(blocks, height)
    for _ in range(_ROUNDS):
        moves = _moves(placements, elements, height)
        document = _render(html, elements, moves, **options)
        corrected = _arrange_as_seen(blocks, height, heights, placements, _begin(document))
        if _order(corrected) == _order(placements):
            break
        placements = corrected
    return document, moves


def lay_out_again(html: Any, moves: Moves, **options: Any) -> Any:
    """Return the layout of a parsed document, with moves that `lay_out` gave.

    Raises ReportgenError for moves that it never gives.
    """
    return _render(html, find_blocks(html.etree_element), moves, **options)


def _render(html: Any, elements: Sequence[Element], moves: Moves, **options: Any) -> Any:
    move(html.etree_element, elements, moves)
    wrap_again(html)
    return html.render(**options)


def _moves(placements: Sequence[Placement], elements: Sequence[Element], height: float) -> Moves:
    """Return what each figure and table follows that may move: none is taller than a page."""
    places = {element: place for place, element in enumerate(elements)}
    return tuple(
        (places[block.element], places[before.element])
        for before, block in pairwise(_order(placements))
        if block.kind in ("figure", "table") and block.height <= height
    )


def _order(placements: Sequence[Placement]) -> list[Block]:
    return [each.block for each in placements]


def _arrange_as_seen(
    blocks: Sequence[Block],
    height: float,
    heights: dict[int, float],
    placements: list[Placement],
    begin: Mapping[int, int],
) -> list[Placement]:
    """Arrange the blocks by the pages on which `placements` begin, until their order changes.

    `heights` are corrected, those of the first pages first.
    """
    order = _order(placements)
    for _ in placements:
        if _order(placements) != order or not _correct(heights, placements, begin, height):
            break
        placements = arrange(blocks, height, heights)
    return placements


def _begin(document: Any) -> dict[int, int]:
    """Return the page on which each element begins, by the element's identity."""
    pages: dict[int, int] = {}
    for number, page in enumerate(document.pages):
        for box in page._page_box.descendants():
            if box.element is not None:
                pages.setdefault(id(box.element), number)
    return pages


def _correct(
    heights: dict[int, float],
    placements: Sequence[Placement],
    begin: Mapping[int, int],
    height: float,
) -> bool:
    """Correct the height of the first page that ended elsewhere than computed; False for none."""
    if not placements:
        return False
    first = begin[id(placements[0].block.element)]
    for placement in placements:
        page = begin[id(placement.block.element)] - first
        if page > placement.page:
            # Text that follows a figure may still fit where the figure does not, by a little.
            moves = placement.block.kind in ("figure", "table")
            room = placement.block.height - _RESERVE if moves else 0.0
            heights[placement.page] = placement.above + room
            return True
        if page < placement.page:
            heights[page] = heights.get(page, height) + _SPARE
            return True
    return False


def arrange(
    blocks: Sequence[Block], height: float, heights: Mapping[int, float] | None = None
) -> list[Placement]:
    """Return the blocks in the order in which they fill pages of this height, and their pages.

    Text stays in its order, and so do figures among themselves and tables among themselves; none
    comes between a heading and its text. A section begins after the figures of the one before:
    where those would leave much of a page empty, they come earlier among the text of their section,
    and only where that does not help do they wait until the next one has begun. All that waits is
    set before the next block that begins a page. `heights` are those of pages which hold less or
    more.
    """
    pages = _Pages(height, heights or {})
    sections = list(_sections(blocks))
    for place, section in enumerate(sections):
        following = sections[place + 1 : place + 2]
        ends = not following or following[0][0].begins_page
        pages = _set_section(pages, section, ends)
    pages.flush()
    return pages.placements


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield what begins with headings, or begins a page, up to the next of these."""
    section: list[Block] = []
    for block in blocks:
        begins = block.element.tag in ("h2", "h3") and section and section[-1].kind != "heading"
        if section and (begins or block.begins_page):
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _set_section(pages: _Pages, section: Sequence[Block], ends: bool) -> _Pages:
    """Return the pages with a section, after which the fewest figures wait.

    None follows if it `ends` them.
    """
    best: _Pages | None = None
    for earlier in range(1 + sum(block.kind == "text" for block in section)):
        trial = pages.copy()
        trial.set_blocks(_bring_forward(section, earlier))
        if not ends:
            trial.close()
        if ends or not trial.waiting:
            return trial
        if best is None or len(trial.waiting) < len(best.waiting):
            best = trial
    assert best is not None
    return best


def _bring_forward(section: Sequence[Block], paragraphs: int) -> list[Block]:
    """Return a section whose figures and tables precede so many more of its paragraphs.

    None precedes the first paragraph.
    """
    if not paragraphs:
        return list(section)
    texts = 0
    order: list[tuple[int, bool, Block]] = []
    for block in section:
        floats = texts > 0 and block.kind in ("figure", "table")
        order.append((max(texts - paragraphs, 1) if floats else texts, not floats, block))
        texts += block.kind == "text"
    return [block for _, _, block in sorted(order, key=lambda each: each[:2])]


def _first_lines(heading: Block, following: Sequence[Block]) -> float:
    """Return the height that a heading needs on its page: up to the first break of its text."""
    height, margin = heading.height, heading.margin_bottom
    for block in following:
        if block.kind == "text":
            return height + max(margin, block.margin_top) + block.breaks[0]
        if block.kind == "heading":
            height += max(margin, block.margin_top) + block.height
            margin = block.margin_bottom
    return height


class _Pages:
    """Pages that are filled from the top; `placements` is what was set so far."""

    def __init__(self, height: float, heights: Mapping[int, float]) -> None:
        self.placements: list[Placement] = []
        self.waiting: list[Block] = []
        self._height, self._heights = height, heights
        self._page = 0
        self._used = 0.0
        self._margin = 0.0

    def copy(self) -> _Pages:
        """Return pages with the same blocks, to which others are added."""
        copied = copy(self)
        copied.placements, copied.waiting = self.placements.copy(), self.waiting.copy()
        return copied

    def set_blocks(self, blocks: Sequence[Block]) -> None:
        """Set blocks in their order; figures and tables wait until they fit."""
        for place, block in enumerate(blocks):
            if block.begins_page or (
                block.element.tag == "h2" and len(self.waiting) > _MOST_WAITING
            ):
                self.flush()
            if block.begins_page:
                self.turn()
            if block.kind in ("figure", "table") and block.height <= self._height:
                self.waiting.append(block)
            elif block.kind == "heading":
                self.set_heading(block, _first_lines(block, blocks[place + 1 :]))
            else:
                self.set_text(block)
            if not (self.placements and self.placements[-1].block.kind == "heading"):
                self.set_waiting()

    def turn(self) -> None:
        """Begin a page, unless this one is empty."""
        if self._used:
            self._page += 1
        self._used = self._margin = 0.0

    def set_waiting(self) -> None:
        """Set what fits of what waits; a figure never overtakes a figure, nor a table a table."""
        passed: set[Kind] = set()
        for block in tuple(self.waiting):
            if block.kind not in passed and self._room(block) >= block.height:
                self._set(block)
                self.waiting.remove(block)
            else:
                passed.add(block.kind)

    def close(self) -> None:
        """Set what waits before the next section, as long as that leaves no page rather empty."""
        while self.waiting and self._used >= _LEAST_FILL * self._page_height:
            self.turn()
            self.set_waiting()

    def flush(self) -> None:
        """Set all that waits, on pages of its own where it must be."""
        while self.waiting:
            self.set_waiting()
            if self.waiting:
                self.turn()
                self._set(self.waiting.pop(0))

    def set_heading(self, block: Block, height: float) -> None:
        """Set a heading where it and the lines that follow it, together of this height, fit."""
        self._turn_unless(block, height)
        self._set(block)

    def set_text(self, block: Block) -> None:
        """Set a block that may go on, from page to page."""
        self._turn_unless(block, block.breaks[0])
        room, done = self._room(block), 0.0
        self._set(block)
        while block.height - done > room:
            fitting = [at for at in block.breaks if done < at <= done + room]
            if not fitting:
                break
            done = fitting[-1]
            self._page += 1
            room = self._page_height
            self._used = block.height - done

    def _turn_unless(self, block: Block, height: float) -> None:
        """Begin pages, each with what waits, until one has this height left for `block`."""
        while self._used and self._room(block) < height:
            self.turn()
            self.set_waiting()

    @property
    def _page_height(self) -> float:
        return self._heights.get(self._page, self._height)

    def _room(self, block: Block) -> float:
        """Return what is left of the page below the margins between it and `block`."""
        gap = max(self._margin, block.margin_top) if self._used else 0.0
        return self._page_height - self._used - gap

    def _set(self, block: Block) -> None:
        self.placements.append(Placement(block, self._page, self._used))
        self._used = self._page_height - self._room(block) + block.height
        self._margin = block.margin_bottom


def _page_size(weasyprint: Any, html: Any) -> tuple[float, float]:
    """Return the width of the document's pages, and the height of what is printed on one."""
    sheets = (element.text or "" for element in html.etree_element.iter("style"))
    style = _FONT_FACE.sub("", "\n".join(sheets))
    empty = weasyprint.HTML(string=f"<style>{style}</style>", url_fetcher=html.url_fetcher)
    box = empty.render().pages[0]._page_box
    return box.margin_width(), box.height
