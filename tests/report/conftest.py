from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.report.html import render_html
from reportgen.report.pdf import render_pdf
from reportgen.report.view import ReportFigure, View
from tests.report.samples import sample_view


@pytest.fixture(scope="session")
def view() -> View:
    """The paper's four models with two seeds, on a little synthetic data."""
    return sample_view()


@pytest.fixture(scope="session")
def html(view: View) -> str:
    """The HTML document of `view`."""
    return render_html(view)


@pytest.fixture(scope="session")
def drawn_view() -> View:
    """One model with one seed, every figure drawn as in a real build."""
    from reportgen.figures.drawing import draw_svg
    from tests.support.factories import PAPER_MODELS

    return sample_view(
        PAPER_MODELS[:1],
        1,
        settings={
            "title": "Ein <b>Titel</b> & mehr",
            "cover": {"Author": "Someone", "学号": "2021"},
            "notes": {"results": "| a | b |\n|---|---|\n| 1 | 2 |\n\n- *one*\n- two"},
            "references": [{"text": "A paper.", "url": "https://example.org/"}],
        },
        draw=draw_svg,
    )


@pytest.fixture(scope="session")
def drawn_html(drawn_view: View, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML document of `drawn_view`, as a file, with its fonts."""
    path = tmp_path_factory.mktemp("html") / "report.html"
    path.write_text(render_html(drawn_view), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def pdf(drawn_view: View) -> bytes:
    """The PDF document of `drawn_view`."""
    return render_pdf(drawn_view)


@pytest.fixture
def with_templates(view: View):  # type: ignore[no-untyped-def]
    """Return `view` with own templates: file name → content."""
    return lambda files: replace(view, templates=files)


__all__ = ["ReportFigure"]
