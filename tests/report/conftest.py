from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.report.html import render_html
from reportgen.report.view import View
from tests.report.samples import sample_view
from tests.support.reports import SmallReport


@pytest.fixture(scope="session")
def view() -> View:
    """The paper's four models with two seeds, on a little synthetic data."""
    return sample_view()


@pytest.fixture(scope="session")
def html(view: View) -> str:
    """The HTML document of `view`."""
    return render_html(view)


@pytest.fixture(scope="session")
def drawn_html(small_report: SmallReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML document of `small_report`, as a file, with its fonts."""
    path = tmp_path_factory.mktemp("html") / "report.html"
    path.write_text(small_report.html, encoding="utf-8")
    return path
