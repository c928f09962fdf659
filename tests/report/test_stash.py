from __future__ import annotations

from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from reportgen.report.prose import render_markdown
from reportgen.report.stash import Stash, clean_text


@given(st.text(min_size=1))
def test_protected_text_survives_markdown_and_html(text: str) -> None:
    """Whatever a user writes is printed as it is, and never read as Markdown, HTML or a token."""
    stash = Stash()
    html, _ = render_markdown(f"before {stash.protect(text)} after")

    filled = stash.fill(html)

    assert unescape(filled) == f"<p>before {clean_text(text)} after</p>"


@given(st.text(alphabet="\ue000\ue001\ue002\ue003\ue004\ue0050123456789<", min_size=1))
def test_tokens_cannot_be_forged(text: str) -> None:
    """Text that imitates a token cannot make another piece appear."""
    stash = Stash()
    stash.hold("SECRET")

    assert "SECRET" not in stash.fill(str(stash.protect(text)))


def test_markup_is_left_as_it_is() -> None:
    """What a macro made is not escaped again."""
    assert Stash().protect(Markup("<b>bold</b>")) == "<b>bold</b>"


def test_pieces_within_pieces_return() -> None:
    """A block that holds a number's token gets the number back."""
    stash = Stash()
    block = stash.hold_block(f"<table><td>{stash.hold('<data>1</data>')}</td></table>")
    html, _ = render_markdown(f"Text\n\n{block}\n\nText")

    filled = stash.fill(html)

    assert "<table><td><data>1</data></td></table>" in filled
    assert "<p><table>" not in filled
