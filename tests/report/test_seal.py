"""The seal of an HTML report finds every edit, and names the block that it lies in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.report.seal import EMPTY_SEAL, altered_blocks, seal_html

PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Report</title></head>
<body>
<h1>Results</h1>
<p>The CNN reaches <data value="0.99">99.00 %</data> of the test images.</p>
<table><tr><th>Model</th><td>CNN</td></tr><tr><th>Accuracy</th><td>0.99</td></tr></table>
{EMPTY_SEAL}
</body></html>
"""
SEALED = seal_html(PAGE)


def test_sealed_document_is_unaltered() -> None:
    """A document as it was sealed has no altered block."""
    assert altered_blocks(SEALED) == ()


@given(st.integers(min_value=0, max_value=len(SEALED) - 1), st.sampled_from("x7 <>"))
def test_any_replaced_character_is_found(position: int, character: str) -> None:
    """Replacing any one character, wherever it stands, breaks the seal."""
    if SEALED[position] == character:
        return
    edited = SEALED[:position] + character + SEALED[position + 1 :]
    assert altered_blocks(edited) != ()


@given(st.integers(min_value=0, max_value=len(SEALED) - 1))
def test_any_removed_character_is_found(position: int) -> None:
    """Removing any one character breaks the seal."""
    edited = SEALED[:position] + SEALED[position + 1 :]
    if edited != SEALED:
        assert altered_blocks(edited) != ()


def test_edited_cell_is_named_with_its_line() -> None:
    """The altered block is the one that was edited, with its line."""
    blocks = altered_blocks(SEALED.replace("<td>0.99</td>", "<td>0.98</td>"))
    assert blocks is not None
    assert [(block.line, "0.98" in block.text) for block in blocks] == [(6, True)]


def test_two_edits_are_both_named() -> None:
    """Two edits in two blocks are two altered blocks."""
    edited = SEALED.replace("Results", "Result").replace("reaches", "misses")
    blocks = altered_blocks(edited)
    assert blocks is not None
    assert [block.line for block in blocks] == [4, 5]


def test_document_without_a_seal_says_so() -> None:
    """A document that carries no seal is not called unaltered."""
    assert altered_blocks(PAGE.replace(EMPTY_SEAL, "")) is None


def test_template_without_a_place_for_the_seal_is_an_error() -> None:
    """A frame that cannot be sealed is refused when it is rendered."""
    with pytest.raises(ReportgenError, match=r"must print \{\{ seal \}\} once"):
        seal_html("<p>no seal</p>")
