from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import USE_MY_METRICS

from reportgen.report import glyphs
from reportgen.report.fonts import FACES, embed_fonts, subset_font
from reportgen.report.glyphs import find_missing_glyphs


def test_a_subset_holds_what_the_text_needs() -> None:
    """The usual characters and the unusual ones of the text are there, where the font has them."""
    serif, fallback = (_known(subset_font(FACES[place], "Привет∮")) for place in (0, 5))

    assert {ord(character) for character in "Aé–±Привет"} <= serif
    assert ord("∮") in fallback - serif
    assert len(serif) < 700


def _known(font: bytes) -> set[int]:
    return set(TTFont(BytesIO(font)).getBestCmap())


@pytest.mark.slow
def test_a_subset_draws_the_letters_of_its_face() -> None:
    """Every character has the outline and the width that the file of the face gives it."""
    for face in FACES:
        subset, whole = TTFont(BytesIO(subset_font(face, "Ж"))), TTFont(face.path())
        assert _letters(subset, subset.getBestCmap()) == _letters(whole, subset.getBestCmap())


def _letters(font: TTFont, characters: Iterable[int]) -> dict[int, tuple[float, object]]:
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    letters = {}
    for character in characters:
        glyph, pen = glyphs[names[character]], DecomposingRecordingPen(glyphs)
        glyph.draw(pen)
        letters[character] = (glyph.width, pen.value)
    return letters


def test_no_letter_takes_the_width_of_a_part() -> None:
    """FreeType goes by the flag of a part, others by the table of widths; both must agree."""
    for face in FACES:
        font = TTFont(BytesIO(subset_font(face, "")))
        for name in font.getGlyphOrder():
            for part in getattr(font["glyf"][name], "components", ()):
                if part.flags & USE_MY_METRICS:
                    widths = [font["hmtx"][each][0] for each in (name, part.glyphName)]
                    assert widths[0] == widths[1], (face.file, name)


def test_usual_prose_needs_no_other_subset() -> None:
    """Editing prose does not change the fonts; a rare letter does."""
    usual = embed_fonts("Results")

    assert embed_fonts("Other words – with 99.12\u202f% ± 0.05") == usual != embed_fonts("Ж")


def test_the_same_characters_give_the_same_bytes() -> None:
    """No clock goes into a font."""
    make = subset_font.__wrapped__

    assert make(FACES[5], "") == make(FACES[5], "")


def test_missing_glyphs_are_named_with_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no font has a script, the warning names it and what to install; Cyrillic is had."""
    monkeypatch.setattr(glyphs, "_system_has", lambda _: False)

    warnings = find_missing_glyphs("张三 Привет 🦊 ∮ é")

    assert len(warnings) == 2
    assert "三" in warnings[0] + warnings[1]
    assert any("fonts-noto-cjk" in warning for warning in warnings)
    assert any("fonts-noto-color-emoji" in warning for warning in warnings)
    assert "П" not in "".join(warnings)


def test_a_system_font_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system can print is no reason to warn."""
    monkeypatch.setattr(glyphs, "_system_has", lambda _: True)

    assert find_missing_glyphs("张三") == ()


def test_a_system_that_does_not_answer_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fontconfig that is busy too long costs a warning, not the report."""

    def run(command: list[str], **options: Any) -> None:
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert find_missing_glyphs("张三") == ()
