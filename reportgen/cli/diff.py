"""`reportgen diff`: what changed between two builds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli.completion import complete_builds
from reportgen.cli.messages import say
from reportgen.cli.options import builds_option, format_option, path_option

if TYPE_CHECKING:
    from reportgen.diff import Diff

EPILOG = """\b
Examples:
  reportgen diff                                   the last build and the one before it
  reportgen diff paper                             the same for one experiment
  reportgen diff paper paper--wide                 two variants
  reportgen diff output/paper/history/2026-01-02T03-04-05.678Z output/paper
  reportgen diff main/results.json branch/results.json --format markdown
  reportgen diff old-report.html output/paper --format html --output diff.html

\b
A metric has moved if its mean over the seeds changed by more than the range (highest
minus lowest) over the seeds of either build.
"""


@click.command(epilog=EPILOG)
@click.argument("names", metavar="[A] [B]", nargs=-1, shell_complete=complete_builds)
@format_option("markdown", "json", "html")
@path_option("--output", "File to write; default: the terminal.")
@builds_option
def command(names: tuple[str, ...], format_name: str, output: Path | None, builds: Path) -> None:
    """Print what changed from build A to build B: settings, runs, numbers, conclusions.

    A and B are each the name of an experiment or variant, the folder of a build, its results.json,
    or its report.html. With only A, an experiment's last build is compared with the one before it,
    and an earlier build with the last one. With neither, the last of all builds is compared with
    the one before it.
    """
    from reportgen.diff import compare_builds
    from reportgen.diff.selection import read_build, select_builds

    if len(names) > 2:
        raise click.UsageError(f"diff compares two builds, but {len(names)} were given")
    first, second = select_builds(names, builds)
    titles = str(first), str(second)
    diff = compare_builds(read_build(first), read_build(second), titles)
    text = print_diff(diff, format_name)
    if output is None:
        say(text)
        return
    from reportgen.results.files import write_file

    write_file(output, f"{text.rstrip()}\n".encode())
    say(f"Written to {output}")


def print_diff(diff: Diff, format_name: str) -> str:
    """Return the comparison in one of the formats of the command."""
    from reportgen.diff.tables import print_markdown, print_text

    if format_name == "markdown":
        return print_markdown(diff)
    if format_name == "json":
        return diff.model_dump_json(indent=2)
    if format_name == "html":
        from reportgen.diff.page import render_page

        return render_page(diff)
    return print_text(diff)
