from __future__ import annotations

from reportgen.analysis.numbers import read_number
from reportgen.report.marks import claim_markup, number_markup
from reportgen.report.view import View
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
