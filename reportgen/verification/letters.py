"""The letters of a PDF's fonts: whether what is drawn is the character that the file names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from reportgen.verification.pages import PdfFile
from reportgen.verification.web_fonts import draw_glyph

_CHAR = re.compile(rb"^\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*$", re.MULTILINE)

_UNREADABLE = ""
"""Key of a font that cannot be read."""


def exchanged_letters(expected: PdfFile, found: PdfFile) -> Iterator[tuple[str, str]]:
    """Yield font and character of each letter that `found` draws otherwise than `expected`."""
    ours, theirs = _letters_of(expected), _letters_of(found)
    for name, letters in theirs.items():
        for character, drawn in letters.items():
            known = ours.get(name, {}).get(character)
            if known is not None and known != drawn:
                yield name, character
        if _UNREADABLE in letters and _UNREADABLE not in ours.get(name, letters):
            yield name, "all of them"


def _letters_of(file: PdfFile) -> dict[str, dict[str, object]]:
    letters: dict[str, dict[str, object]] = {}
    read: set[int] = set()
    for page in file.pages:
        for name, font in page.fonts.items():
            if id(font) not in read:
                read.add(id(font))
                letters.setdefault(name, {}).update(_read_letters(font))
    return letters


def _read_letters(font: Any) -> dict[str, object]:
    """Return how each character of an embedded font is drawn; nothing where it cannot be read."""
    from fontTools.ttLib import TTFont

    letters: dict[str, object] = {}
    try:
        descendant = font["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        key = next(name for name in ("/FontFile2", "/FontFile3") if name in descriptor)
        program = TTFont(BytesIO(descriptor[key].get_object().get_data()))
        glyphs, order = program.getGlyphSet(), program.getGlyphOrder()
        for glyph, character in read_map(font["/ToUnicode"].get_object().get_data()):
            letters[character] = draw_glyph(glyphs, order[glyph])
    except Exception:  # a font that is broken, or of a kind that WeasyPrint does not write
        letters[_UNREADABLE] = None
    return letters


def read_map(table: bytes) -> Iterator[tuple[int, str]]:
    """Yield glyph number and text of each entry of a ToUnicode table."""
    for glyph, text in _CHAR.findall(table):
        yield int(glyph, 16), bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
