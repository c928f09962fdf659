from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.report.prose import Heading, halve, render_markdown, render_note

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "<a href=' javascript:alert(1)'>x</a>",
    "<svg><style>*{display:none}</style></svg>",
    "<style>body{display:none}</style>",
    "</style></div></section><h1>gone</h1>",
    "<div style='position:fixed'>over</div>",
    "<iframe src='https://example.org'></iframe>",
    "<math><mtext></p><style><img src=x onerror=alert(1)>",
    "<data data-path='models.cnn.accuracy.mean'>1</data>",
    "![tracking](https://example.org/pixel.png)",
]
ALLOWED = re.compile(r"</?([a-z0-9]+)((?: [a-z]+=\"[^\"]*\")*)>")


@pytest.mark.parametrize("text", HOSTILE)
def test_notes_are_sanitised(text: str) -> None:
    """No script, style, image, unsafe link or unclosed tag of a note reaches the document."""
    html = render_note(f"Before\n\n{text}\n\nAfter")

    tags = ALLOWED.findall(html)
    assert html.count("<") == len(tags), html
    names = {name for name, _ in tags}
    assert not names & {"script", "style", "img", "svg", "iframe", "h1", "data", "div", "section"}
    attributes = "".join(found for _, found in tags)
    assert not re.search(r" on\w+=| style=|javascript:|data:", attributes)
    assert "<p>Before</p>" in html


def test_notes_keep_what_authors_need() -> None:
    """Emphasis, lists, tables, code and safe links stay."""
    html = render_note("*a* `b`\n\n- c\n\n| d |\n|---|\n| e |\n\n[f](https://example.org)")

    for tag in ("<em>", "<code>", "<li>", "<td>", 'href="https://example.org"'):
        assert tag in html


def test_headings_of_notes_do_not_break_the_order_of_headings() -> None:
    """A heading in a note becomes a bold paragraph."""
    assert render_note("# Mine") == "<p><strong>Mine</strong></p>"


def test_headings_are_numbered_and_gathered() -> None:
    """Sections count in Roman numerals, their parts in letters; unnumbered ones do not count."""
    text = "\n\n".join(
        ["## Abstract {: #a .unnumbered }", "## One {: #one }", "### First", "### Second"]
        + [f"## Section {index}" for index in range(2, 10)]
        + ["### Part"] * 28
    )

    html, headings = render_markdown(text)

    assert [heading.name for heading in headings[:3]] == ["Abstract", "I. One", "II. Section 2"]
    assert [child.name for child in headings[1].children] == ["A. First", "B. Second"]
    assert headings[-1].name == "IX. Section 9"
    assert [child.name for child in headings[-1].children][-3:] == [
        "Z. Part",
        "AA. Part",
        "AB. Part",
    ]
    assert '<h2 id="one">I. One</h2>' in html


def test_headings_have_unique_ids() -> None:
    """Two headings with the same words can both be linked to."""
    _, headings = render_markdown("## Same\n\n## Same\n\n## Same")

    assert len({heading.id for heading in headings}) == 3


@given(st.lists(st.integers(0, 9), max_size=12))
def test_contents_are_set_in_two_columns(sections: list[int]) -> None:
    """They hold all headings in their order and as many lines; no section begins a column's end."""
    headings = tuple(
        Heading(2, f"s{place}", f"s{place}", tuple(
            Heading(3, f"s{place}-{part}", f"s{place}-{part}", ()) for part in range(parts)
        ))
        for place, parts in enumerate(sections)
    )  # fmt: skip
    columns = [
        [each for heading in column for each in (heading, *heading.children) if each.name]
        for column in halve(headings)
    ]
    assert [each.name for column in columns for each in column] == [
        each.name for heading in headings for each in (heading, *heading.children)
    ]
    assert 0 <= len(columns[0]) - len(columns[1]) <= 1 or (
        columns[1][0].level == 2 and len(columns[1]) - len(columns[0]) <= 2
    )
    if columns[1] and columns[1][0].level == 3:
        assert columns[0][-1].level == 3
