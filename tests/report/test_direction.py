"""Names that are read from right to left, among text that is not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reportgen.report.direction import isolate_names
from reportgen.report.pdf import PdfRequest, typeset

FOREST, NET = "غابة 3", "شبكة"
SENTENCE = f"Lowest are {FOREST} (0.61), {NET} (0.72), and שלום (0.83)."
PAGE = '<html lang="en"><title>x</title><style>@page {{ size: 900px 90px }}</style><p>{}</html>'


def test_names_are_isolated_in_text_alone() -> None:
    """Attributes, titles, figures and scripts hold no elements; a longer name goes first."""
    html = f"<title>{NET}</title><svg><text>{NET}</text></svg><p title='{NET}'>{NET}, {NET} 2 & A"
    found = isolate_names(html, [NET, f"{NET} 2", "A"])
    assert found == html.replace(f">{NET}, {NET} 2", f"><bdi>{NET}</bdi>, <bdi>{NET} 2</bdi>")


@pytest.mark.parametrize("opened", ["<svg>", "<title>"])
def test_what_is_not_closed_extends_to_the_end(opened: str) -> None:
    """As a browser reads it, and in linear time: an own template may leave thousands open."""
    html = f"{opened}<p>{NET}"
    assert isolate_names(f"{NET}{html}", [NET]) == f"<bdi>{NET}</bdi>{html}"


def test_names_are_escaped_as_in_the_document() -> None:
    """A name with a character that HTML escapes is found where it is printed."""
    assert isolate_names("<b>א&amp;ב</b>", ["א&ב"]) == "<b><bdi>א&amp;ב</bdi></b>"


def test_a_letter_within_a_word_is_no_name() -> None:
    """Classes may be letters: an element within a word would take its letters apart."""
    html = "<p>ש was taken for ל, not שלום or ש2.</p>"
    found = isolate_names(html, ["ש", "ל"])
    assert found == "<p><bdi>ש</bdi> was taken for <bdi>ל</bdi>, not שלום or ש2.</p>"


def test_documents_without_such_names_are_left_alone() -> None:
    """Digits and brackets have no direction of their own."""
    assert isolate_names("<p>網 (1)</p>", ["網", "(1)"]) == "<p>網 (1)</p>"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler here")
def test_numbers_follow_their_names_on_paper(tmp_path: Path) -> None:
    """Each number is printed to the right of its name, and before the next one."""
    pytest.importorskip("weasyprint")
    page, file = PAGE.format(isolate_names(SENTENCE, [FOREST, NET, "שלום"])), tmp_path / "a.pdf"
    file.write_bytes(typeset(PdfRequest(page, ())))
    command = ["pdftotext", "-bbox", str(file), "-"]
    boxes = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    words = sorted(
        (float(left), word) for left, word in re.findall(r'xMin="([\d.]+)".*>(.+)</word>', boxes)
    )
    # Poppler may give the letters of such a word in the order in which they are printed.
    known = {"".join(sorted(name)): name for name in ("غابة", NET, "שלום")}
    found = [known.get("".join(sorted(word)), word) for _, word in words]
    expected = ["غابة", "(0.61),", NET, "(0.72),", "שלום", "(0.83)."]
    assert [word for word in found if word in expected] == expected
