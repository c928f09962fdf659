"""Whether two embedded fonts show a document alike.

Equal letters are not enough: rules of a font may replace a letter by another one, or lay it over
its neighbour, and layers may be drawn in place of its outline. So the same tables are asked for,
and the text of the document is set with both fonts and compared.
"""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

_LARGEST_TABLE = 2**24
"""Bytes that a table of a font has when it is decompressed."""
_WRITTEN_OTHERWISE = frozenset(("BASE", "GDEF", "GPOS", "GSUB", "glyf", "loca"))
"""Tables that versions of HarfBuzz write otherwise, or leave out: baselines, rules, outlines."""
_CHECKSUM = slice(8, 12)
"""The checksum of the whole font in its table `head`."""
_FEATURES: tuple[dict[str, bool], ...] = ({}, {"lnum": True}, {"lnum": True, "tnum": True})
"""Features of fonts that the style sheets switch on, besides those that always are."""


def same_tables(expected: str, found: str) -> bool:
    """Return whether fonts in base 64 have equal tables, whatever compressed them."""
    return _agree(expected, found, _read_tables)


def same_writing(expected: str, found: str, texts: Iterable[str]) -> bool:
    """Return whether fonts in base 64 set `texts` alike, and agree in all but how it is stored."""
    texts = tuple(texts)

    def read(font: Any) -> object:
        tables = _read_tables(font)
        rest = {name: each for name, each in tables.items() if name not in _WRITTEN_OTHERWISE}
        rest["head"] = rest["head"][: _CHECKSUM.start] + rest["head"][_CHECKSUM.stop :]
        return rest, _read_letters(font), _set(font, texts)

    return _agree(expected, found, read)


def _agree(expected: str, found: str, read: Callable[[Any], object]) -> bool:
    from fontTools.ttLib import TTFont

    try:
        fonts = [
            TTFont(BytesIO(b64decode(text)), recalcTimestamp=False) for text in (expected, found)
        ]
        one, other = map(read, fonts)
    except Exception:  # fontTools reports a font that is broken by any exception
        return False
    return one == other


def _read_tables(font: Any) -> Mapping[str, bytes]:
    """Return the tables of a `TTFont`, whatever compressed them; ValueError for a large one."""
    tables = {}
    for name, entry in font.reader.tables.items():
        font.reader.file.seek(entry.offset)
        content = font.reader.file.read(entry.length)
        if entry.length != entry.origLength:
            inflate = zlib.decompressobj()
            content = inflate.decompress(content, _LARGEST_TABLE)
            if not inflate.eof:
                raise ValueError(f"the table {name} is cut off or too large")
        tables[name] = content
    return tables


def _read_letters(font: Any) -> Mapping[int, object]:
    """Return how a `TTFont` draws each character."""
    glyphs = font.getGlyphSet()
    return {
        character: (glyphs[name].width, draw_glyph(glyphs, name))
        for character, name in font.getBestCmap().items()
    }


def _set(font: Any, texts: Sequence[str]) -> list[object]:
    """Return the letters of texts and their places, as browsers set them."""
    import uharfbuzz

    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    drawn = {number: draw_glyph(glyphs, name) for number, name in enumerate(order)}
    font.flavor, file = None, BytesIO()
    font.save(file)
    face = uharfbuzz.Font(uharfbuzz.Face(file.getvalue()))
    placed: list[object] = []
    for features in _FEATURES:
        for text in texts:
            buffer = uharfbuzz.Buffer()
            buffer.add_str(text)
            buffer.guess_segment_properties()
            uharfbuzz.shape(face, buffer, features)
            letters = [drawn[each.codepoint] for each in buffer.glyph_infos]
            placed.append((letters, [each.position for each in buffer.glyph_positions]))
    return placed


def draw_glyph(glyphs: Any, name: str) -> tuple[Any, ...]:
    """Return the lines and curves of a glyph of a `TTFont`'s glyph set; empty for a space.

    Raises whatever fontTools raises for a font that is broken.
    """
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return tuple(pen.value)
