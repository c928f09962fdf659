from __future__ import annotations

import builtins
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from reportgen.errors import PdfUnavailable, ReportgenError
from reportgen.report.moves import read_moves
from reportgen.report.pdf import PdfRequest, load_weasyprint, render_pdf, typeset
from reportgen.report.view import View, find_warnings
from reportgen.verification.pages import read_pdf
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS
from tests.support.reports import SmallPdf, SmallReport


@pytest.fixture(scope="module")
def drawn_view(small_report: SmallReport) -> View:
    """What the PDF was written from."""
    return small_report.view


@pytest.fixture(scope="module")
def pdf(small_pdf: SmallPdf) -> bytes:
    """A PDF; that the same bytes come out again is seen in tests/verification/test_pdf.py."""
    return small_pdf.content


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    """The PDF, read by a library that did not write it."""
    return PdfReader(BytesIO(pdf))


@pytest.fixture(scope="module")
def texts(reader: PdfReader) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in reader.pages]


@pytest.fixture
def every_glyph(drawn_view: View) -> None:
    """Skip where no font of this machine has the Chinese letters of the cover."""
    for warning in find_warnings(drawn_view):
        pytest.skip(warning)


@pytest.mark.usefixtures("every_glyph")
def test_it_is_accessible(pdf: bytes) -> None:
    """The file conforms to PDF/UA-1."""
    page = pytest.importorskip("page")

    report = page.validate_pdf_bytes(pdf, profile="ua1")

    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


@pytest.mark.usefixtures("every_glyph")
def test_it_is_fit_for_archives_on_demand(drawn_view: View, pdf: bytes) -> None:
    """With `report.archival` the file conforms to PDF/A-3a and, as ever, to PDF/UA-1."""
    page = pytest.importorskip("page")
    settings = drawn_view.experiment.report.model_copy(update={"archival": True})
    experiment = drawn_view.experiment.model_copy(update={"report": settings})

    # Laid out as before: where figures are does not depend on it.
    moves = read_moves(read_pdf(pdf).moves)
    archival = render_pdf(
        replace(drawn_view, experiment=experiment), lambda request: typeset(request, moves)
    )

    assert not page.validate_pdf_bytes(pdf, profile="3a").is_compliant
    assert page.validate_pdf_bytes(archival, profile="ua1").is_compliant
    # The checker takes a carriage return that ends compressed bytes for the end of the line.
    failures = page.validate_pdf_bytes(archival, profile="3a").failures
    assert {failure.rule_id for failure in failures} <= {"PDFA3A-STREAM-LENGTH-001"}
    lengths = list(stream_lengths(archival))
    assert lengths
    assert [stated for stated, found in lengths if stated != found] == []


def stream_lengths(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the length that each stream states, and that to the line feed before `endstream`.

    ISO 19005-3, 6.1.7.1. Bytes of a stream that look like its end only make a difference where the
    length is wrong.
    """
    at = 0
    while (begin := content.find(b">>\nstream\n", at)) >= 0:
        start = begin + len(b">>\nstream\n")
        dictionary = content[content.rfind(b" obj", at, begin) : begin]
        stated = int(re.findall(rb"/Length ([0-9]+)", dictionary)[0])
        end = content.index(b"\nendstream", start + stated)
        yield stated, end - start
        at = end


def test_attachments_are_in_order(pdf: bytes) -> None:
    """The keys of a name tree are sorted (ISO 32000-2, 7.9.6): readers may search by halving."""
    catalogue: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
    names = catalogue["/Names"]["/EmbeddedFiles"]["/Names"][::2]
    assert len(names) == 3
    assert list(names) == sorted(names)


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_error(pdf: bytes, tmp_path: Path) -> None:
    """The file's structure is sound."""
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)

    answer = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_all_fonts_are_embedded(reader: PdfReader) -> None:
    """Every font of every page carries its file."""
    fonts = [font for page in reader.pages for font in _fonts(page)]

    assert fonts
    for font in fonts:
        for descendant in font["/DescendantFonts"]:
            assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]


def _fonts(page: Any) -> Iterator[Any]:
    for font in page["/Resources"].get("/Font", {}).values():
        yield font.get_object()


def test_it_carries_title_language_and_evidence(reader: PdfReader, drawn_view: View) -> None:
    """Metadata and attachments are those of the view."""
    assert reader.metadata is not None
    assert reader.metadata.title == drawn_view.experiment.title
    assert reader.metadata.author == "Someone"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert reader.attachments["evidence.reportgen"] == [drawn_view.evidence]
    assert reader.attachments["results.json"] == [drawn_view.results]


def test_every_section_has_a_bookmark_and_a_line_in_the_contents(
    reader: PdfReader, texts: list[str]
) -> None:
    """Bookmarks mirror the headings, and the contents name the page that each stands on."""
    flat = list(_flatten(reader.outline))
    titles = [entry.title for entry in flat]
    contents = next(text for text in texts if "Table of contents" in text)

    assert [title for title in titles if re.match("[IVX]+\\. ", title)] == [
        "I. Introduction",
        "II. Code explanation",
        "III. Results and analysis",
        "IV. Conclusion",
    ]
    for entry in flat:
        number = reader.get_destination_page_number(entry)
        assert number is not None
        line = re.escape(entry.title).replace("\\ ", r"\s*") + rf"[\s.]*{number + 1}\b"
        assert re.search(line, contents), entry.title


def _flatten(outline: Any) -> Iterator[Any]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _flatten(entry)
        else:
            yield entry


def test_pages_have_running_heads_and_numbers_but_the_cover(
    texts: list[str], drawn_view: View
) -> None:
    """The cover stands alone; every other page names title, section and its number."""
    assert drawn_view.experiment.title in re.sub(r"\s+", " ", texts[0])
    assert not re.search(r"(?m)^1$", texts[0])
    for number, text in enumerate(texts[1:], start=2):
        assert drawn_view.experiment.title in re.sub(r"\s+", " ", text)
        assert re.search(rf"(?m)^{number}$", text), text


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_grid_is_in_the_middle_of_the_paper(paper: str) -> None:
    """What is 170 mm wide has as much room on its left as on its right."""

    def set_a_word(request: PdfRequest) -> bytes:
        body = "<body><p style='margin: 0'>Text</p></body>"
        html = re.sub(r"<body.*</body>", body, request.html, flags=re.DOTALL)
        return typeset(PdfRequest(html, ()))

    view = sample_view(PAPER_MODELS[:1], 1, 50, settings={"report": {"paper": paper}})
    page = PdfReader(BytesIO(render_pdf(view, set_a_word))).pages[0]
    places: list[float] = []

    def note(text: str, units: list[float], at: list[float], *_: Any) -> None:
        if "Text" in text:
            places.append(units[0] * at[4])

    page.extract_text(visitor_text=note)
    assert places == [pytest.approx((float(page.mediabox.width) - 170 / 25.4 * 72) / 2, abs=0.1)]


@pytest.mark.parametrize(
    ("platform", "advice"), [("linux", "apt install"), ("darwin", "brew"), ("win32", "MSYS2")]
)
def test_a_missing_library_is_named(
    view: View, monkeypatch: pytest.MonkeyPatch, platform: str, advice: str
) -> None:
    """Without Pango the error says what to install on this platform."""
    importing = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return importing(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr("sys.platform", platform)

    with pytest.raises(PdfUnavailable, match=advice):
        render_pdf(view)


def fail_at_first_import(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None]) -> None:
    """Have WeasyPrint imported for the first time, and fail after `before` was called."""
    importing = builtins.__import__

    def fail(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "weasyprint":
            before()
            raise OSError("cannot load library 'libpango-1.0-0'")
        return importing(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(PdfUnavailable):
        load_weasyprint()


def test_a_missing_library_leaves_the_output_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Pango, WeasyPrint prints a banner, but the output may be JSON for a program."""
    fail_at_first_import(monkeypatch, lambda: print("could not import some external libraries"))
    print("{}")
    assert capsys.readouterr().out == "{}\n"


@pytest.mark.parametrize("set_before", ["", "/opt/mine"])
def test_libraries_of_homebrew_are_found(monkeypatch: pytest.MonkeyPatch, set_before: str) -> None:
    """Where Python looks for libraries on a Mac, Homebrew's folders come before the system's."""
    # Debian leaves it out of its Python 3.13.
    search = pytest.importorskip("ctypes.macholib.dyld").dyld_default_search
    searched: list[str] = []
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("DYLD_FALLBACK_LIBRARY_PATH", set_before)
    for _ in range(2):
        fail_at_first_import(monkeypatch, lambda: searched.extend(search("libpango.dylib")))
        own = [f"{set_before}/libpango.dylib"] if set_before else []
        assert searched == [
            "libpango.dylib",
            *own,
            "/opt/homebrew/lib/libpango.dylib",
            "/usr/local/lib/libpango.dylib",
            "/usr/lib/libpango.dylib",
        ]
        searched.clear()


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{secret}" alt="x">',
        '<img src="http://127.0.0.1:9/secret.png" alt="x">',
        '<style>@import "{secret}";</style>',
        '<style>@\\69mport "{secret}";</style>',
        "<style>p {{ background: \\75rl({secret}) }}</style>",
        "<style>@font-face {{ font-family: x; src: url({secret}) }} p {{ font-family: x }}</style>",
        '<link rel="stylesheet" href="{secret}">',
        '<link rel="attachment" href="{secret}">',
        '<a rel="attachment" href="{secret}">x</a>',
        '<object data="{secret}"></object>',
        '<img alt="x" src="data:image/svg+xml,<svg xmlns=\'http://www.w3.org/2000/svg\' '
        "width='9' height='9'><image width='9' height='9' href='{secret}'/></svg>\">",
    ],
)
def test_a_document_gets_nothing_but_the_reports_own_bytes(tmp_path: Path, markup: str) -> None:
    """However an address is written, what it names is not opened, and the refusal names it."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"the-secret-of-this-machine")
    written = markup.format(secret=secret.as_uri())
    html = f'<html lang="en"><title>x</title><p>x</p>{written}</html>'

    with pytest.raises(ReportgenError, match="a report loads nothing") as caught:
        typeset(PdfRequest(html, ()))

    assert "secret.png" in str(caught.value)


def test_a_relative_address_leads_nowhere() -> None:
    """A path has nothing that it is relative to: no file of the folder of work is attached."""
    html = '<html lang="en"><title>x</title><a rel="attachment" href="pyproject.toml">x</a></html>'

    with pytest.raises(ReportgenError, match=r"asks for pyproject\.toml"):
        typeset(PdfRequest(html, ()))


def test_deep_nesting_is_a_sentence() -> None:
    """Elements within elements without end are refused, and are no bug of ours."""
    depth = 2000
    html = f'<html lang="en"><title>x</title>{"<div>" * depth}x{"</div>" * depth}</html>'

    with pytest.raises(ReportgenError, match="are nested too deeply"):
        typeset(PdfRequest(html, ()))
