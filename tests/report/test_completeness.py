"""Every number that a report prints about its results says what it is, to be verified by."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reportgen.figures.drawing import draw_svg
from reportgen.report.html import render_html
from reportgen.report.view import ReportFigure
from tests.report.samples import sample_view
from tests.support.factories import PAPER_MODELS

SILENT = {"script", "style", "head", "code", "pre", "desc"}
"""Elements whose digits are no printed results: programs, digests, texts that repeat a figure."""
VOID = {"meta", "link", "br", "img", "hr", "path", "use", "image", "rect", "line", "circle"}
WORDS = re.compile(
    r"F1|f1-score|SHA-256|SHA-1|×|(Figure|Table)\s[0-9]+|[A-Za-z][A-Za-z0-9]*[0-9]d?\b"
    r"|1,000 images|[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}|reportgen [0-9.]+",
    re.IGNORECASE,
)
"""Digits within words, names and dates."""
NUMBERING = {"label", "ref", "date", "seed", "references", "formula", "layers"}
"""Classes of elements whose digits count figures, tables, layers or seeds, or make a formula."""
EXPLAINED = (
    # Prose that would say the same of any results.
    r"range from 0 to 1, then 0\.5 is subtracted and the result divided by 0\.5",
    r"scaled to the range from 0 to 1 and not standardised",
    r"with 90.% confidence, 90.%|80.% power",
    r"does not start at 0|starts at [0-9.]+, not at 0|[0-9]+ of\b|first [0-9]+ of each class",
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}",
    # The architecture, in words.
    r"[0-9]+ [0-9]+ pixels|× [0-9]+|[0-9]+ ×|\blayers? [0-9]+",
    # Names of classes.
    r"[‘“'][^’”']*[’”']|classes: [0-9, ]+ and [0-9]+",
    r"mean over [0-9]+ seeds|from [0-9]+ runs?|and [0-9]+ older methods?",
)
SETTINGS = {"table-settings", "environment-1"}
"""What repeats the experiment file and describes the machine."""


class Unmarked(HTMLParser):
    """Collects pieces of visible text outside every marked number."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass an element without content."""

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those within it that were not closed."""
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep the text where it holds a digit."""
        tags = {tag for tag, _ in self.stack}
        if re.search("[0-9]", data) and not tags & SILENT and not self._is_known():
            place = "/".join(tag for tag, _ in self.stack[-3:])
            self.pieces.append((place, data.strip()))

    def _is_known(self) -> bool:
        for tag, attributes in self.stack:
            classes = set((attributes.get("class") or "").split())
            marked = "data-path" in attributes or tag == "svg"
            if marked or classes & NUMBERING or attributes.get("id") in SETTINGS:
                return True
        # The name of a row or a column.
        return self.stack[-1][0] == "th"


@pytest.fixture(scope="module")
def report() -> str:
    """A report with a figure."""
    # One model is so bad that every comparison with it has a winner.
    models = (*PAPER_MODELS[:3], replace(PAPER_MODELS[3], error=0.25))
    view = sample_view(models, 2, 300, baseline=True)
    (shown,) = (each.spec for each in view.figures if each.spec.slug == "class-f1")
    return render_html(replace(view, figures=(ReportFigure(shown, draw_svg(shown)),)))


def test_no_result_is_printed_without_its_mark(report: str) -> None:
    """Outside marked numbers, digits are names, settings, numbering or fixed prose, and no more."""
    reader = Unmarked()
    reader.feed(report)
    assert reader.stack == [] or reader.stack[0][0] == "html"
    left = [(place, rest) for place, text in reader.pieces if (rest := unexplained(text))]
    assert left == []


def test_the_search_would_find_a_bare_number(report: str) -> None:
    """A number whose mark is taken away is found."""
    bare = re.sub(r"<data [^>]*accuracy.mean[^>]*>([^<]*)</data>", r"\1", report, count=1)
    reader = Unmarked()
    reader.feed(bare)
    assert [text for _, text in reader.pieces if unexplained(text)]


def unexplained(text: str) -> str:
    """Return what is left of `text` where it still holds a digit after all that is explained."""
    for pattern in EXPLAINED:
        text = re.sub(pattern, "", text)
    text = WORDS.sub("", text)
    return text if re.search("[0-9]", text) else ""


def test_figures_mark_the_values_they_print(report: str) -> None:
    """The values at the bars of a figure are marked like those in the text."""
    drawing = re.search(r'<figure [^>]*id="class-f1">.*?</svg>', report, re.DOTALL)
    assert drawing is not None
    assert re.search(r"<text [^>]*data-path=", drawing[0])
