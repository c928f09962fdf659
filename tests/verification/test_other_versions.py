"""Evidence that another version of reportgen wrote is refused in plain words."""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from click.testing import CliRunner
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont, sfnt
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from PIL import Image
from pypdf import PdfWriter

from reportgen import __version__
from reportgen.cli.verify import command
from reportgen.errors import VerificationFailed
from reportgen.report import base85
from reportgen.report.carried import Carried, facts_of, pack, read_html
from reportgen.verification import html, pdf
from reportgen.verification.equivalence import OTHER_DRAWING
from reportgen.verification.geometry import same_geometry
from reportgen.verification.pdf import verify_pdf
from reportgen.verification.rendering import Derived, derive
from tests.support.factories import make_build
from tests.support.reports import SmallPdf
from tests.verification.conftest import Report


def test_an_unknown_setting_names_both_versions() -> None:
    """A setting that this version does not know is no bug; the message says who wrote it."""
    _, _, evidence, _ = make_build(seeds=1, n=50)
    settings = {**evidence.header.experiment, "from_the_future": 1}
    with pytest.raises(VerificationFailed, match=r"reportgen 99\.0 wrote, cannot be analysed by"):
        facts_of(evidence.with_header(experiment=settings, reportgen="99.0"))


def test_a_missing_run_is_reported() -> None:
    """Evidence in which a model of the experiment has no run cannot be analysed."""
    _, _, evidence, _ = make_build(seeds=1, n=50)
    last = list(evidence.runs)[-1]
    runs = {pair: run for pair, run in evidence.runs.items() if pair != last}
    with pytest.raises(
        VerificationFailed, match=r"cannot be analysed by .* no runs of mlp-dropout"
    ):
        facts_of(replace(evidence.with_header(runs=evidence.header.runs[:-1]), runs=runs))


def test_evidence_in_another_form_is_not_called_damaged() -> None:
    """That of a later version, which states its number."""
    encoded = base85.encode(b"RGDOCU\x00\x09 and more")
    with pytest.raises(VerificationFailed, match="verify it with the version that the report"):
        read_html(f'<script id="evidence">{encoded}</script>')


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reportgen is of a later version than the one that wrote the report."""
    monkeypatch.setattr(html, "__version__", "99.0")


@pytest.mark.usefixtures("later")
def test_a_report_of_another_version_is_compared_by_value(built: Report, tmp_path: Path) -> None:
    """Numbers and claims are compared; the message claims no more, and names what compares all."""
    path = tmp_path / "report.html"
    path.write_text(built.html, encoding="utf-8")
    said = CliRunner().invoke(command, [str(path)])
    assert said.exit_code == 0
    written_by = f"the report was written by reportgen {__version__}, not by this version, 99.0"
    assert written_by in said.output
    assert f"install reportgen {__version__} from its repository" in " ".join(said.output.split())
    assert "This proves: the marked numbers and sentences follow" in said.output
    assert said.output.rstrip().endswith("nothing else in it was compared.")
    assert '"partial": true' in CliRunner().invoke(command, [str(path), "--format", "json"]).output
    edited = re.sub(r'(data-format="percent"[^>]*>)[^<]*', r"\g<1>12.34 %", built.html, count=1)
    path.write_text(edited, encoding="utf-8")
    failed = CliRunner().invoke(command, [str(path)])
    assert "“12.34 %”" in str(failed.exception)
    assert "cannot be confirmed by this copy of reportgen" in str(failed.exception)
    assert "does not agree" not in str(failed.exception)
    assert written_by in failed.output
    assert "This proves" not in failed.output


def of_other_code(built: Report) -> Carried:
    """Return what the report would carry if another copy of reportgen had written it."""
    carried = built.derived.carried
    return pack(carried.evidence, replace(carried.presentation, code="0" * 64))


def test_another_copy_of_the_same_version_is_not_accused(built: Report) -> None:
    """Its own words may be other ones; an edited number is found all the same."""
    carried = of_other_code(built)
    same = html.render_again(derive(carried))
    assert html.verify_html(same.encode()).identical
    other = same.replace("</style>", " .new { color: red } </style>", 1)
    assert other != same
    result = html.verify_html(other.encode())
    assert result.findings == () and result.is_partial
    assert "another copy of reportgen" in result.notes[-1]
    assert "nothing else" not in result.notes[-1]
    edited = re.sub(r'(data-format="percent"[^>]*>)[^<]*', r"\g<1>12.34 %", other, count=1)
    assert [each.printed for each in html.verify_html(edited.encode()).findings] == ["12.34 %"]
    # Of this copy, every difference counts.
    ours = built.html.replace("</style>", " .new { color: red } </style>", 1)
    assert html.verify_html(ours.encode()).findings


def test_evidence_that_another_copy_of_the_code_cannot_analyse(built: Report) -> None:
    """The message says which copy can."""
    carried = of_other_code(built)
    settings = {**carried.evidence.header.experiment, "from_the_future": 1}
    evidence = carried.evidence.with_header(experiment=settings)
    same = html.render_again(derive(carried))
    before, after = (
        base85.encode(each.content) for each in (carried, pack(evidence, carried.presentation))
    )
    with pytest.raises(VerificationFailed, match=r"cannot be analysed .* verify the report with"):
        html.verify_html(same.replace(before, after).encode())


def test_a_pdf_of_another_copy_is_not_accused(
    small_pdf: SmallPdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it was compared, so it does not pass either."""
    monkeypatch.setattr(pdf, "typeset", small_pdf.typeset)
    written = BytesIO()
    PdfWriter(clone_from=BytesIO(small_pdf.content)).write(written)
    altered = written.getvalue()
    monkeypatch.setattr("reportgen.verification.pages._BEGINNING", re.compile(b"%PDF"))
    assert verify_pdf(altered).findings
    other = html.NotRendered("another copy wrote it", "Use that copy")
    monkeypatch.setattr(pdf, "other_code", lambda _: other)
    sentence = "the pages of this PDF cannot be compared: another copy wrote it. Use that copy"
    with pytest.raises(VerificationFailed, match=re.escape(sentence)):
        verify_pdf(altered)


def test_templates_of_the_authors_own_are_not_run(built: Report) -> None:
    """Without consent they are named, and numbers and claims are compared by value."""
    carried = built.derived.carried
    presentation = replace(carried.presentation, templates={"sections/45-mine.md.j2": "{{ 1 }}"})
    own = replace(carried, presentation=presentation)
    reason = html.why_not_rendered(own, trust_templates=False)
    assert reason is not None
    assert "sections/45-mine.md.j2" in reason.cause
    assert "--trust-templates" in reason.remedy
    assert html.why_not_rendered(own, trust_templates=True) is None


@pytest.mark.parametrize(("library", "points"), [("numpy", 0.01), ("matplotlib", 2.0)])
def test_a_report_of_another_environment_is_explained_by_its_libraries(
    built: Report, library: str, points: float
) -> None:
    """What libraries may change is no difference; they are named, and a digit is found as ever."""
    presentation = built.derived.carried.presentation
    versions = {**dict(presentation.versions), library: "0.9"}
    carried = replace(built.derived.carried, presentation=replace(presentation, versions=versions))
    derived = replace(built.derived, carried=carried)
    other = move_value(move_drawing(built.html, points), 4e-14)
    result = html.compare_with(other, built.html, derived)
    assert result.findings == () and not result.identical
    assert f"other libraries wrote the report: {library} 0.9 (here " in result.notes[-1]

    assert html.compare_with(move_drawing(built.html, 4.0), built.html, derived).findings
    digit = re.sub(r'(data-format="percent"[^>]*>)[^<]*', r"\g<1>12.34 %", other, count=1)
    found = html.compare_with(digit, built.html, derived).findings
    assert [each.printed for each in found] == ["12.34 %"]


def test_another_compression_is_no_difference(built: Report) -> None:
    """Zlib comes with the system: fonts and images are compared as what they hold."""
    other = rewrite_images(rewrite_fonts(built.html))
    assert len(other) != len(built.html)
    result = html.compare_with(other, built.html, built.derived)
    assert (result.findings, result.identical) == ((), False)


@pytest.mark.parametrize("table", ["head", "glyf", "cmap"])
def test_another_byte_of_a_font_is_found(built: Report, table: str) -> None:
    """The same libraries write the same tables, to the byte."""

    def change(font: TTFont) -> None:
        if table in font:
            content = DefaultTable(table)
            content.data = font.reader[table][:-1] + bytes([font.reader[table][-1] ^ 1])
            font[table] = content

    other = rewrite_fonts(built.html, change)
    assert html.compare_with(other, built.html, built.derived).findings


def test_another_pixel_is_found(built: Report) -> None:
    """However the image is compressed."""
    other = rewrite_images(built.html, lambda image: image.putpixel((0, 0), 77))
    assert html.compare_with(other, built.html, built.derived).findings


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG (section 5.3 of its specification)."""
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc32(kind + content))
    )


@pytest.mark.parametrize(
    "added",
    [
        chunk(b"gAMA", struct.pack(">I", 1)),
        chunk(b"acTL", struct.pack(">II", 1, 0)),
        chunk(b"iCCP", b"x\0\0"),
    ],
    ids=["gamma", "animation", "profile"],
)
def test_what_browsers_do_with_pixels_is_found(built: Report, added: bytes) -> None:
    """Browsers play an animation and apply a gamma value, which the pixels as stored lack."""

    def change(match: re.Match[str]) -> str:
        content = b64decode(match[0])
        return b64encode(content[:33] + added + content[33:]).decode()

    other = re.sub(
        r"(?<=href=\"data:image/png;base64,)[A-Za-z0-9+/=]+", change, built.html, count=1
    )
    assert other != built.html
    assert html.compare_with(other, built.html, built.derived).findings


def written_by(built: Report, **versions: str) -> Derived:
    """Return what follows from a report that states other versions of libraries."""
    presentation = built.derived.carried.presentation
    stated = replace(presentation, versions={**presentation.versions, **versions})
    return replace(built.derived, carried=replace(built.derived.carried, presentation=stated))


@pytest.mark.parametrize(
    "rule",
    [
        "feature calt { sub nine by one; } calt;",
        "feature lnum { sub nine by one; } lnum;",
        "feature kern { pos nine <-500 0 -500 0>; } kern;",
        "feature calt { sub period nine' by one; } calt;",
    ],
)
def test_a_font_that_replaces_letters_is_found(built: Report, rule: str) -> None:
    """A report that names another HarfBuzz may have another font, but none that reads otherwise."""

    def change(font: TTFont) -> None:
        names = font.getBestCmap()
        spelled = {"nine": names[ord("9")], "one": names[ord("1")], "period": names[ord(".")]}
        text = re.sub("nine|one|period", lambda match: spelled[match[0]], rule)
        addOpenTypeFeaturesFromString(font, text)

    derived = written_by(built, uharfbuzz="0.9")
    assert html.compare_with(rewrite_fonts(built.html), built.html, derived).findings == ()
    other = rewrite_fonts(built.html, change)
    found = html.compare_with(other, built.html, derived).findings
    assert [each.where.partition(" (")[0] for each in found] == ["the style sheet"]


def test_a_font_with_letters_too_small_to_see_is_found(built: Report) -> None:
    """The outlines are the same, but a thousandth of the size."""

    def change(font: TTFont) -> None:
        font["head"].unitsPerEm = 16384

    other = rewrite_fonts(built.html, change)
    assert html.compare_with(other, built.html, written_by(built, uharfbuzz="0.9")).findings


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("transform", "matrix(0.42 0 0 0.42 10 1)", "matrix(0.01 0 0 0.42 10 1)"),
        ("transform", "rotate(-90 18 70)", "rotate(-88 18 70)"),
        ("transform", "scale(1 1)", "scale(0 1)"),
        ("width", "2", "0"),
        ("d", "M0 0L1 0L1 1L0 1z", "M0 0L0 0L0 0L0 0z"),
        ("d", "M10 10L10 12", "M10 10L10 10"),
    ],
)
def test_a_tolerance_for_lines_turns_or_hides_nothing(name: str, ours: str, theirs: str) -> None:
    """A mark is smaller than the tolerance; a factor applies to more than it."""
    assert same_geometry(name, ours, ours, OTHER_DRAWING)
    assert not same_geometry(name, ours, theirs, OTHER_DRAWING)


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("transform", "matrix(0.4191 0 0 0.4191 10 1)", "matrix(0.4201 0 0 0.42 12 1)"),
        ("transform", "rotate(-90 18 70)", "rotate(-90 20 68)"),
        ("width", "2", "2.09"),
        ("d", "M0 0L1 0L1 1L0 1z", "M2 2L3 2L3 3L2 3z"),
        ("d", "M0 10L400 10", "M0 12L402 12"),
    ],
)
def test_what_is_moved_as_a_whole_is_the_same(name: str, ours: str, theirs: str) -> None:
    """As between two versions of matplotlib."""
    assert same_geometry(name, ours, theirs, OTHER_DRAWING)


def test_a_font_that_would_fill_the_memory_is_not_read(
    built: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of 4 MiB of zeros takes a few KiB."""
    monkeypatch.setattr("reportgen.verification.web_fonts._LARGEST_TABLE", 2**20)

    def change(font: TTFont) -> None:
        content = DefaultTable("name")
        content.data = bytes(2**22)
        font["name"] = content

    other = rewrite_fonts(built.html, change)
    assert len(other) < 2**22
    assert html.compare_with(other, built.html, built.derived).findings


def rewrite_fonts(text: str, change: Callable[[TTFont], None] = lambda _: None) -> str:
    """Return a report whose fonts are compressed less, and changed."""

    def rewrite(match: re.Match[str]) -> str:
        font, written = TTFont(BytesIO(b64decode(match[0])), recalcTimestamp=False), BytesIO()
        change(font)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sfnt, "ZLIB_COMPRESSION_LEVEL", 1)
            patch.setattr(sfnt.SFNTWriter, "writeMasterChecksum", lambda *_: None)
            font.save(written, reorderTables=None)
        return b64encode(written.getvalue()).decode()

    written = re.sub(r"(?<=font/woff;base64,)[A-Za-z0-9+/=]+", rewrite, text)
    return written.replace(style_digest(text), style_digest(written), 1)


def style_digest(text: str) -> str:
    """Return the digest by which the policy of a report allows its style."""
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    return b64encode(sha256(style[1].encode()).digest()).decode()


def rewrite_images(text: str, change: Callable[[Image.Image], None] = lambda _: None) -> str:
    """Return a report whose images are compressed less, and changed."""

    def rewrite(match: re.Match[str]) -> str:
        image, written = Image.open(BytesIO(b64decode(match[0]))), BytesIO()
        change(image)
        image.save(written, "PNG", compress_level=1)
        return b64encode(written.getvalue()).decode()

    return re.sub(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+", rewrite, text)


def move_value(text: str, share: float) -> str:
    """Return a report whose first exact value is larger by a share of itself."""
    exact = re.search(r'<data value="(0\.[0-9]{12,})"', text)
    assert exact is not None
    return text.replace(exact[1], repr(float(exact[1]) * (1 + share)), 1)


def move_drawing(text: str, points: float) -> str:
    """Return a report with one point of the first path of a drawing moved to the right."""
    place = re.search(r'(?<= d="M)([0-9.]+)(?= [0-9.]+L)', text) or re.search(
        r'(?<= d="M)([0-9.]+)(?= [0-9.]+)', text
    )
    assert place is not None
    return f"{text[: place.start()]}{float(place[1]) + points:.6f}{text[place.end() :]}"


def test_a_pdf_with_templates_of_the_authors_own_is_not_passed(
    small_pdf: SmallPdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages do not mark what such a template printed; the HTML is the way that is named."""
    reason = html.NotRendered("it has templates", "Trust them", ("sections/45-mine.md.j2",))
    monkeypatch.setattr("reportgen.verification.pdf.why_not_rendered", lambda *_: reason)
    with pytest.raises(
        VerificationFailed, match=r"Trust them\. The HTML of the report can be compared"
    ):
        verify_pdf(small_pdf.content)


@pytest.mark.usefixtures("later")
def test_a_report_without_marks_is_not_passed(built: Report, tmp_path: Path) -> None:
    """Where the body was replaced and nothing is left to compare, it fails."""
    start, end = built.html.index("<main"), built.html.index("</main>")
    path = tmp_path / "report.html"
    replaced = f"{built.html[:start]}<main><p>All is well.</p>{built.html[end:]}"
    marks = re.compile(r' data-(path|claim|format|metric|model)="[^"]*"|(?<=<)data(?=[ >])')
    path.write_text(marks.sub("", replaced).replace("< value", "<i value"), encoding="utf-8")
    failed = CliRunner().invoke(command, [str(path)])
    assert isinstance(failed.exception, VerificationFailed)
    assert "nothing in this report can be compared" in str(failed.exception)


@pytest.mark.usefixtures("later")
def test_pages_that_cannot_be_compared_are_not_passed(small_pdf: SmallPdf) -> None:
    """A PDF of another version fails: its pages could say anything."""
    with pytest.raises(VerificationFailed, match="pages of this PDF cannot be compared"):
        verify_pdf(small_pdf.content)
