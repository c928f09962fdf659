"""`reportgen comments`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reportgen.comments import insert, split, write_json
from reportgen.comments.container import EMPTY
from reportgen.results import builds
from tests.cli.conftest import CommandLine
from tests.comments.test_container import make_comment

REPORT = f'<main><figure id="table-accuracy"></figure></main>{EMPTY}'
ADA = make_comment(id="a" * 12)
BOB = make_comment(id="b" * 12, author="Bob", place="id:gone", text="Where?")


def test_comments_of_several_reviewers_are_merged(reportgen: CommandLine, tmp_path: Path) -> None:
    """From a copy and from JSON into the report, whose text stays as it was."""
    report, copy, saved = (tmp_path / name for name in ("r.html", "copy.html", "bob.json"))
    report.write_text(REPORT)
    copy.write_text(insert(REPORT, [ADA]))
    saved.write_text(write_json([BOB], "Title"))

    ended = reportgen("comments", "merge", str(copy), str(saved), "--into", str(report))
    assert ended.code == 0
    assert "contains 2 comments by Ada, Bob." in ended.out
    assert "The place of this comment no longer exists: Bob on Table 3: Where?" in ended.out
    assert split(report.read_text()) == (REPORT, (ADA, BOB.model_copy(update={"anchor": ""})))

    again = reportgen("comments", "merge", str(report), str(copy))
    assert again.out.count('"id": "') == 2
    listed = reportgen("comments", "list", str(report)).out
    assert "2 comments" in listed and "Ada on Table 3: Why?" in listed


def test_a_build_that_publishes_meanwhile_is_not_replaced(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of a build is read when no build can replace it any more."""
    report, copy = tmp_path / "report.html", tmp_path / "copy.html"
    (tmp_path / "results.json").touch()
    report.write_text(REPORT)
    copy.write_text(insert(REPORT, [ADA]))

    @contextmanager
    def after_another_build(folder: Path) -> Iterator[None]:
        (folder / "report.html").write_text(f"<p>new</p>{REPORT}")
        yield

    monkeypatch.setattr(builds, "one_publisher", after_another_build)
    assert reportgen("comments", "merge", str(copy), "--into", str(report)).code == 0
    assert split(report.read_text()) == (f"<p>new</p>{REPORT}", (ADA,))


def test_a_file_without_comments_is_named(reportgen: CommandLine, tmp_path: Path) -> None:
    """One sentence, no traceback; nothing is written."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    ended = reportgen("comments", "merge", str(wrong))
    assert ended.code == 1 and "wrong.json contains no comments of a report" in ended.err
    missing = reportgen("comments", "list", str(tmp_path / "none.html"))
    assert missing.code == 2 and "none.html cannot be read" in missing.err
