"""Blocks are measured by section: what was measured before is as if it were measured now."""

from __future__ import annotations

import re
from dataclasses import astuple
from typing import Any

import pytest

from reportgen.report.measuring import Block, measure
from tests.support.reports import SmallPdf

weasyprint: Any = pytest.importorskip("weasyprint")
STYLE = "@page { size: 700px 100000px !important }"


def measured(html: str, kept: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    """Return what each block measures, with its element as text in place of the element."""
    blocks = measure(weasyprint.HTML(string=html), weasyprint.CSS(string=STYLE), kept)
    return [_without_element(block) for block in blocks]


def _without_element(block: Block) -> tuple[Any, ...]:
    return "".join(block.element.itertext())[:40], *astuple(block)[1:]


@pytest.mark.slow
def test_only_an_edited_section_is_measured_again(small_pdf: SmallPdf) -> None:
    """In a report, an edit of one section leaves the others as they were, to the digit."""
    kept: dict[str, list[Any]] = {}
    # Tables, figures and listings take most of the time.
    large = (
        r"<(table|details|figure)\b.*?</\1>|<section class=.section (method|appendix).*?</section>"
    )
    html = re.sub(large, "", small_pdf.request.html, flags=re.DOTALL)
    edited = html.replace("<li>two</li>", f"<li>{'two and more words ' * 40}</li>")
    assert edited != html

    first = measured(html, kept)
    sections = len(kept)
    second = measured(edited, kept)

    assert len(kept) == sections + 1
    assert first != second == measured(edited, {})


NESTED = "<section><p>One</p><section><p>Two</p></section></section>"
BROKEN = (
    "<style>.new { break-before: page }</style>"
    "<section><p>One</p><p class=new>Two</p></section><section><p>Three</p></section>"
)


@pytest.mark.parametrize(("html", "sections"), [(NESTED, 0), (BROKEN, 1)])
def test_a_section_that_is_not_by_itself_is_measured_every_time(html: str, sections: int) -> None:
    """Sections within sections, and those on two pages, are not kept."""
    kept: dict[str, list[Any]] = {}
    assert measured(html, kept) == measured(html, kept)
    assert len(kept) == sections
