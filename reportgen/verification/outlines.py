"""How fonts draw their glyphs, whatever the bytes of their files."""

from __future__ import annotations

from typing import Any


def draw_glyph(glyphs: Any, name: str) -> tuple[Any, ...]:
    """Return the lines and curves of a glyph of a `TTFont`'s glyph set; empty for a space.

    Raises whatever fontTools raises for a font that is broken.
    """
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return tuple(pen.value)
