"""What a PDF is typeset with, and when it follows from its request alone."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from reportgen.figures.plan.images import encode_png
from reportgen.report import typesetter
from reportgen.report.pdf import Attachment, PdfRequest, typeset
from reportgen.report.typesetter import typesetter_digest

FILE = Attachment("a.json", "Data", b"{}")


@pytest.mark.parametrize("ingredient", ["_fallbacks", "_loaded_libraries"])
def test_other_fonts_or_libraries_are_another_typesetter(
    monkeypatch: pytest.MonkeyPatch, ingredient: str
) -> None:
    """A font that is installed, or a library that is brought up to date, changes the digest."""
    monkeypatch.setattr(typesetter, "_fallbacks", lambda _: "fonts")
    monkeypatch.setattr(typesetter, "_loaded_libraries", lambda *_: {})
    before = typesetter_digest()
    monkeypatch.setattr(typesetter, ingredient, lambda *_: {"another": "one"})
    assert before is not None
    assert typesetter_digest() != before


@pytest.mark.parametrize("ingredient", ["_fallbacks", "_loaded_libraries"])
def test_a_typesetter_that_is_not_known_has_no_digest(
    monkeypatch: pytest.MonkeyPatch, ingredient: str
) -> None:
    """Without fontconfig's tools, or away from Linux, nothing is taken for the same."""
    monkeypatch.setattr(typesetter, ingredient, lambda *_: None)
    assert typesetter_digest() is None
    assert PdfRequest("<p>text", (FILE,)).key() is None


def test_each_part_of_a_request_changes_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text, attachments, and what they are called: each makes another PDF."""
    monkeypatch.setattr("reportgen.report.pdf.typesetter_digest", lambda: "digest")
    requests = [
        PdfRequest("<p>text", (FILE,)),
        PdfRequest("<p>other", (FILE,)),
        PdfRequest("<p>text", ()),
        PdfRequest("<p>text", (Attachment("b.json", "Data", b"{}"),)),
        PdfRequest("<p>text", (Attachment("a.json", "Facts", b"{}"),)),
        PdfRequest("<p>text", (Attachment("a.json", "Data", b"[]"),)),
    ]
    assert len({request.key() for request in requests}) == len(requests)


def test_a_document_that_reads_a_file_does_not_follow_from_its_request(tmp_path: Path) -> None:
    """The picture may be another one tomorrow; one that the document holds will not."""
    picture = tmp_path / "picture.png"
    pixel = encode_png(np.zeros((1, 1), dtype=np.uint8))
    picture.write_bytes(b64decode(pixel))
    page = '<html lang="en"><title>t</title><img alt="dot" src="{}">'
    read = typeset(PdfRequest(page.format(picture.as_uri()), ()))
    held = typeset(PdfRequest(page.format(f"data:image/png;base64,{pixel}"), ()))
    assert (read.self_contained, held.self_contained) == (False, True)
