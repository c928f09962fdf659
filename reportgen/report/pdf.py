"""The PDF document: the same content, set in pages by WeasyPrint, tagged as PDF/UA-1."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import Any

from reportgen.errors import PdfUnavailable
from reportgen.report.document import compose
from reportgen.report.fonts import link_fonts
from reportgen.report.html import STYLE_PLACE, read_style, render_frame
from reportgen.report.seal_pdf import PLACEHOLDER, seal_pdf
from reportgen.report.verify_pdf import EVIDENCE, PRINTED
from reportgen.report.view import View

_NUMBER = re.compile(r'<data [^>]*?data-path="([^"]*)" data-format="([^"]*)"[^>]*>')
_CLAIM = re.compile(r'data-claim="([^"]*)"')
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""Date of the attachments: equal builds give equal bytes."""


def render_pdf(view: View) -> bytes:
    """Return the report as a PDF with its evidence attached; the same view gives the same bytes.

    Raises PdfUnavailable where WeasyPrint cannot be loaded, and ReportgenError for a template that
    cannot be rendered.
    """
    weasyprint = load_weasyprint()
    html = render_frame(view, compose(view, "pdf"), "pdf")
    printed = list_printed(html)
    # The marks have served; without them WeasyPrint lays out thousands of boxes less.
    html = _NUMBER.sub("", html).replace("</data>", "")
    html = html.replace(STYLE_PLACE, read_style(view, "pdf") + link_fonts())
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"file", "data"})
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    content: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=PLACEHOLDER.encode(),
        attachments=[
            _attach(weasyprint, EVIDENCE, "Evidence of all numbers", view.evidence),
            _attach(weasyprint, PRINTED, "Numbers and claims printed", printed),
            _attach(weasyprint, "results.json", "Results as data", view.results),
        ],
    )
    return seal_pdf(content)


def list_printed(html: str) -> bytes:
    """Return the list of what a document prints, for `verify`: numbers and claims, as JSON."""
    numbers = sorted(_NUMBER.findall(html))
    claims = sorted(set(_CLAIM.findall(html)))
    return json.dumps({"numbers": numbers, "claims": claims}, separators=(",", ":")).encode()


def _attach(weasyprint: Any, name: str, description: str, content: bytes) -> Any:
    return weasyprint.Attachment(
        string=content,
        name=name,
        description=description,
        created=_LONG_AGO,
        modified=_LONG_AGO,
        relationship="Data",
    )


def load_weasyprint() -> Any:
    """Import WeasyPrint; raises PdfUnavailable, with what to install, where that fails."""
    try:
        import weasyprint
    except OSError as error:  # a system library is missing: Pango, HarfBuzz, fontconfig
        raise PdfUnavailable(
            f"the PDF needs the library Pango, which cannot be loaded; {_advice()}"
        ) from error
    except ImportError as error:
        raise PdfUnavailable(
            "the PDF needs the package weasyprint, which cannot be imported: pip install weasyprint"
        ) from error
    return weasyprint


def _advice() -> str:
    if sys.platform == "darwin":
        return "install it with: brew install pango"
    if sys.platform == "win32":
        return "install MSYS2 and, in its shell: pacman -S mingw-w64-ucrt-x86_64-pango"
    return (
        "install it with: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "
        "(Debian, Ubuntu) or dnf install pango (Fedora)"
    )
