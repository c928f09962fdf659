"""The one place of a report that holds comments, and the one form in which it holds them.

The page writes the same form (`js/comments-file.js`). A container counts as comments only where it
is, character for character, what the comments read from it give: escaped text in fixed markup. So
nothing else can be brought into a report through it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from pydantic import ValidationError

from reportgen.comments.records import MOST, Comment
from reportgen.wording import number_of

_START, _END = '<aside id="comments" aria-label="Comments of reviewers">', "</aside>"
EMPTY = _START + _END

_TEXT = "([^<>]*)"
_COMMENT = re.compile(
    rf'<article class="comment" id="comment-{_TEXT}" data-place="{_TEXT}" data-status="{_TEXT}">\n'
    rf'<p class="comment-head"><b>{_TEXT}</b> on '
    rf'(?:<a href="#{_TEXT}">{_TEXT}</a>|<i>{_TEXT}</i> \(no longer in the report\)), '
    rf'<time datetime="{_TEXT}">[^<>]*</time>[^<>]*</p>\n'
    rf"(?:<blockquote>{_TEXT}</blockquote>\n)?"
    rf'<p class="comment-text">{_TEXT}</p>\n</article>\n'
)


def split(html: str) -> tuple[str, tuple[Comment, ...]]:
    """Return a report without its comments, and the comments.

    A container that holds anything but comments in their one form is left where it is, and there
    are no comments: it is then a part of the report like any other.
    """
    start = html.rfind(_START)
    end = html.find(_END, start)
    if start < 0 or end < 0:
        return html, ()
    content = html[start + len(_START) : end].replace("\r\n", "\n")
    comments = _read(content)
    if not comments or _write(comments) != content:
        return html, ()
    return html[:start] + EMPTY + html[end + len(_END) :], comments


def insert(html: str, comments: Sequence[Comment]) -> str:
    """Return a report with these comments, in place of those that it holds."""
    bare, _ = split(html)
    before, _, after = bare.rpartition(EMPTY)
    return f"{before}{_START}{_write(comments)}{_END}{after}" if before else html


def _read(content: str) -> tuple[Comment, ...]:
    found = []
    for match in _COMMENT.finditer(content):
        parts = [unescape(part or "") for part in match.groups()]
        identifier, place, status, author, anchor, linked, gone, time, quote, text = parts
        fields = {"id": identifier, "place": place, "status": status, "author": author}
        fields |= {"anchor": anchor, "label": linked or gone, "time": time}
        try:
            found.append(Comment.model_validate({**fields, "quote": quote, "text": text}))
        except ValidationError:
            return ()
    return tuple(found) if len(found) <= MOST else ()


def _write(comments: Sequence[Comment]) -> str:
    if not comments:
        return ""
    count = number_of(len(comments), "comment")
    return (
        f"\n<h2>Comments of reviewers</h2>\n<p>{count}, no part of the report: nothing in them "
        "follows from its evidence, and <code>reportgen verify</code> does not cover them.</p>\n"
        + "".join(map(_write_one, comments))
    )


def _write_one(comment: Comment) -> str:
    shown = {name: escape(str(value)) for name, value in comment.model_dump().items()}
    link = (
        f'<a href="#{shown["anchor"]}">{shown["label"]}</a>'
        if comment.anchor
        else f"<i>{shown['label']}</i> (no longer in the report)"
    )
    quote = f"<blockquote>{shown['quote']}</blockquote>\n" if comment.quote else ""
    resolved = " (resolved)" if comment.status == "resolved" else ""
    return (
        f'<article class="comment" id="comment-{shown["id"]}" data-place="{shown["place"]}" '
        f'data-status="{shown["status"]}">\n<p class="comment-head"><b>{shown["author"]}</b> on '
        f'{link}, <time datetime="{comment.time}">{comment.time[:10]}</time>{resolved}</p>\n'
        f'{quote}<p class="comment-text">{shown["text"]}</p>\n</article>\n'
    )
