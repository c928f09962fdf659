from __future__ import annotations

from dataclasses import dataclass

import pytest

from reportgen.figures.drawing import draw_screen
from reportgen.report.carried import read_html
from reportgen.report.html import render_html
from reportgen.verification.rendering import Derived, derive
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS
from tests.support.sharing import make_once


@dataclass(frozen=True)
class Report:
    """A report as it was built, and what follows from its evidence."""

    html: str
    derived: Derived


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A whole report of two models with two seeds, every figure drawn."""

    def build() -> Report:
        html = render_html(sample_view(PAPER_MODELS[::2], 2, draw=draw_screen))
        return Report(html, derive(read_html(html)))

    return make_once(tmp_path_factory, "verification", build)
