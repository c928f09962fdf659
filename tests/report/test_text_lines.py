"""Lines of the PDF: those of paragraphs, and those of figures, where the SVG has them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from markupsafe import escape

from reportgen.errors import ReportgenError
from reportgen.report import text_lines
from reportgen.report.pdf import PdfRequest, typeset
from reportgen.report.text_lines import break_long_names, whole_first_words

weasyprint: Any = pytest.importorskip("weasyprint")

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" width="400" height="200"
font-family="sans-serif" font-size="20"><text x="200" y="50">Beginning</text>
<text x="200" y="100" text-anchor="middle">Centred</text>
<text x="200" y="150" text-anchor="end">Ending</text>
<text x="10 40 70" y="190">abc</text></svg>"""
PAGE = """<html lang="en"><title>x</title><style>@page { size: 400px 200px; margin: 0 }
body { margin: 0 } img { display: block }</style><img alt="x" src="data:image/svg+xml,%s"></html>"""
CSS = Path(__file__).parents[2] / "templates/paper/css"
FIRST = "another example of what a model"
REST = "<i>misreads</i> and what it reads"
STYLE = "p { hyphens: auto; font-family: serif; margin: 0 } @page { size: 210mm 99mm }"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here")
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
    monkeypatch.setattr(text_lines, "_draw_line", lambda: None)
    with pytest.raises(ReportgenError, match=r"WeasyPrint .* fails to draw a figure"):
        typeset(PdfRequest(PAGE % quote(SVG), ()))


def texts(width: float, content: str) -> list[tuple[str, float]]:
    """Return text and width of the first box of text of each line of a paragraph."""
    html = f"<html lang='en'><style>{STYLE} p {{ width: {width}px }}</style><p>{content}</p>"
    page = weasyprint.HTML(string=html).render().pages[0]._page_box
    lines = [box for box in boxes(page) if type(box).__name__ == "LineBox"]
    first = [next(box for box in boxes(line) if type(box).__name__ == "TextBox") for line in lines]
    return [(box.text, box.width) for box in first]


def boxes(box: Any) -> Iterator[Any]:
    """Yield a box and all boxes in it."""
    yield box
    for child in getattr(box, "children", ()):
        yield from boxes(child)


def test_no_word_is_broken_because_a_space_does_not_fit() -> None:
    """The paragraph is as wide as the text before an element, and half a space more."""
    ((_, alone),) = texts(700, FIRST)
    ((_, spaced),) = texts(700, f"{FIRST}&nbsp;")
    width = (alone + spaced) / 2
    with whole_first_words(weasyprint):
        lines = [text.strip() for text, _ in texts(width, f"{FIRST} {REST}")]
    assert lines[0] == FIRST
    assert lines[1].startswith("misreads")


def test_long_words_are_still_hyphenated() -> None:
    """A line ends with a hyphen where half a word fits."""
    with whole_first_words(weasyprint):
        lines = [text for text, _ in texts(120, f"a counterrevolutionary {REST}")]
    assert any(line.rstrip().endswith(("-", "\u2010")) for line in lines)


def test_no_number_of_a_claim_is_broken() -> None:
    """In the style of a report, wherever in its line the number comes to stand."""
    css = "".join((CSS / name).read_text(encoding="utf-8") for name in ("content.css", "print.css"))
    claim = "<p><span class='claim'>{} {}<em>p</em>\xa0=\xa00.221). By AUROC</span></p>"
    claims = "".join(claim.format("i" * before, "word " * 12) for before in range(40))
    document = weasyprint.HTML(string=f"<style>{css}</style>{claims}").render()
    lines = [
        "".join(text.text for text in boxes(box) if type(text).__name__ == "TextBox")
        for page in document.pages
        for box in boxes(page._page_box)
        if type(box).__name__ == "LineBox"
    ]
    assert sum("p\xa0=\xa00.221)" in line for line in lines) == 40


def test_a_long_word_does_not_widen_a_table() -> None:
    """A name without spaces is broken where it heads a row, and nothing else is changed."""
    name, short = "resnet50_imagenet_<finetuned>_at_1e-4", "a forest"
    html = f"<p>{escape(name)}</p><table><tr><th>{escape(name)}</th><th>{short}</th></tr></table>"
    broken = break_long_names(html, [name, short])
    assert broken.replace("<wbr>", "") == html
    assert broken.startswith(f"<p>{escape(name)}</p>")
    assert max(map(len, re.split(r"<wbr>|</?th>", unescape(broken.partition("<th>")[2])))) < 20
