"""Drawings from a store of somebody else are shapes and text, or are drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.figures import figure_key
from reportgen.figures.drawing import draw_screen, draw_svg
from reportgen.figures.stored import is_drawing
from reportgen.pipeline.caches import cached_figures
from reportgen.results.store import Store
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "handler": '<rect onclick="alert(1)"/>',
    "handler in capitals": '<rect ONLOAD="alert(1)"/>',
    "file": '<image href="file:///etc/passwd"/>',
    "old link": '<image xmlns:x="http://www.w3.org/1999/xlink" x:href="file:///etc/passwd"/>',
    "address": '<image href="https://example.org/x.png"/>',
    "drawing in a drawing": '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    "script address": '<use href="javascript:alert(1)"/>',
    "paint": '<rect fill="url(file:///etc/passwd)"/>',
    "style": '<rect style="fill:url(file:///etc/passwd)"/>',
    "style sheet": "<style>@import 'file:///etc/passwd';</style>",
    "page": '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    "link": '<a href="https://example.org"><text>x</text></a>',
    "animation": '<set attributeName="href" to="file:///etc/passwd"/>',
    "not closed": "<g>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_loads_or_runs_is_no_drawing(name: str) -> None:
    """Each way in which SVG can run a script or load something is refused."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{HOSTILE[name]}</svg>'
    assert not is_drawing(svg)
    assert is_drawing('<svg xmlns="http://www.w3.org/2000/svg"><rect fill="url(#a)"/></svg>')


def test_entities_are_no_drawing() -> None:
    """A document type, which can name files and grow without end, is refused unread."""
    text = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert not is_drawing(f'{text}<svg xmlns="http://www.w3.org/2000/svg">&a;</svg>')


def test_a_drawing_of_somebody_else_is_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the store has under the key of a figure is used only where it is a drawing."""
    spec = next(
        figure.spec for figure in sample_view(PAPER_MODELS[:2], 1).figures if figure.spec.table
    )
    drawn = draw_svg(spec)
    assert is_drawing(drawn)
    evil = drawn.replace("</svg>", HOSTILE["file"] + "</svg>")
    store, reporter = Store(tmp_path), SilentReporter()
    monkeypatch.setattr("reportgen.studies.presentation.plan_figures", lambda *_: (spec,))
    store.write("figure", figure_key(spec), {"slug": spec.slug}, {"figure.svg": evil.encode()})
    arguments: Any = (store, None, None, None, reporter)
    assert cached_figures(*arguments) == ((spec, drawn, draw_screen(spec)),)


class SilentReporter:
    """Takes what a build says, and says nothing."""

    def stage(self, text: str) -> None:
        """Take the name of a stage."""
