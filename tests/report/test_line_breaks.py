"""Lines of the PDF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.report.line_breaks import whole_first_words

weasyprint: Any = pytest.importorskip("weasyprint")
CSS = Path(__file__).parents[2] / "templates/paper/css"
FIRST = "another example of what a model"
REST = "<i>misreads</i> and what it reads"
STYLE = "p { hyphens: auto; font-family: serif; margin: 0 } @page { size: 210mm 99mm }"


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
    for before in range(40):
        text = f"{'i' * before} {'word ' * 12}<em>p</em>\xa0=\xa00.221"
        html = f"<style>{css}</style><p><span class='claim'>{text}). By AUROC</span></p>"
        page = weasyprint.HTML(string=html).render().pages[0]._page_box
        lines = (box for box in boxes(page) if type(box).__name__ == "LineBox")
        set_as = [
            "".join(box.text for box in boxes(line) if type(box).__name__ == "TextBox")
            for line in lines
        ]
        assert any("p\xa0=\xa00.221)" in line for line in set_as), set_as
