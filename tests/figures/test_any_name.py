"""Figures whose models and classes are called anything: drawn whole, and without a warning."""

from __future__ import annotations

import warnings
from typing import Any
from xml.etree import ElementTree as ET

from reportgen.figures.drawing import draw_svg
from tests.figures.conftest import Drawn

HOSTILE = "$x_{$ & <b> [[a|b]] 👩\u200d🔬 \ue000"
SCRIPTS = "שלום عليكم नमस्ते 東京 e\u0301"
LONG = "w" * 60


def rename(value: Any, names: dict[str, str]) -> Any:
    """Return a figure's data with other names."""
    if isinstance(value, dict):
        return {key: rename(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [rename(entry, names) for entry in value]
    return names.get(value, value) if isinstance(value, str) else value


def test_any_name_can_be_drawn(paper: Drawn) -> None:
    """No script, tag, formula of matplotlib or private-use character stops a drawing."""
    names = {"CNN": HOSTILE, "MLP": SCRIPTS, "CNN + dropout": LONG, "3": HOSTILE, "4": LONG}
    words = {}
    for kind, spec in {spec.kind: spec for spec in paper.specs.values()}.items():
        changes = {"data": rename(spec.data, names), "title": HOSTILE, "alt": HOSTILE + SCRIPTS}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            svg = ET.fromstring(draw_svg(spec.model_copy(update=changes)))
        assert [svg[0].text, svg[1].text] == [HOSTILE, HOSTILE + SCRIPTS]
        words[kind] = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {HOSTILE, SCRIPTS} <= set(words["overfitting"])
    (shortened,) = [text for text in words["overfitting"] if text and text.startswith("www")]
    assert "…" in shortened and len(shortened) < len(LONG)
