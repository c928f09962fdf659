"""The PDF document: the same content, set in pages by WeasyPrint, tagged as PDF/UA-1.

On demand it conforms to PDF/A-3a too. WeasyPrint (70) writes the metadata of one standard alone, so
those of PDF/UA are added, with the description that PDF/A asks for of what it does not define
itself (PDF Association, "Conforming to both PDF/A and PDF/UA").
"""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any

from reportgen.config.keys import digest, file_digests, package_version
from reportgen.errors import PdfUnavailable, ReportgenError
from reportgen.report.direction import isolate_names
from reportgen.report.document import compose
from reportgen.report.floats import lay_out, lay_out_again
from reportgen.report.fonts import FACES, link_fonts
from reportgen.report.html import check_requests, names_of, read_style, render_frame
from reportgen.report.measuring import Measured
from reportgen.report.moves import Moves, write_moves
from reportgen.report.settings import write_settings
from reportgen.report.text_lines import break_long_names, lines_of_text, whole_first_words
from reportgen.report.view import View

EVIDENCE = "evidence.reportgen"
"""Name of the attachment with the evidence."""
RESULTS = "results.json"
"""Name of the attachment with the results as data."""
SETTINGS = "experiment.toml"
"""Name of the attachment with the experiment as it was run."""
MOVES = "Moves"
"""Name of the entry of the document information with `moves.write_moves`."""

_NUMBER = re.compile(r"</?data\b[^>]*>")
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
    archival: bool = False
    """Whether it is to conform to PDF/A-3a, besides PDF/UA-1."""

    def identifier(self) -> bytes:
        """Return the file identifier: a digest of what the document shows and carries."""
        parts = [self.html.encode(), *(file.content for file in self.attachments)]
        return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest().encode()

    def key(self) -> str | None:
        """Return the SHA-256 of all that can change the PDF's bytes; None where it is not known.

        Libraries of the system, such as Pango, are left out: what they change is seldom seen, and
        `verify` judges by the content.
        """
        typesetter = describe_typesetter()
        if typesetter is None:
            return None
        document = {"document": self.identifier().decode(), "archival": self.archival}
        return digest({**document, "typesetter": typesetter})


def describe_typesetter() -> dict[str, Any] | None:
    """Return what typesets a document, as JSON; None where it is not known."""
    fonts = system_fonts()
    if fonts is None:
        return None
    return {
        "code": file_digests(Path(__file__).parent),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "python": sys.version,
        "fonts": fonts,
    }


_PACKAGES = (
    *("weasyprint", "pydyf", "cffi", "tinyhtml5", "tinycss2", "cssselect2", "pyphen", "pillow"),
    *("fonttools", "brotli", "matplotlib", "font-source-serif-pro", "font-source-sans-pro"),
)
"""WeasyPrint, what it imports, and the packages that the report's own fonts come from."""


_PATIENCE = 20
"""Seconds to wait for fontconfig."""


def system_fonts() -> str | None:
    """Digest the list of the system's fonts; None where there is no `fc-list` to ask."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        answer = subprocess.run([program], capture_output=True, check=True, timeout=_PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return None
    return sha256(b"\n".join(sorted(answer.stdout.splitlines()))).hexdigest()


def render_pdf(
    view: View, load_pdf: Callable[[PdfRequest], bytes] = lambda request: typeset(request)
) -> bytes:
    """Return the report as a PDF with its evidence attached; the same view gives the same bytes.

    `load_pdf` may answer a request from an earlier build. Raises PdfUnavailable where WeasyPrint
    cannot be loaded, and ReportgenError for a template that cannot be rendered.
    """
    load_weasyprint()
    document = compose(view, "pdf")
    # Behind the style, whose margins it replaces.
    style = read_style(view, "pdf") + _page_size(view) + link_fonts()
    frame = render_frame(view, document, "pdf", style=document.stash.hold(style))
    html = document.stash.fill(frame)
    # Without reportgen's own style, whose addresses of fonts would be refused.
    check_requests(view, document, html.replace(style, "", 1))
    # Without these marks WeasyPrint lays out thousands of boxes less.
    html = break_long_names(_NUMBER.sub("", html), names_of(view))
    html = isolate_names(html, names_of(view))
    attachments = make_attachments(view.evidence, view.results, view.header.experiment)
    return load_pdf(PdfRequest(html, attachments, view.experiment.report.archival))


def make_attachments(
    evidence: bytes, results: bytes, settings: Mapping[str, Any]
) -> tuple[Attachment, ...]:
    """Return the files that the PDF of a report carries."""
    return (
        # In the order of their names, as PDF asks for.
        Attachment(EVIDENCE, "Evidence of all numbers", evidence),
        Attachment(SETTINGS, "The experiment as it was run", write_settings(settings).encode()),
        Attachment(RESULTS, "Results as data", results),
    )


def _page_size(view: View) -> str:
    """Return the size of the paper as a rule; the grid is 170 mm wide on each."""
    paper = view.experiment.report.paper
    return f"@page{{size:{paper};margin-left:{_SIDES[paper]};margin-right:{_SIDES[paper]}}}\n"


_SIDES = {"A4": "20mm", "Letter": "22.95mm"}
"""Half of what 170 mm leave of the paper's width."""


def typeset(
    request: PdfRequest, moves: Moves | None = None, measured: Measured | None = None
) -> bytes:
    """Set a document in pages; equal requests give equal bytes.

    Figures and tables are moved so that pages are full: as `moves` states, or else as is computed,
    which takes another layout, of the sections that `measured` lacks.

    Raises ReportgenError where the document asks for anything but the report's own bytes, where a
    figure cannot be drawn, and for moves that are never computed.
    """
    weasyprint = load_weasyprint()
    refused: list[str] = []
    document = weasyprint.HTML(string=request.html, url_fetcher=_make_fetcher(weasyprint, refused))
    with (
        _ONE_AT_A_TIME,
        uncollected(),
        lines_of_text(weasyprint),
        whole_first_words(weasyprint),
        _drawn_wholly(weasyprint),
    ):
        try:
            options = {
                "pdf_variant": "pdf/a-3a" if request.archival else "pdf/ua-1",
                "pdf_identifier": request.identifier(),
                "attachments": [_attach(weasyprint, file) for file in request.attachments],
            }
            if moves is None:
                laid_out, moves = lay_out(weasyprint, document, measured, **options)
            else:
                laid_out = lay_out_again(document, moves, **options)
            if request.archival:
                _declare_both(laid_out.metadata)
            laid_out.metadata.custom = {MOVES: write_moves(moves)} if moves else {}
            content: bytes = laid_out.write_pdf(**options, custom_metadata=True)
        except RecursionError as error:
            raise ReportgenError(
                "the PDF cannot be typeset, as its elements are nested too deeply"
            ) from error
    if refused:
        raise ReportgenError(
            f"the PDF asks for {refused[0][:120]}, but a report loads nothing; write an image into "
            "a template as a data: address"
        )
    return content


_ONE_AT_A_TIME = Lock()
"""How texts of figures are set is a setting of the process, not of a thread."""


@contextmanager
def _drawn_wholly(weasyprint: Any) -> Iterator[None]:
    """Raise ReportgenError after the block where a figure was drawn in part or not at all.

    WeasyPrint writes such an error to its log and goes on. It also warns of every style that is
    for browsers alone, which nobody needs to see.
    """
    failures: list[logging.LogRecord] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = failures.append  # type: ignore[assignment, method-assign]
    level = weasyprint.LOGGER.level
    weasyprint.LOGGER.addHandler(handler)
    weasyprint.LOGGER.setLevel(logging.ERROR)
    try:
        yield
    finally:
        weasyprint.LOGGER.setLevel(level)
        weasyprint.LOGGER.removeHandler(handler)
    if any(str(record.msg).startswith("Failed to render SVG") for record in failures):
        raise ReportgenError(
            f"the PDF cannot be typeset, as WeasyPrint {weasyprint.__version__} fails to draw a "
            "figure"
        )


def _declare_both(metadata: Any) -> None:
    """Have the metadata of a PDF/A file declare PDF/UA-1 too, uncompressed as PDF/A-1 asks for."""
    generate, include = metadata.generate_rdf_metadata, metadata.include_in_pdf

    def declare(*names: Any) -> bytes:
        rdf: bytes = generate(*names)
        return rdf.replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>")

    def include_plain(pdf: Any, variant: str, version: int, conformance: str, _: bool) -> None:
        include(pdf, variant, version, conformance, False)

    metadata.generate_rdf_metadata, metadata.include_in_pdf = declare, include_plain


_PDF_UA = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


def _make_fetcher(weasyprint: Any, refused: list[str]) -> Any:
    """Return what opens addresses for WeasyPrint: the report's own fonts, and data: addresses.

    All others, and data that cannot be decoded, are noted in `refused` and never opened.
    """
    faces = {face.address: face for face in FACES}

    class Fetcher(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url in faces:
                content = faces[url].path().read_bytes()
                return weasyprint.urls.URLFetcherResponse(url, content)
            try:
                # WeasyPrint 68.0 takes what precedes `://` for the protocol, which data: lacks.
                if not url.lower().startswith("data:"):
                    raise ValueError("a report loads nothing")
                return super().fetch(url, headers)
            except Exception:
                refused.append(url)
                raise

    return Fetcher()


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the collector of cycles off: it walks the tree of boxes again and again, for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
    # Without Pango it prints a banner to the standard output, which may be JSON for a program.
    is_first = "weasyprint" not in sys.modules
    if is_first and sys.platform == "darwin":
        _search_homebrew()
    try:
        with _IMPORTING, redirect_stdout(StringIO()) if is_first else nullcontext():
            import weasyprint
    except OSError as error:  # a system library is missing: Pango, HarfBuzz, fontconfig
        raise PdfUnavailable(
            f"the PDF needs the library Pango, which cannot be loaded; {_advice()}"
        ) from error
    except ImportError as error:
        raise PdfUnavailable(
            "the PDF needs the package weasyprint, which cannot be imported; install it with: "
            "python -m pip install weasyprint"
        ) from error
    return weasyprint


_IMPORTING = Lock()
"""The standard output belongs to the process, not to a thread."""


def _search_homebrew() -> None:
    """Have libraries looked for where Homebrew puts them: not every Python looks there by itself.

    The variable is read whenever a library is looked for, and replaces the folders of the system.
    """
    folders = os.environ.get(_FALLBACK, "").split(":")
    added = [folder for folder in _HOMEBREW if folder not in folders]
    os.environ[_FALLBACK] = ":".join([*filter(None, folders), *added])


_FALLBACK = "DYLD_FALLBACK_LIBRARY_PATH"
_HOMEBREW = ("/opt/homebrew/lib", "/usr/local/lib", "/usr/lib")
"""On Apple silicon, on Intel, and the system's own."""


def _advice() -> str:
    if sys.platform == "darwin":
        return "install it with: brew install pango"
    if sys.platform == "win32":
        return "install MSYS2 and, in its shell: pacman -S mingw-w64-ucrt-x86_64-pango"
    return (
        "install it with: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "
        "(Debian, Ubuntu) or dnf install pango (Fedora)"
    )
