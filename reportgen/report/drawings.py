"""Figures in documents: inline SVG in HTML, an image with alternative text in the PDF."""

from __future__ import annotations

import re
from base64 import b64encode

from markupsafe import Markup, escape

from reportgen.report.view import ReportFigure

_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<!--.*?-->|\s)*", re.DOTALL)


def inline_drawing(figure: ReportFigure) -> Markup:
    """Return the figure's SVG element for an HTML page; it contains its own label."""
    return Markup(_PROLOG.sub("", figure.svg, count=1))


def linked_drawing(figure: ReportFigure) -> Markup:
    """Return the figure as an `<img>` that carries its SVG; the PDF tags it with its text."""
    content = b64encode(figure.svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{content}"
    return Markup(f'<img class="drawing" src="{source}" alt="{escape(figure.spec.alt)}">')
