from __future__ import annotations

import pytest

from reportgen.comments import merge, read_json, write_json
from reportgen.errors import ReportgenError
from tests.comments.test_container import make_comment

FIRST = make_comment(id="aaaaaaaaaaaa", time="2026-01-01T00:00:00Z")
SECOND = make_comment(id="bbbbbbbbbbbb", time="2026-01-02T00:00:00Z", author="Bob")


def test_each_comment_is_there_once_and_the_oldest_first() -> None:
    """Reviewers pass files on, so that a comment comes in several of them."""
    assert merge([[SECOND, FIRST], [FIRST]]) == (FIRST, SECOND)


def test_a_comment_that_one_file_has_resolved_is_resolved() -> None:
    """Whichever file comes first."""
    done = FIRST.model_copy(update={"status": "resolved"})
    assert merge([[FIRST], [done]]) == merge([[done], [FIRST]]) == (done,)


def test_one_id_with_different_words_is_an_error() -> None:
    """One of the two files was edited by hand; nothing is dropped in silence."""
    with pytest.raises(ReportgenError, match="different comments called aaaaaaaaaaaa"):
        merge([[FIRST], [FIRST.model_copy(update={"text": "Because."})]])


def test_comments_are_kept_as_json() -> None:
    """What is written can be read; what is wrong is named."""
    assert read_json(write_json([FIRST, SECOND], "Title"), "x.json") == (FIRST, SECOND)
    with pytest.raises(
        ReportgenError, match=r"x\.json contains no comments of a report: comments\.0\.id"
    ):
        read_json(write_json([FIRST], "Title").replace("aaaaaaaaaaaa", "<b>"), "x.json")
    with pytest.raises(ReportgenError, match="the file: Invalid JSON"):
        read_json("no JSON", "x.json")
