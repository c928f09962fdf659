from __future__ import annotations

import re

import pytest

from reportgen.comments import insert
from reportgen.errors import VerificationFailed
from reportgen.verification.html import verify_html
from reportgen.verification.saved import spell
from tests.comments.test_container import make_comment
from tests.verification.conftest import Report


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("<p>“a” &#34;b&#39; &gt; c&nbsp;d</p>", "<p>“a” \"b' > c\u00a0d</p>"),
        ('<a title="x &#34;y&#34;">', '<a title="x &quot;y&quot;">'),
        ("<br /><details open>", '<br><details open="">'),
        ('<path d="M0 0" />', '<path d="M0 0"/>'),
    ],
)
def test_one_document_spelled_in_two_ways_is_the_same(ours: str, theirs: str) -> None:
    """Character references, empty elements and attributes without a value."""
    assert spell(ours) == spell(theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("&lt;b&gt;", "<b>"),
        ('<path d="M0 0"/>', '<path d="M0 0">'),
        ("<script>a &lt; b</script>", "<script>a < b</script>"),
        ("&amp;lt;", "&lt;"),
        ('<a title="&copy=1">', '<a title="©=1">'),
        ("<p>1</p>", "<p>2</p>"),
        ('<a href="#x">', '<a href="#y">'),
    ],
)
def test_what_browsers_show_differently_stays_different(ours: str, theirs: str) -> None:
    """No edit hides behind another spelling."""
    assert spell(ours) != spell(theirs)


def test_a_commented_copy_verifies_and_says_that_comments_are_not_covered(built: Report) -> None:
    """As reportgen writes it, and as a browser spells it."""
    copy = insert(built.html, [make_comment(), make_comment(id="b" * 12, author="Bob")])
    for html in (copy, copy.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")):
        result = verify_html(html.encode())
        assert (result.identical, result.comments, result.findings) == (True, 2, ())
        assert any(note.startswith("2 comments of reviewers") for note in result.notes)


def test_a_page_that_a_browser_wrote_anew_is_not_accused(built: Report) -> None:
    """As with “web page, complete”: what its scripts changed is in it, and shapes have end tags."""
    shown = re.sub(r"<(path|use|rect)([^<>]*?) ?/>", r"<\1\2></\1>", built.html)
    with pytest.raises(VerificationFailed, match=r"need not mean that it was altered.*HTML only"):
        verify_html(shown.replace('<html lang="en"', '<html lang="en" class="traced"').encode())


def test_nothing_is_smuggled_in_beside_comments(built: Report) -> None:
    """An edit of the report, a container that holds markup, and one in another place are found."""
    copy = insert(built.html, [make_comment()])
    holder = copy[copy.index('<aside id="comments"') : copy.index("</aside>") + len("</aside>")]
    forged = (
        copy.replace("Accuracy is the share", "Accuracy is the largest share", 1),
        copy.replace("Why?", "<b>Verified: CNN is best.</b>", 1),
        copy.replace(holder, "", 1).replace("</h1>", f"</h1>{holder}", 1),
        copy.replace(holder, holder + holder, 1),
    )
    for html in forged:
        assert html != copy
        assert verify_html(html.encode()).findings
