"""`reportgen diff`: what changed between two builds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reportgen.diff import Diff

EPILOG = """\b
Examples:
  reportgen diff output/paper/history/2026-01-02T03-04-05Z output/paper
  reportgen diff main/results.json branch/results.json --format markdown
  reportgen diff old-report.html output/paper --format html --output diff.html

\b
A metric moved where its mean over the seeds changed by more than the seeds of
either build are spread, from the lowest to the highest.
"""


@click.command(epilog=EPILOG)
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "markdown", "json", "html"]),
    default="text",
    show_default=True,
    help="How to say what changed.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; otherwise the terminal.",
)
def command(first: Path, second: Path, format_name: str, output: Path | None) -> None:
    """Say what changed from build A to build B: settings, runs, numbers, conclusions.

    Each is the folder of a build, its results.json, or its report.html.
    """
    from reportgen.diff import compare_builds
    from reportgen.diff.sources import read_build

    names = str(first), str(second)
    diff = compare_builds(read_build(first), read_build(second), names)
    text = print_diff(diff, format_name)
    if output is None:
        click.echo(text)
        return
    from reportgen.results.files import write_file

    write_file(output, f"{text.rstrip()}\n".encode())
    click.echo(f"Written to {output}")


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
