"""Figures whose models and classes are called anything: drawn whole, and without a warning."""

from __future__ import annotations

import warnings
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reportgen.figures import FigureSpec
from reportgen.figures.drawing import draw_svg
from tests.figures.conftest import Drawn

HOSTILE = "$\\foo_{$ 😀👩\u200d🔬 \ue000\ue001"
SCRIPTS = "שלום عليكم नमस्ते กรุงเทพ 東京都 e\u0301"
LONG = "w" * 60


def rename(value: Any, names: dict[str, str]) -> Any:
    """Return a figure's data with other names."""
    if isinstance(value, dict):
        return {key: rename(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [rename(entry, names) for entry in value]
    return names.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def renamed(paper: Drawn) -> dict[str, FigureSpec]:
    """The paper's figures, its models and classes called otherwise."""
    names = {"CNN": HOSTILE, "MLP": SCRIPTS, "CNN + dropout": LONG, "3": HOSTILE, "4": LONG}
    return {
        slug: spec.model_copy(update={"data": rename(spec.data, names), "alt": HOSTILE + SCRIPTS})
        for slug, spec in paper.specs.items()
    }


def test_any_name_can_be_drawn(renamed: dict[str, FigureSpec]) -> None:
    """No script, no formula of matplotlib and no private-use character stops a drawing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawings = {slug: draw_svg(spec) for slug, spec in renamed.items()}
    words = {slug: "".join(ET.fromstring(svg).itertext()) for slug, svg in drawings.items()}
    assert HOSTILE in words["overfitting"]
    assert SCRIPTS in words["overfitting"]
    assert LONG not in words["overfitting"]
    assert "www…www" in words["overfitting"]
