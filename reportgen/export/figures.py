"""Figures as files of their own: SVG, and PDF set by WeasyPrint in the faces of the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from reportgen.figures import FigureSpec

WIDTHS = (89, 122, 170)
"""Millimetres: one column, one and a half, and two columns of a journal."""
_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


def draw_files(spec: FigureSpec, as_pdf: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file of a figure."""
    from reportgen.figures.drawing import draw_svg
    from reportgen.report.fonts import FACES, link_fonts
    from reportgen.report.pdf import PdfRequest, typeset

    fonts = link_fonts(face for face in FACES if face.family == "DejaVu Sans")
    for width in WIDTHS:
        svg = draw_svg(spec, width)
        box = _BOX.search(svg)
        assert box is not None
        height = f"{float(box[2]) * width / float(box[1]):.2f}mm"
        alone = svg.replace("<svg ", f'<svg width="{width}mm" height="{height}" ', 1)
        yield f"figures/{spec.slug}-{width}mm.svg", alone.encode()
        if as_pdf:
            style = f"@page{{size:{width}mm {height};margin:0}}body{{margin:0}}svg{{display:block}}"
            page = (
                f'<!DOCTYPE html><html lang="en"><head><title>{escape(spec.title)}</title>'
                f"<style>{style}{fonts}</style></head><body>{alone}</body></html>"
            )
            yield f"figures/{spec.slug}-{width}mm.pdf", typeset(PdfRequest(page, ()), floats=False)
