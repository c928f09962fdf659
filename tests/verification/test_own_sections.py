"""Sections with templates of the author's own are not run; all around them is compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportgen.cli.verify import command
from reportgen.errors import VerificationFailed
from reportgen.report.carried import pack
from reportgen.verification.html import render_again, verify_html
from reportgen.verification.rendering import derive
from tests.verification.conftest import Report

pytestmark = pytest.mark.slow

SECTION = """
## A study of ours

The network gets {{ number("models.cnn.accuracy.mean", "percent") }} right{{ cite("Brier") }},
Ελλάδα.

<table id="our-table"><caption>{{ label("Table", "our-table") }}. Ours.</caption><tbody>
<tr><td>1</td></tr></tbody></table>
"""


@pytest.fixture(scope="module")
def html(built: Report) -> str:
    """The report with a section of its author's own in its middle, with a table in it."""
    carried = built.derived.carried
    templates = {"sections/25-ours.md.j2": SECTION}
    presentation = replace(carried.presentation, templates=templates)
    return render_again(derive(pack(carried.evidence, presentation)))


def test_all_but_the_section_is_compared_and_the_section_is_named(html: str) -> None:
    """An honest report is not accused, though its tables and headings are counted otherwise."""
    assert "Ελλάδα" in html
    result = verify_html(html.encode())
    assert result.findings == ()
    assert result.own_sections == ("ours",)
    numbers = dict(re.findall(r'<li id="reference-(\d+)">(\w+)', html))
    assert numbers["1"] == "Brier"  # which a later section cites after others, where ours does not
    assert not result.identical and not result.is_partial
    assert (
        "of the sections ours, which are not derived from the "
        "evidence, only the" in result.notes[-1]
    )


EDITS: dict[str, Callable[[str], str]] = {
    "prose": lambda html: html.replace(
        "No model was trained on test", "Some models were trained on test"
    ),
    "moved": lambda html: html.replace('class="section ours"', 'class="section theirs"'),
    "second": lambda html: html.replace(
        "</main>", '<section class="section ours">All is well.</section></main>'
    ),
    "style": lambda html: html.replace("</style>", ".claim { display: none }</style>"),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_around_it_is_found(html: str, name: str) -> None:
    """Prose, styles and a second section of the same name are no part of what is left out."""
    edited = EDITS[name](html)
    assert edited != html
    assert verify_html(edited.encode()).findings


def test_a_number_within_it_is_compared_by_value(html: str) -> None:
    """A marked number in the author's section has to be the one that the evidence gives."""
    before, mark, after = html.partition("The network gets ")
    start, end = after.index(">") + 1, after.index("</data>")
    edited = f"{before}{mark}{after[:start]}99.99 %{after[end:]}"
    (finding,) = verify_html(edited.encode()).findings
    assert finding.kind == "number"
    assert finding.printed == "99.99 %"


@pytest.mark.parametrize("name", ["css/theme.css", "js/sort.js"])
def test_styles_and_scripts_of_the_authors_own_are_not_passed(
    built: Report, tmp_path: Path, name: str
) -> None:
    """They can hide a caution or print another number; the reader is asked to trust them."""
    carried = built.derived.carried
    presentation = replace(
        carried.presentation, templates={name: "/* .notice { display: none } */"}
    )
    path = tmp_path / "report.html"
    path.write_text(render_again(derive(pack(carried.evidence, presentation))), encoding="utf-8")
    said = CliRunner().invoke(command, [str(path)])
    assert isinstance(said.exception, VerificationFailed)
    assert f"own ({name}) can hide" in str(said.exception)
    assert "does not agree" not in str(said.exception)
    trusted = CliRunner().invoke(command, [str(path), "--trust-templates"])
    assert trusted.exit_code == 0
    assert f"the author's own templates and styles: {name}" in " ".join(trusted.output.split())
