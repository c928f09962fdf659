"""Numbers, claims and figures as markup.

What states a result names its path, so that it can be looked up and checked:

    <data value="0.9912" data-path="models.cnn.accuracy.mean" data-format="percent">99.12 %</data>
    <span class="claim" data-claim="verdict">…</span>

`reportgen.verification` reads this markup; `docs/architecture.md` is the contract.
"""

from __future__ import annotations

import re
from base64 import b64encode

from markupsafe import Markup, escape

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import Number, render_claim
from reportgen.report.stash import escape_text
from reportgen.report.view import ReportFigure


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


_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<!--.*?-->|\s)*", re.DOTALL)


_COLUMNS = re.compile(
    r'^(<svg [^>]*?viewBox="0 0 ([0-9.]+) ([0-9.]+)"[^>]*? data-columns="([0-9]+)"[^>]*>)'
    r"(<title.*?</title><desc.*?</desc>)(.*)</svg>\s*$",
    re.DOTALL,
)
_FAMILY = re.compile(r'font-family="[^"]*"')


def inline_drawing(figure: ReportFigure) -> Markup:
    """Return the figure's SVG element for an HTML page; it contains its own label.

    A drawing in columns is followed by one SVG for each column, which shows that part of it: on a
    narrow screen, style sheets show these, below each other, in place of the whole.
    """
    svg = _PROLOG.sub("", figure.screen or figure.svg, count=1)
    found = _COLUMNS.match(svg)
    if found is None:
        return Markup(svg)
    start, width, height, columns, label, content = found.groups()
    family = _FAMILY.search(start)
    name, part = f"{figure.spec.slug}-whole", float(width) / int(columns)
    parts = "".join(
        f'<svg viewBox="{column * part:g} 0 {part:g} {height}" aria-hidden="true" '
        f'{family[0] if family else ""} stroke-linejoin="round" stroke-linecap="butt">'
        f'<use href="#{name}"/></svg>'
        for column in range(int(columns))
    )
    return Markup(
        f'{start}{label}<g id="{name}">{content}</g></svg>'
        f'<div class="parts" role="img" aria-labelledby="{figure.spec.slug}-title" '
        f'aria-describedby="{figure.spec.slug}-alt">{parts}</div>'
    )


def linked_drawing(figure: ReportFigure) -> Markup:
    """Return the figure as an `<img>` that carries its SVG; the PDF tags it with its text."""
    content = b64encode(figure.svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{content}"
    return Markup(f'<img class="drawing" src="{source}" alt="{escape(figure.spec.alt)}">')
