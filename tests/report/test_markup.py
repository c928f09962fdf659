from __future__ import annotations

import re

from reportgen.analysis.numbers import read_number
from reportgen.figures import FigureSpec
from reportgen.report.markup import claim_markup, inline_drawing, number_markup
from reportgen.report.view import ReportFigure, View
from reportgen.verification.segments import cut
from reportgen.verification.values import check_values, read_printed


def test_numbers_say_what_they_are(view: View) -> None:
    """A number carries its path, its format and its exact value, and verifies."""
    number = read_number("models.cnn.accuracy.mean", "percent", view.facts)

    html = number_markup(number)

    printed = list(read_printed(cut(f"<p>{html}</p>")))
    assert printed[0].tag.attributes["data-path"] == number.path
    assert float(printed[0].tag.attributes["value"]) == view.facts.models["cnn"].accuracy.mean
    assert list(check_values(printed, view.facts)) == []


def test_a_p_value_is_stated_with_an_italic_p(view: View) -> None:
    """As in all prose; what is read from the element is the printed number."""
    pair = next(iter(view.facts.pairs))
    number = read_number(f"pairs.{pair}.p_adjusted", "p_stated", view.facts)

    html = number_markup(number)

    assert "><em>p</em>\N{NO-BREAK SPACE}" in html
    printed = list(read_printed(cut(f"<p>{html}</p>")))
    assert printed[0].text.startswith("p ")
    assert list(check_values(printed, view.facts)) == []


def test_a_missing_claim_is_nothing(view: View) -> None:
    """A template may ask for a claim that this report does not make."""
    assert claim_markup("no-such-claim", view.facts) == ""


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
