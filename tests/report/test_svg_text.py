"""Text of figures in a PDF: whole words, where the SVG has them."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from reportgen.errors import ReportgenError
from reportgen.report import svg_text
from reportgen.report.pdf import PdfRequest, typeset

weasyprint = pytest.importorskip("weasyprint")
pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here")

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" width="400" height="200"
font-family="sans-serif" font-size="20"><text x="200" y="50">Beginning</text>
<text x="200" y="100" text-anchor="middle">Centred</text>
<text x="200" y="150" text-anchor="end">Ending</text>
<text x="10 40 70" y="190">abc</text></svg>"""
PAGE = """<html lang="en"><title>x</title><style>@page { size: 400px 200px; margin: 0 }
body { margin: 0 } img { display: block }</style><img alt="x" src="data:image/svg+xml,%s"></html>"""


@pytest.mark.parametrize("version", [weasyprint.__version__, "71.0"])
def test_text_is_where_the_svg_has_it(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word is one piece of text, at, around or before its position; letters stay apart.

    Versions of WeasyPrint whose functions take other arguments set it in their own way.
    """
    monkeypatch.setattr(weasyprint, "__version__", version)
    file = tmp_path / "text.pdf"
    file.write_bytes(typeset(PdfRequest(PAGE % quote(SVG), ())))
    command = ["pdftotext", "-bbox", str(file), "-"]
    boxes = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {
        word: (float(left) / 0.75, float(right) / 0.75)
        for left, right, word in re.findall(r'xMin="([\d.]+)".*xMax="([\d.]+)".*>(\w+)<', boxes)
    }
    assert found["Beginning"][0] == pytest.approx(200, abs=1)
    assert sum(found["Centred"]) / 2 == pytest.approx(200, abs=1)
    assert found["Ending"][1] == pytest.approx(200, abs=1)
    assert [found[letter][0] for letter in "abc"] == pytest.approx([10, 40, 70], abs=1)


def test_threads_set_text_as_one_does() -> None:
    """How text is set belongs to the process: two documents at once must not disturb each other."""
    setting, page = weasyprint.images.SVG, PAGE % quote(SVG)
    requests = [PdfRequest(page * (1 + 5 * index), ()) for index in range(4)]
    one_by_one = [typeset(request) for request in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        assert list(pool.map(typeset, requests)) == one_by_one
    assert weasyprint.images.SVG is setting


def test_a_figure_that_cannot_be_drawn_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint would leave out the rest of the figure, and write an incomplete document."""
    monkeypatch.setattr(svg_text, "_draw_line", lambda: None)
    with pytest.raises(ReportgenError, match=r"WeasyPrint .* fails to draw a figure"):
        typeset(PdfRequest(PAGE % quote(SVG), ()))
