from __future__ import annotations

import re

from reportgen.figures import FigureSpec
from reportgen.report.drawings import inline_drawing
from reportgen.report.view import ReportFigure


def figure(columns: str) -> ReportFigure:
    """A drawing of 120 × 50 points."""
    spec = FigureSpec(slug="two", kind="bars", title="Two", caption="", alt="Two.", data={})
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 50" role="img"{columns}>'
        '<title id="two-title">Two</title><desc id="two-alt">Two.</desc><rect width="9"/></svg>\n'
    )
    return ReportFigure(spec, svg)


def test_the_parts_of_a_drawing_cover_it_once() -> None:
    """On a phone the columns below each other show all of the drawing, and each id occurs once."""
    html = inline_drawing(figure(' data-columns="2"'))

    windows = re.findall(r'viewBox="([0-9. ]+)" aria-hidden', html)
    assert windows == ["0 0 60 50", "60 0 60 50"]
    assert re.findall(r'<use href="#([^"]+)"', html) == ["two-whole"] * 2
    assert sorted(re.findall(r' id="([^"]+)"', html)) == ["two-alt", "two-title", "two-whole"]


def test_a_drawing_that_is_one_piece_stays_one() -> None:
    """Nothing is shown twice where there are no columns."""
    assert inline_drawing(figure("")) == figure("").svg
