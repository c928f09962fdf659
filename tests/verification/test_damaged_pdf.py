"""A PDF whose bytes were damaged is refused in plain words, wherever the damage lies."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

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


@given(st.integers(0, len(PDF) - 1))
def test_a_truncated_pdf_is_reported(length: int) -> None:
    """A PDF that was cut short is refused likewise."""
    with pytest.raises(VerificationFailed):
        verify_pdf(PDF[:length])
