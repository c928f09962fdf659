"""A PDF whose bytes were damaged is refused in plain words, wherever the damage lies."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, StreamObject

from reportgen.errors import VerificationFailed
from reportgen.report.pdf import EVIDENCE, RESULTS
from reportgen.verification.pdf import verify_pdf


def small_pdf() -> bytes:
    """Return a PDF of one page with attachments of a report's names, but not of its content."""
    writer, file = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_attachment(EVIDENCE, b"no evidence")
    writer.add_attachment(RESULTS, b"{}")
    writer.write(file)
    return file.getvalue()


PDF = small_pdf()


@given(st.lists(st.tuples(st.integers(0, len(PDF) - 1), st.integers(0, 255)), max_size=8))
def test_any_damage_is_reported(edits: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, the error is one that a user can read."""
    content = bytearray(PDF)
    for place, value in edits:
        content[place] = value
    with pytest.raises(VerificationFailed):
        verify_pdf(bytes(content))


def with_attachment(data: bytes, filters: Sequence[str]) -> bytes:
    """Return the PDF with other bytes as its first attachment, encoded by these filters."""
    writer, file = PdfWriter(clone_from=PdfReader(BytesIO(PDF))), BytesIO()
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    stream = StreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = ArrayObject(map(NameObject, filters))
    names[1].get_object()["/EF"][NameObject("/F")] = writer._add_object(stream)
    writer.write(file)
    return file.getvalue()


ZEROS = zlib.compress(bytes(2**27), 1)
BOMBS = {
    "compressed": (ZEROS, ["/FlateDecode"]),
    "compressed twice": (zlib.compress(ZEROS, 9), ["/FlateDecode", "/FlateDecode"]),
    "run lengths": (b"\x81\x00" * 2**20 + b"\x80", ["/RunLengthDecode"]),
    "unknown": (b"x", ["/Nope"]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_attachment_that_unpacks_to_much_is_refused(name: str) -> None:
    """Whatever encodes it, it is unpacked to a limit."""
    with pytest.raises(VerificationFailed, match="altered, and cannot be read"):
        verify_pdf(with_attachment(*BOMBS[name]))


@given(st.integers(0, len(PDF) - 1))
def test_a_truncated_pdf_is_reported(length: int) -> None:
    """A PDF that was cut short is refused likewise."""
    with pytest.raises(VerificationFailed):
        verify_pdf(PDF[:length])
