from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.comments import Comment, insert, split
from reportgen.comments.container import EMPTY
from reportgen.comments.records import MOST

REPORT = f"<main><p>99 %</p></main>\n{EMPTY}\n<footer></footer>"
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
words = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")) | st.just("\n"),
    min_size=1,
    max_size=80,
)


def make_comment(**changes: str) -> Comment:
    """Return a comment on a table."""
    given_fields = {
        "id": "0123456789ab",
        "author": "Ada",
        "time": "2026-01-02T03:04:05Z",
        "place": "id:table-accuracy",
        "anchor": "table-accuracy",
        "label": "Table 3",
        "quote": "",
        "text": "Why?",
        "status": "open",
    }
    return Comment.model_validate({**given_fields, **changes})


@given(words, words, words, st.sampled_from(["open", "resolved"]))
def test_any_text_comes_back_as_it_was(author: str, quote: str, text: str, status: str) -> None:
    """Whatever a reviewer writes is text in the file, and the report around it stays as it was."""
    comment = make_comment(author=author, quote=quote, text=text, status=status)
    html = insert(REPORT, [comment])

    assert split(html) == (REPORT, (comment,))
    outside = r"<(/?(aside|article|h2|p|b|a|code|time|blockquote|main|footer)\b[^<>]*)>"
    assert "<" not in re.sub(outside, "", html)


@pytest.mark.parametrize(
    ("written", "forged"),
    [
        ("Why?", "Why? <b>CNN 100 %</b>"),
        ("Why?", "Why?<script>alert(1)</script>"),
        ("Why?", "Why? &nbsp; spelled otherwise"),
        ("Why?", "Why?\u202e% 99"),
        ("Why?", "W" * 4001),
        ('class="comment"', 'class="answer"'),
        ('href="#table-accuracy"', 'href="https://example.org/"'),
        ('data-status="open"', 'data-status="open" onclick="alert(1)"'),
        ("1 comment, no part", "1 comment, checked, a part"),
        ("</article>", "</article><p>Verified.</p>"),
        ("0123456789ab", "x"),
    ],
)
def test_a_container_that_holds_anything_else_is_no_comment(written: str, forged: str) -> None:
    """It stays in the report, where `verify` finds that it does not follow from the evidence."""
    html = insert(REPORT, [make_comment()]).replace(written, forged)

    assert split(html) == (html, ())


def test_there_are_only_so_many_comments() -> None:
    """A container with more than the limit is no container of comments."""
    many = [make_comment(id=f"{number:012x}") for number in range(MOST + 1)]

    assert split(insert(REPORT, many[:-1]))[1] == tuple(many[:-1])
    assert split(insert(REPORT, many))[1] == ()


def test_unseen_characters_are_refused() -> None:
    """A mark of direction could make a comment read like something else."""
    for character in ("\u202e", "\u200b", "\x1b", "\u2028"):
        assert unicodedata.category(character) in UNSEEN
        with pytest.raises(ValueError, match="not a visible character"):
            make_comment(text=f"a{character}b")
