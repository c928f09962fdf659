"""A small report as a build writes it, for the tests that read, edit and verify documents."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.figures.drawing import draw_screen
from reportgen.report.html import render_html
from reportgen.report.moves import Moves
from reportgen.report.pdf import PdfRequest, render_pdf, typeset
from reportgen.report.view import View
from tests.report.samples import Draw, sample_view
from tests.support.factories import PAPER_MODELS

SETTINGS = {
    "title": "Ein <b>Titel</b> & mehr",
    "cover": {"Author": "Someone", "学号": "2021"},
    "notes": {"results": "| a | b |\n|---|---|\n| 1 | 2 |\n\n- *one*\n- two"},
    "references": [{"text": "A paper.", "url": "https://example.org/"}],
}


@dataclass(frozen=True)
class SmallReport:
    """One model with one seed, every figure drawn."""

    view: View
    html: str


@dataclass(frozen=True)
class SmallPdf:
    """The PDF of a small report."""

    request: PdfRequest
    """What it was typeset from."""
    content: bytes

    def typeset(self, request: PdfRequest, _: Moves) -> bytes:
        """Stand for `typeset`, which takes a second for the same bytes."""
        assert request == self.request
        return self.content


def build_small_report(draw: Draw) -> SmallReport:
    """Return the report; `draw` draws its figures in print."""
    view = sample_view(PAPER_MODELS[:1], 1, settings=SETTINGS, draw=draw, screen=draw_screen)
    return SmallReport(view, render_html(view))


def typeset_small_report(report: SmallReport) -> SmallPdf:
    """Return its PDF; raises PdfUnavailable where WeasyPrint cannot be loaded."""
    requests: list[PdfRequest] = []

    def load(request: PdfRequest) -> bytes:
        requests.append(request)
        return typeset(request)

    content = render_pdf(report.view, load)
    return SmallPdf(requests[0], content)
