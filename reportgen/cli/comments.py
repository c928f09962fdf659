"""`reportgen comments`: what reviewers wrote into copies of a report."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import path_option
from reportgen.wording import number_of

if TYPE_CHECKING:
    from reportgen.comments import Comment

EPILOG = """\b
Examples:
  reportgen comments list report-commented.html
  reportgen comments merge ada.html bob.json --into output/paper/report.html
  reportgen comments merge ada.html bob.json > comments.json

\b
The next build moves open comments to the same place in the new report, and lists those whose
place no longer exists.

\b
Exit codes: 0 done; 1 a file is neither a report nor comments saved as JSON; 2 a file cannot be
read.
"""


@click.group(epilog=EPILOG)
def command() -> None:
    """List or merge the comments of reviewers.

    Comments are not part of a report: `reportgen verify` counts them and compares the rest.
    """


@command.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@path_option(
    "--into",
    "The report.html to add them to.",
    metavar="REPORT",
)
def merge_command(files: tuple[Path, ...], into: Path | None) -> None:
    """Merge the comments of FILES: commented copies (HTML), or comments saved as JSON."""
    from reportgen.comments import insert, merge, relocate, write_json
    from reportgen.results.builds import one_publisher
    from reportgen.results.files import write_file
    from reportgen.results.results_json import RESULTS

    comments = merge(map(_read, files))
    if into is None:
        say(write_json(comments, ""), nl=False)
        return
    # A build that publishes meanwhile would lose the comments, or this command its report.
    is_build = (into.parent / RESULTS).is_file()
    with one_publisher(into.parent) if is_build else nullcontext():
        html = _text(into)
        comments = relocate(merge([_read(into), comments]), html)
        write_file(into, insert(html, comments).encode())
    authors = ", ".join(dict.fromkeys(one_line(comment.author) for comment in comments))
    count = number_of(len(comments), "comment")
    say(f"{one_line(into)} contains {count}{f' by {authors}' if authors else ''}.")
    for comment in comments:
        if not comment.anchor:
            say(f"The place of this comment no longer exists: {_describe(comment)}")


@command.command("list")
@click.argument("file", type=click.Path(path_type=Path))
def list_command(file: Path) -> None:
    """Print the comments of FILE, a report or comments saved as JSON."""
    comments = _read(file)
    say(f"{one_line(file)}: {number_of(len(comments), 'comment')}")
    for comment in comments:
        say(f"{'[resolved] ' if comment.status == 'resolved' else ''}{_describe(comment)}")


def _read(path: Path) -> tuple[Comment, ...]:
    from reportgen.comments import read_json, split

    text = _text(path)
    return split(text)[1] if text.lstrip()[:1] == "<" else read_json(text, one_line(path))


def _text(path: Path) -> str:
    from reportgen.errors import UsageError
    from reportgen.reading import read_regular
    from reportgen.verification import LARGEST

    try:
        return read_regular(path, LARGEST).decode().replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text; give a report.html or a comments.json"
        ) from error


def _describe(comment: Comment) -> str:
    return one_line(f"{comment.author} on {comment.label}: {comment.text}")
