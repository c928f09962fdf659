"""`verify` reads a PDF: what its pages say must follow from the evidence attached to it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from reportgen.analysis import analyse
from reportgen.analysis.facts import Claim, Facts
from reportgen.errors import PdfUnavailable, VerificationFailed
from reportgen.report.pdf import load_weasyprint, render_pdf
from reportgen.report.seal_pdf import PLACEHOLDER, is_sealed
from reportgen.verification.pdf import missing_claims, missing_numbers, verify_pdf
from tests.report.documents import MODELS, synthetic_view
from tests.support.factories import make_build

ACCURACY = ("models.mlp.accuracy.mean", "percent")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A whole report about one model."""
    try:
        load_weasyprint()
    except PdfUnavailable as error:
        pytest.skip(str(error))
    return render_pdf(synthetic_view(MODELS[2:3], seeds=1))


@pytest.fixture(scope="module")
def facts() -> Facts:
    """Facts of a build with one model."""
    return analyse(make_build(MODELS[2:3], 1, n=300)[2])


def test_a_pdf_as_it_was_built_is_in_order(pdf: bytes) -> None:
    """Every number and claim of an untouched PDF is recomputed and found on its pages."""
    result = verify_pdf(pdf)
    assert result.findings == ()
    assert result.numbers > 100
    assert result.claims > 10


def test_one_byte_breaks_the_seal(pdf: bytes) -> None:
    """Any byte of the file that differs breaks its seal."""
    position = pdf.index(b"stream") + 20
    assert is_sealed(pdf)
    assert not is_sealed(pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :])


def test_an_edited_digit_is_named(pdf: bytes) -> None:
    """A digit changed on a page is found, and the message names the number that is missing."""
    edited = replace_glyph(pdf)
    said = [str(finding) for finding in verify_pdf(edited).findings]
    assert any("models.mlp." in line for line in said), said
    assert any(line.startswith("the file") for line in said)


def test_without_evidence_nothing_can_be_verified(pdf: bytes) -> None:
    """A PDF whose attachments were taken out is refused."""
    writer = PdfWriter()
    writer.add_page(PdfReader(BytesIO(pdf)).pages[0])
    file = BytesIO()
    writer.write(file)
    with pytest.raises(VerificationFailed, match="carries no evidence"):
        verify_pdf(file.getvalue())


def test_a_file_that_is_no_pdf_is_refused() -> None:
    """What only begins like a PDF is an error that says so."""
    with pytest.raises(VerificationFailed, match="cannot be read"):
        verify_pdf(b"%PDF-1.7\n" + PLACEHOLDER.encode())


def test_a_number_within_another_one_does_not_count(facts: Facts) -> None:
    """The digits of 98.00 % within 198.00 % or −98.00 % are not that number."""
    text = f"{100 * facts.models['mlp'].accuracy.mean:.2f}"
    for page in (f"1{text} %", f"{text}1 %", f"\N{MINUS SIGN}{text} %", f"1,{text} %", f"{text}"):
        assert len(list(missing_numbers([ACCURACY], facts, [page]))) == 1, page
    for page in (f"{text} %", f"it is {text}%, so", f"({text}\N{NARROW NO-BREAK SPACE}%)"):
        assert list(missing_numbers([ACCURACY], facts, [page])) == [], page


def test_a_number_must_stand_as_often_as_it_was_printed(facts: Facts) -> None:
    """Of two places where a number was printed, one edited is one missing."""
    text = f"{100 * facts.models['mlp'].accuracy.mean:.2f} %"
    (finding,) = missing_numbers([ACCURACY, ACCURACY], facts, [f"{text} and 12.34 %"])
    assert finding.where == ACCURACY[0]
    assert finding.printed.startswith("1 times")


@pytest.mark.parametrize(
    "pages",
    [
        ["The model reaches all that was hoped for."],
        ["The model rea-\nches all that\nwas hoped for."],
        ["Some text. The model reaches all", "Head of page 2\nthat was hoped for. More."],
        ["The model reaches all\n17", "that was hoped for.\n18"],
    ],
)
def test_a_claim_is_found_however_it_is_set(facts: Facts, pages: list[str]) -> None:
    """Hyphens, line ends and a change of the page do not hide a sentence."""
    assert list(missing_claims(["hope"], with_claim(facts), pages)) == []


@pytest.mark.parametrize(
    "pages",
    [
        ["The model misses all that was hoped for."],
        ["The model reaches all", "that was feared for."],
        ["The model reaches nearly all that was hoped for."],
        ["that was hoped for.", "The model reaches all"],
        ["The model reaches all" + " long" * 200, "that was hoped for."],
    ],
)
def test_another_sentence_is_not_taken_for_the_claim(facts: Facts, pages: list[str]) -> None:
    """A word exchanged, added or moved is found, at the end of a page too."""
    (finding,) = missing_claims(["hope"], with_claim(facts), pages)
    assert finding.where == "claim hope"


def with_claim(facts: Facts) -> Facts:
    """Return `facts` that hold one claim more."""
    like = facts.claims["verdict"]
    claim = Claim.model_validate(
        {**like.model_dump(), "id": "hope", "text": "The model reaches all that was hoped for."}
    )
    return facts.model_copy(update={"claims": {**facts.claims, "hope": claim}})


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
