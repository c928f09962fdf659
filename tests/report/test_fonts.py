from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from typing import Any

import pytest
from fontTools.subset import Options, Subsetter, load_font
from fontTools.ttLib import TTFont

from reportgen.report import glyphs
from reportgen.report.fonts import FontRequest, find_missing_glyphs, plan_fonts, subset_font


def test_a_subset_holds_what_the_text_needs() -> None:
    """The usual characters and the unusual ones of the text are there, where the font has them."""
    serif, fallback = (_known(plan_fonts("Привет ∮")[place]) for place in (0, 5))

    assert {ord(character) for character in "Aé–±Привет"} <= serif
    assert ord("∮") in fallback - serif
    assert len(serif) < 700


def _known(request: FontRequest) -> set[int]:
    """Return the characters of a subset."""
    return set(TTFont(BytesIO(subset_font(request))).getBestCmap())


def test_usual_prose_needs_no_other_subset() -> None:
    """Editing prose does not change the fonts, so that they can be kept."""
    assert plan_fonts("Results") == plan_fonts("Other words – with 99.12\u202f% ± 0.05")
    assert plan_fonts("Ж")[0].key() != plan_fonts("")[0].key()


def test_the_same_request_gives_the_same_bytes() -> None:
    """No clock goes into a font."""
    make, request = subset_font.__wrapped__, plan_fonts("")[5]

    assert make(request) == make(request)


def test_a_subset_keeps_the_names_of_its_face() -> None:
    """What fontTools leaves of the table of names, without its walk through the whole font."""
    request = plan_fonts("")[0]
    options = Options()
    font = load_font(str(request.face.path()), options)
    subsetter = Subsetter(options)
    subsetter.populate(text="A")
    subsetter.subset(font)

    assert _names(TTFont(BytesIO(subset_font(request)))) == _names(font)


def _names(font: TTFont) -> set[tuple[int, str]]:
    return {(name.nameID, name.toUnicode()) for name in font["name"].names}


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
