"""`verify` typesets a PDF again; what does not come out the same is named with its page."""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)
from weasyprint.pdf.fonts import Font

from reportgen.errors import VerificationFailed
from reportgen.report.exports import results_document, results_json
from reportgen.report.fonts import link_fonts
from reportgen.report.pdf import MOVES, RESULTS, PdfRequest, make_attachments, typeset
from reportgen.verification.pages import read_pdf
from reportgen.verification.pages_comparison import compare_attachments, compare_pages
from reportgen.verification.pdf import verify_pdf
from tests.support.reports import SmallPdf


@pytest.fixture(scope="module")
def pdf(small_pdf: SmallPdf) -> bytes:
    """The PDF of a report."""
    return small_pdf.content


PICTURE = BytesIO()
Image.linear_gradient("L").resize((40, 40)).save(PICTURE, "PNG")
PAGES = "".join(
    f"<section><h2>Part {n}</h2><p>Accuracy on the test set: 97.{n}2 %, hy\u00adphenated words.</p>"
    f'<img alt="A picture" src="data:image/png;base64,{b64encode(PICTURE.getvalue()).decode()}">'
    "</section>"
    for n in range(1, 7)
)
STYLE = "section { break-after: page } section * { font-family: 'Report Serif' }"
HTML = f'<html lang="en"><title>Six pages</title><style>{link_fonts()}{STYLE}</style>{PAGES}</html>'


@pytest.fixture(scope="module")
def pages() -> bytes:
    """A PDF of six pages, with attachments, made as that of a report is made."""
    return typeset(PdfRequest(HTML, make_attachments(b"evidence", b"{}", {})))


@pytest.fixture
def complaint(pages: bytes) -> Callable[[bytes], str]:
    """What is said of a PDF that began as `pages`."""

    def compare(edited: bytes) -> str:
        found = compare_pages(read_pdf(pages), read_pdf(edited), HTML, same_typesetter=True)
        return "\n".join(map(str, found[0]))

    return compare


def written(writer: PdfWriter) -> bytes:
    """Return what a writer writes."""
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def edit(change: Callable[[PdfWriter], None]) -> Callable[[bytes], bytes]:
    """Return an edit of a PDF by pypdf."""

    def apply(pdf: bytes) -> bytes:
        writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
        change(writer)
        return written(writer)

    return apply


def white_box(writer: PdfWriter) -> None:
    """Paint a white box over a part of the third page."""
    paint(writer, 2, after=b"\nq 1 g 100 400 200 80 re f Q")


def note_on_top(writer: PdfWriter) -> None:
    """Lay a note with another number over the first page."""
    note = FreeText(text="99.99 %", rect=(100, 500, 300, 550))
    writer.add_annotation(page_number=0, annotation=note)


def dropped_page(writer: PdfWriter) -> None:
    """Take out the fourth page."""
    writer.remove_page(3)


def swapped_pages(writer: PdfWriter) -> None:
    """Exchange two pages."""
    kids = writer.pages[3], writer.pages[4]
    contents = [page[NameObject("/Contents")] for page in kids]
    for page, content in zip(kids, contents[::-1], strict=True):
        page[NameObject("/Contents")] = content


def another_file(writer: PdfWriter) -> None:
    """Attach a file more."""
    writer.add_attachment("more.txt", b"more")


def action(writer: PdfWriter) -> None:
    """Run a script when the file is opened."""
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    )


def added_page(writer: PdfWriter) -> None:
    """Add an empty page at the end."""
    writer.add_blank_page(595, 842)


def rotated_page(writer: PdfWriter) -> None:
    """Show the third page lying."""
    writer.pages[2].rotate(90)


def cropped_page(writer: PdfWriter) -> None:
    """Show only the upper half of the third page."""
    page = writer.pages[2]
    page.cropbox.lower_left = (0, page.mediabox.height / 2)


def invisible_text(writer: PdfWriter) -> None:
    """Paint letters that only search and copying find on the second page."""
    paint(writer, 1, b"BT /F1 9 Tf 3 Tr 100 100 Td (99.99) Tj ET\n")


def moved_content(writer: PdfWriter) -> None:
    """Move all that is painted on the third page out of sight."""
    paint(writer, 2, b"1 0 0 1 9000 0 cm\n")


def other_copied_text(writer: PdfWriter) -> None:
    """Let the letters of a font be copied as others than are drawn."""
    table = first_font(writer)["/ToUnicode"].get_object()
    table.set_data(table.get_data().replace(b"0031>", b"0039>"))


def exchanged_letters(writer: PdfWriter) -> None:
    """Let a font draw nothing, whatever letters it names."""
    font = first_font(writer)["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    for name in ("/FontFile2", "/FontFile3"):
        if name in font:
            font[name].get_object().set_data(b"")


def exchanged_picture(writer: PdfWriter) -> None:
    """Paint every picture black."""
    for page in writer.pages:
        resources: Any = page["/Resources"]
        for picture in resources.get("/XObject", {}).values():
            content: Any = picture.get_object()
            if content.get("/Subtype") == "/Image":
                content.set_data(bytes(len(content.get_data())))


def link_elsewhere(writer: PdfWriter) -> None:
    """Lay a link over the first page."""
    writer.add_annotation(0, Link(rect=(0, 0, 500, 500), url="https://example.org"))


def other_results(writer: PdfWriter) -> None:
    """Attach results a second time, other ones."""
    writer.add_attachment(RESULTS, b"{}")


def other_title(writer: PdfWriter) -> None:
    """Give the document another title in its metadata."""
    writer.add_metadata({"/Title": "All models are perfect"})


def other_outline(writer: PdfWriter) -> None:
    """Add a bookmark."""
    writer.add_outline_item(title="All models are perfect", page_number=0)


def paint(writer: PdfWriter, number: int, before: bytes = b"", after: bytes = b"") -> None:
    """Add operators to the content of a page."""
    page = writer.pages[number]
    content = page.get_contents()
    stream = DecodedStreamObject()
    stream.set_data(before + (content.get_data() if content is not None else b"") + after)
    page[NameObject("/Contents")] = writer._add_object(stream)


def first_font(writer: PdfWriter) -> Any:
    """Return the dictionary of a font of the second page."""
    return next(iter(writer.pages[1]["/Resources"]["/Font"].values())).get_object()  # type: ignore[index]


def repaint(pattern: bytes, replacement: bytes) -> Callable[[PdfWriter], None]:
    """Return a change of the content of all pages."""

    def change(writer: PdfWriter) -> None:
        for page in writer.pages:
            content = page.get_contents()
            assert content is not None
            data = re.sub(pattern, replacement, content.get_data())
            assert data != content.get_data()
            stream = DecodedStreamObject()
            stream.set_data(data)
            page[NameObject("/Contents")] = writer._add_object(stream)

    return change


SCRIPT = DictionaryObject(
    {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
)


def script_by_name(writer: PdfWriter) -> None:
    """Add a script to the names of the document, which has such an entry for its attachments."""
    writer.root_object["/Names"].get_object()[NameObject("/JavaScript")] = DictionaryObject(  # type: ignore[index]
        {NameObject("/Names"): ArrayObject([TextStringObject("x"), SCRIPT])}
    )


def script_of_a_page(writer: PdfWriter) -> None:
    """Run a script when a page is shown."""
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): SCRIPT})


def other_alternative_text(writer: PdfWriter) -> None:
    """Have another text read aloud for a figure."""
    for number in range(len(writer._objects)):
        found = writer._objects[number]
        if isinstance(found, DictionaryObject) and "/Alt" in found:
            found[NameObject("/Alt")] = TextStringObject("99.99 %")


HIDDEN = {
    "white text": edit(repaint(rb"BT\n", b"1 1 1 rg BT\n")),
    "invisible text": edit(repaint(rb"BT\n", b"BT 3 Tr\n")),
    "transparent text": edit(repaint(rb"(?<= )([0-9.]+) Tf", rb"0.01 Tf")),
    "text out of sight": edit(repaint(rb"(?<=BT\n)", b"1 0 0 1 9000 0 cm\n")),
    "text clipped away": edit(repaint(rb"(?<=0 0\.75 0 0 cm\n)", b"0 0 1 1 re W n\n")),
    "picture moved": edit(repaint(rb"(?<=-40 0 )40 cm", b"400 cm")),
    **{
        each.__name__: edit(each)
        for each in (script_by_name, script_of_a_page, other_alternative_text)
    },
}
EDITS = {
    each.__name__: edit(each)
    for each in (
        *(white_box, note_on_top, dropped_page, swapped_pages, another_file, action),
        *(added_page, rotated_page, cropped_page, invisible_text, moved_content),
        *(other_copied_text, exchanged_letters, exchanged_picture, link_elsewhere),
        *(other_results, other_title, other_outline),
    )
}


def test_a_pdf_as_it_was_built_is_the_same_byte_for_byte(pdf: bytes) -> None:
    """An untouched PDF, typeset again, is the same."""
    result = verify_pdf(pdf)
    assert result.identical
    assert result.findings == ()


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found(pages: bytes, complaint: Callable[[bytes], str], name: str) -> None:
    """What is painted over, left out, moved or added is found."""
    assert complaint(EDITS[name](pages)) != ""


@pytest.mark.parametrize("name", [*EDITS, *HIDDEN])
def test_every_edit_is_found_where_lines_end_elsewhere(
    pages: bytes, complaint: Callable[[bytes], str], name: str
) -> None:
    """A forger can paint every page by other operators, as another machine does."""
    assert complaint(edit(paint_all)(pages)) == ""
    assert complaint({**EDITS, **HIDDEN}[name](edit(paint_all)(pages))) != ""


def test_a_byte_changed_in_a_stream_is_found_before_anything_is_typeset(pages: bytes) -> None:
    """Streams carry checksums, which reading the file compares."""
    streams = list(re.finditer(rb"(?<!end)stream\r?\n(.+?)\r?\nendstream", pages, re.DOTALL))
    assert len(streams) > 10
    # The last one is the cross-reference table, which belongs to the file and not to a page.
    for match in streams[:-1]:
        place = (match.start(1) + match.end(1)) // 2
        with pytest.raises(VerificationFailed, match="altered"):
            read_pdf(pages[:place] + bytes([pages[place] ^ 1]) + pages[place + 1 :])


def test_a_file_that_can_be_read_in_two_ways_is_refused(pages: bytes) -> None:
    """Where the table of objects is wrong, each program searches for them in its own way."""
    start = pages.index(b"\n", pages.index(b"\n") + 1) + 1
    end = int(pages[pages.rindex(b"startxref") :].split()[1])
    moved = pages[:start] + b"<h1>99.99 %</h1>\n" + pages[start:end]
    table = pages[end:].replace(b"startxref\n%d" % end, b"startxref\n%d" % len(moved))
    with pytest.raises(VerificationFailed, match="programs can read it in different ways"):
        read_pdf(moved + table)


def test_a_page_with_endless_content_is_refused(pages: bytes) -> None:
    """Megabytes of operators are refused by their number, and not read."""
    endless = edit(lambda writer: paint(writer, 0, before=b"q Q\n" * 2_000_000))
    with pytest.raises(VerificationFailed, match="page 1 has more than 6 MiB of content"):
        read_pdf(endless(pages))
    deep = edit(lambda writer: paint(writer, 1, before=b"q " * 200_000))
    with pytest.raises(VerificationFailed, match="page 2 saves its state 200,"):
        read_pdf(deep(pages))


def test_a_file_that_runs_something_is_refused_before_anything_is_typeset(pages: bytes) -> None:
    """Its evidence is not even read."""
    with pytest.raises(
        VerificationFailed, match=r"contains actions, which no report does .*OpenAction"
    ):
        verify_pdf(EDITS["action"](pages))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("other_results", "attachment results.json"),
        ("note_on_top", "1 annotations of kind /FreeText"),
    ],
)
def test_what_shows_at_once_is_found_before_anything_is_typeset(
    pdf: bytes, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """Attachments, notes and the program that wrote the file take no typesetting to compare."""
    monkeypatch.setattr("reportgen.verification.pdf.typeset_again", None)
    result = verify_pdf(EDITS[name](pdf))
    assert said in "\n".join(map(str, result.findings))
    assert "the pages were not compared" in result.notes[-1]


def test_what_is_appended_is_found_before_anything_is_typeset(
    pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes behind the end of the file, such as those of an incremental update."""
    monkeypatch.setattr("reportgen.verification.pdf.typeset_again", None)
    with pytest.raises(VerificationFailed, match="or something was appended"):
        verify_pdf(pdf + pdf[-20_000:])


def test_a_file_that_another_program_has_written_is_not_accused(
    pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that was linearised: the message says what to do, and nothing is typeset."""
    monkeypatch.setattr("reportgen.verification.pdf.typeset_again", None)
    with pytest.raises(VerificationFailed, match="need not mean that it was altered; verify the"):
        verify_pdf(edit(lambda _: None)(pdf))


def test_values_may_be_rounded_otherwise(
    small_pdf: SmallPdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last digit of a value is that of the NumPy that wrote it; the rest is still compared."""

    def round_otherwise(*given: Any) -> dict[str, Any]:
        results = results_document(*given)
        accuracy = results["models"][0]["accuracy"]
        accuracy["mean"] = np.nextafter(accuracy["mean"], 0.0)
        return results

    monkeypatch.setattr("reportgen.verification.pdf.typeset", small_pdf.typeset)
    monkeypatch.setattr("reportgen.verification.pdf.results_document", round_otherwise)
    result = verify_pdf(small_pdf.content)
    assert (result.findings, result.identical) == ((), False)


def test_results_are_written_in_one_way() -> None:
    """Two names for one value, of which programs may read either, are an alteration."""
    results = results_json({"claims": {"answer": "CNN"}})
    twice = results.replace(b'"claims":', b'"claims": {}, "claims":', 1)
    (finding,) = compare_attachments({RESULTS: results}, {RESULTS: twice})
    assert "written otherwise" in str(finding)


def test_figures_in_an_order_that_is_never_computed_are_refused(
    pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that a file states is checked before it is followed."""
    monkeypatch.setattr("reportgen.verification.pdf._find_early", lambda *_: ())
    monkeypatch.setattr("reportgen.verification.pages._BEGINNING", re.compile(b"%PDF"))
    moves = read_pdf(pdf).moves
    assert moves.count(":") > 10
    backwards = " ".join(reversed(moves.split(" ")))
    for wrong, said in (("figures", "does not state"), (backwards, "never computed")):
        with pytest.raises(VerificationFailed, match=said):
            verify_pdf(edit(partial(state_moves, wrong))(pdf))


def state_moves(moves: str, writer: PdfWriter) -> None:
    """Exchange the order of figures that a file states."""
    writer.add_metadata({f"/{MOVES}": moves})


def test_the_same_content_in_another_file_is_said_to_be_another_file(
    pages: bytes, complaint: Callable[[bytes], str]
) -> None:
    """A PDF that was only written anew is named as the bytes of another program."""
    assert "its bytes are not those of its build" in complaint(edit(lambda _: None)(pages))


def test_objects_are_compared_where_pages_are_the_same(pages: bytes) -> None:
    """The title of a file, and the names of its bookmarks, are on no page."""
    plain, again, title, outline = (
        read_pdf(edit(change)(pages))
        for change in (*(2 * [lambda _: None]), other_title, other_outline)
    )
    assert compare_pages(plain, again, "", same_typesetter=True)[0] == []
    for changed in (title, outline):
        findings, _ = compare_pages(plain, changed, "", same_typesetter=True)
        assert "its bytes are not those of its build" in str(findings[0])


def test_other_compression_and_other_font_files_are_no_alteration(
    pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zlib and HarfBuzz come with the system: their bytes differ, and what they hold does not."""
    compress, subset = zlib.compressobj, Font._harfbuzz_subset

    def reduce(font: Any, *settings: Any) -> None:
        subset(font, *settings)
        program, written = TTFont(BytesIO(font.file_content)), BytesIO()
        del program["name"], program["GDEF"]
        program.save(written)
        font.file_content = written.getvalue()

    monkeypatch.setattr(zlib, "compressobj", lambda *_, **__: compress(level=1))
    monkeypatch.setattr(Font, "_harfbuzz_subset", reduce)
    result = verify_pdf(pdf)
    assert (result.findings, result.identical) == ((), False)
    assert "other libraries compressed the file" in result.notes[-1]


def test_an_edited_digit_is_named_with_its_page(
    pages: bytes, complaint: Callable[[bytes], str]
) -> None:
    """A digit changed on a page is found, with the words around it."""
    said = complaint(replace_glyph(pages))
    assert re.match(r"page \d+: the file says “.*”, but its evidence gives “", said)


def test_other_page_breaks_are_no_alteration(pages: bytes) -> None:
    """Where another typesetter breaks pages otherwise, every word of the prose is still there."""
    with_breaks, without = (read_pdf(edit(change)(pages)) for change in (paint_all, drop_and_paint))
    findings, remarks = compare_pages(read_pdf(pages), with_breaks, HTML, same_typesetter=False)
    assert findings == [] and "typeset here" in remarks[0]
    assert compare_pages(read_pdf(pages), without, HTML, same_typesetter=False)[0]


def paint_all(writer: PdfWriter) -> None:
    """Paint all pages by other operators."""
    for number in range(len(writer.pages)):
        paint(writer, number, before=b"1 0 0 1 0 0 cm\n")


def drop_and_paint(writer: PdfWriter) -> None:
    """Drop a page, and paint all others by other operators."""
    dropped_page(writer)
    paint_all(writer)


def test_without_evidence_nothing_can_be_verified(pages: bytes) -> None:
    """A PDF whose attachments were taken out is refused, and one that LaTeX wrote is no report."""
    writer = PdfWriter()
    writer.add_page(PdfReader(BytesIO(pages)).pages[0])
    action(writer)
    with pytest.raises(VerificationFailed, match="there is no evidence in the PDF"):
        verify_pdf(written(writer))


def test_a_file_that_is_no_pdf_is_refused() -> None:
    """What only begins like a PDF is an error that says so."""
    with pytest.raises(VerificationFailed, match="cannot be read"):
        verify_pdf(b"%PDF-1.7\n")


def replace_glyph(pdf: bytes) -> bytes:
    """Return the PDF with one digit of one number exchanged for another.

    A page draws glyphs, by their numbers in a font; a table in the font says which is which.
    """
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    for page in writer.pages:
        content = page.get_contents()
        data = content.get_data() if content is not None else b""
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            changed = exchange_digit(data, read_glyphs(font.get_object()["/ToUnicode"].get_data()))
            if changed != data and "Accuracy on the test set" in page.extract_text():
                stream = DecodedStreamObject()
                stream.set_data(changed)
                page[NameObject("/Contents")] = writer._add_object(stream)
                file = BytesIO()
                writer.write(file)
                return file.getvalue()
    raise AssertionError("no page with a decimal number was found: mend this test")


def read_glyphs(table: bytes) -> dict[str, str]:
    """Return character → number of its glyph, as the page's text writes it."""
    pairs = re.findall(r"<([0-9a-f]{4})> <([0-9a-f]{4})>\n", table.decode("ascii"))
    return {chr(int(character, 16)): glyph for glyph, character in pairs}


def exchange_digit(content: bytes, glyphs: dict[str, str]) -> bytes:
    """Exchange the digit before the first decimal point for the next one that the font has."""
    digits = [glyphs[digit] for digit in "0123456789" if digit in glyphs]
    if "." not in glyphs or len(digits) < 2:
        return content
    digit, kerning = f"(?:{'|'.join(digits)})", r"(?:>[-0-9. ]*<)?"
    pattern = rf"({digit})({kerning}{glyphs['.']}{kerning}{digit})"

    def exchange(match: re.Match[str]) -> str:
        following = digits[(digits.index(match[1]) + 1) % len(digits)]
        return following + match[2]

    return re.sub(pattern, exchange, content.decode("latin-1"), count=1).encode("latin-1")
