"""Words of a PDF that another WeasyPrint typeset: counted, also where a page ends within one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.verification import pages_comparison

HTML = "<p>Shares are the counts divided by the sum of their row.</p>"


def missing(*pages: str, html: str = HTML) -> list[str]:
    """Return which words of the paragraph the pages print less often."""
    texts: Any = [SimpleNamespace(text=page) for page in pages]
    found = pages_comparison._compare_blocks(html, texts)
    return [finding.printed for finding in found]


@pytest.mark.parametrize(
    "pages",
    [
        ["Shares are the counts divided by the sum of their row."],
        ["Shares are the counts di\N{HYPHEN}\nvided by the sum of their row."],
        [
            "Shares are the counts di\N{HYPHEN}\n4\n",
            "Figure 3. Counts.\nvided by the sum of their row.",
        ],
        [
            "Shares are the counts di\N{HYPHEN}Results\n4\n",
            "Figure 3. Counts.vided by the sum of their row.",
        ],
    ],
)
def test_a_word_is_there_however_it_is_broken(pages: list[str]) -> None:
    """On one line, on two, with a figure between its halves, or where lines are joined."""
    assert missing(*pages) == []


@pytest.mark.parametrize(
    ("pages", "printed"),
    [
        (
            ["Shares are the counts multiplied by the sum of their row."],
            "“divided” is printed 0 × instead of 1 ×",
        ),
        (
            ["Shares are the counts di\N{HYPHEN}\nminished by the sum of their row."],
            "“divided” is printed 0 × instead of 1 ×",
        ),
        (
            ["Shares are the counts divided by the sum of their"],
            "“row.” is printed 0 × instead of 1 ×",
        ),
    ],
)
def test_a_word_that_is_missing_is_named(pages: list[str], printed: str) -> None:
    """Another word, another second half, or nothing."""
    assert missing(*pages) == [printed]


def test_a_name_that_is_read_from_the_right_is_apart_from_its_quotes() -> None:
    """In the text of a page, what was printed at its left comes first, and a bracket is moved."""
    html = "<p>Lowest in class ‘<bdi>שלום 2</bdi>’ (0.61).</p>"
    assert missing("Lowest in class ‘2 שלום’ (0.61).", html=html) == []
    assert missing("Lowest in class 2 שלום ‘( 0.61).", html=html) == []
    assert missing("Lowest in class ‘3 שלום’ (0.61).", html=html) == [
        "“2” is printed 0 × instead of 1 ×"
    ]


def test_a_cell_beside_such_a_name_may_lose_its_sign() -> None:
    """And that cell alone: a difference in another column is compared with its sign."""
    html = "<th><bdi>שלום</bdi></th><td>–</td><td>+1.11</td><td>+2.22</td>"
    assert missing("שלום– 1.11 +2.22", html=html) == []
    assert missing("שלום– 1.12 +2.22", html=html) == ["“1.11” is printed 0 × instead of 1 ×"]
    assert missing("שלום– 1.11 2.22", html=html) == ["“+2.22” is printed 0 × instead of 1 ×"]
