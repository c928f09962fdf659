"""Figures in documents: inline SVG in HTML, an image with alternative text in the PDF."""

from __future__ import annotations

import re
from base64 import b64encode

from markupsafe import Markup, escape

from reportgen.report.view import ReportFigure

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
