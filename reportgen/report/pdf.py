"""The PDF document: the same content, set in pages by WeasyPrint, tagged as PDF/UA-1."""

from __future__ import annotations

import gc
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from reportgen.config.keys import digest
from reportgen.errors import PdfUnavailable
from reportgen.report.document import compose
from reportgen.report.fonts import font_addresses, link_fonts
from reportgen.report.html import read_style, render_frame
from reportgen.report.seal_pdf import PLACEHOLDER, seal_pdf
from reportgen.report.typesetter import typesetter_digest
from reportgen.report.view import View

EVIDENCE = "evidence.reportgen"
"""Name of the attachment that holds the evidence."""
PRINTED = "printed.json"
"""Name of the attachment that lists what is printed, as JSON:
`{"numbers": [[path, format], …], "claims": [id, …]}`."""

_NUMBER = re.compile(r'<data [^>]*?data-path="([^"]*)" data-format="([^"]*)"[^>]*>')
_CLAIM = re.compile(r'data-claim="([^"]*)"')
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""Date of the attachments: equal builds give equal bytes."""


@dataclass(frozen=True)
class Attachment:
    """A file that a PDF carries."""

    name: str
    description: str
    content: bytes


@dataclass(frozen=True)
class PdfRequest:
    """A document to be typeset."""

    html: str
    attachments: tuple[Attachment, ...]

    def key(self) -> str | None:
        """Return the SHA-256 of all that can change the PDF's bytes; None where it is not known."""
        typesetter = typesetter_digest()
        if typesetter is None:
            return None
        carried = {
            file.name: [file.description, sha256(file.content).hexdigest()]
            for file in self.attachments
        }
        html = sha256(self.html.encode()).hexdigest()
        return digest({"html": html, "attachments": carried, "typesetter": typesetter})


@dataclass(frozen=True)
class Typeset:
    """A finished PDF."""

    content: bytes
    self_contained: bool
    """Whether it follows from its request alone: no file but the report's own fonts was read."""


def render_pdf(
    view: View, load_pdf: Callable[[PdfRequest], bytes] = lambda request: typeset(request).content
) -> bytes:
    """Return the report as a PDF with its evidence attached; the same view gives the same bytes.

    `load_pdf` may answer a request from an earlier build. Raises PdfUnavailable where WeasyPrint
    cannot be loaded, and ReportgenError for a template that cannot be rendered.
    """
    load_weasyprint()
    document = compose(view, "pdf")
    style = document.stash.hold(read_style(view, "pdf") + link_fonts())
    html = document.stash.fill(render_frame(view, document, "pdf", style=style))
    printed = list_printed(html)
    # The marks have served; without them WeasyPrint lays out thousands of boxes less.
    html = _NUMBER.sub("", html).replace("</data>", "")
    attachments = (
        Attachment(EVIDENCE, "Evidence of all numbers", view.evidence),
        Attachment(PRINTED, "Numbers and claims printed", printed),
        Attachment("results.json", "Results as data", view.results),
    )
    return load_pdf(PdfRequest(html, attachments))


def typeset(request: PdfRequest) -> Typeset:
    """Set a document in pages; equal requests give equal bytes."""
    weasyprint = load_weasyprint()
    fetched: set[str] = set()
    document = weasyprint.HTML(string=request.html, url_fetcher=_make_fetcher(weasyprint, fetched))
    with _uncollected():
        content: bytes = document.write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_identifier=PLACEHOLDER.encode(),
            attachments=[_attach(weasyprint, file) for file in request.attachments],
        )
        return Typeset(seal_pdf(content), fetched <= set(font_addresses()))


def _make_fetcher(weasyprint: Any, fetched: set[str]) -> Any:
    """Return what opens addresses for WeasyPrint, files and data alone; files go to `fetched`."""

    class Fetcher(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith("data:"):
                fetched.add(url)
            return super().fetch(url, headers)

    return Fetcher(allowed_protocols={"file", "data"})


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the collector of cycles off: it walks the tree of boxes again and again, for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def list_printed(html: str) -> bytes:
    """Return the list of what a document prints, for `verify`: numbers and claims, as JSON."""
    numbers = sorted(_NUMBER.findall(html))
    claims = sorted(set(_CLAIM.findall(html)))
    return json.dumps({"numbers": numbers, "claims": claims}, separators=(",", ":")).encode()


def _attach(weasyprint: Any, file: Attachment) -> Any:
    return weasyprint.Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
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
