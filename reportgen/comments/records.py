"""What a comment is, as JSON, and how the comments of several reviewers become one list."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from reportgen.config.spec import Record
from reportgen.errors import ReportgenError

FORMAT = "reportgen comments 1"
MOST = 500
"""Comments of one report."""
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Characters that show nothing, or that reorder what a reader sees."""


def _require_visible(text: str) -> str:
    for character in text:
        if character != "\n" and unicodedata.category(character) in _UNSEEN:
            raise ValueError(f"U+{ord(character):04X} is not a visible character")
    return text


_Visible = AfterValidator(_require_visible)
_Name = Annotated[str, Field(min_length=1, max_length=80), _Visible]


class Comment(Record):
    """What one reviewer wrote about one place; plain text throughout."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    author: _Name
    time: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    """When it was written, UTC."""
    place: Annotated[str, Field(min_length=1, max_length=300), _Visible]
    """`id:<id>`, `claim:<section>:<claim>` or `text:<section>:<its beginning, digits as #>`."""
    anchor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{0,120}$")]
    """Id of the element to which a link leads; empty where the place is no longer there."""
    label: _Name
    """What the place is called, such as `Figure 7`."""
    quote: Annotated[str, Field(max_length=300), _Visible]
    text: Annotated[str, Field(min_length=1, max_length=4000), _Visible]
    status: Literal["open", "resolved"]


class _File(Record):
    format: Literal["reportgen comments 1"]
    report: str
    comments: Annotated[tuple[Comment, ...], Field(max_length=MOST)]


_FILE = TypeAdapter(_File)


def read_json(content: bytes | str, name: str) -> tuple[Comment, ...]:
    """Return the comments of a JSON file called `name`; raises ReportgenError where it is none."""
    try:
        return _FILE.validate_json(content).comments
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ReportgenError(
            f"{name} contains no comments of a report: {where}: {first['msg']}. Save the comments "
            "from the report, under “Comments of reviewers”, as JSON"
        ) from error


def write_json(comments: Iterable[Comment], report: str) -> str:
    """Return comments as JSON, as the page saves them."""
    entries = [comment.model_dump(mode="json") for comment in comments]
    content = {"format": FORMAT, "report": report, "comments": entries}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def merge(lists: Iterable[Iterable[Comment]]) -> tuple[Comment, ...]:
    """Return the comments of several files, each once, the oldest first.

    A comment that one file has resolved is resolved. Raises ReportgenError where two files have
    different words under one id, or where there are too many comments.
    """
    merged: dict[str, Comment] = {}
    for comment in (comment for each in lists for comment in each):
        known = merged.setdefault(comment.id, comment)
        if (known.author, known.text) != (comment.author, comment.text):
            raise ReportgenError(
                f"two files have different comments called {comment.id}, by {known.author} and "
                f"{comment.author}; one of them was edited outside the report"
            )
        if comment.status == "resolved":
            merged[comment.id] = known.model_copy(update={"status": "resolved"})
    if len(merged) > MOST:
        raise ReportgenError(f"a report has at most {MOST} comments, but there are {len(merged)}")
    return tuple(sorted(merged.values(), key=lambda comment: (comment.time, comment.id)))
