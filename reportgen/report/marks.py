"""Numbers and claims as markup that names their path, so that they can be looked up and checked.

    <data value="0.9912" data-path="models.cnn.accuracy.mean" data-format="percent">99.12 %</data>
    <span class="claim" data-claim="verdict">…</span>

`reportgen.verification` reads this markup; `docs/architecture.md` is the contract.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import Number, render_claim
from reportgen.report.stash import escape_text


def number_markup(number: Number) -> Markup:
    """Return a number as a `<data>` element; a *p* before it is italic, as in all prose."""
    text = escape(number.text)
    if number.format == "p_stated":
        text = Markup("<em>p</em>") + text[1:]
    return Markup(
        f'<data value="{number.value!r}" data-path="{escape(number.path)}" '
        f'data-format="{number.format}">{text}</data>'
    )


def claim_markup(claim: str, facts: Facts) -> Markup:
    """Return a claim as a `<span>`, its numbers marked up; nothing where there is no such claim."""
    found = facts.claims.get(claim)
    if found is None:
        return Markup()
    return Markup(
        f'<span class="claim" data-claim="{escape(claim)}">{text_markup(found.text, facts)}</span>'
    )


def text_markup(text: str, facts: Facts) -> Markup:
    """Return plain text with `[[path|format]]` marks as HTML."""
    return Markup(render_claim(text, facts, number_markup, escape_text))
