"""`reportgen doctor`: what this machine has, what is missing, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import data_option, output_option

if TYPE_CHECKING:
    from reportgen.cli.examination import Check

EPILOG = """\b
Examples:
  reportgen doctor
  reportgen doctor --data-dir ~/data

\b
Exit codes: 0 a build would work; 1 something that it needs is missing.
"""


@click.command(epilog=EPILOG)
@output_option
@data_option
@click.pass_context
def command(context: click.Context, output: Path, data_dir: Path | None) -> None:
    """Check everything that a build needs: what is there, what is missing, what to do."""
    from reportgen.cli.examination import examine

    missing = 0
    for check in examine(output, data_dir):
        missing += check.state == "missing"
        say(describe(check))
    say(conclude(missing))
    context.exit(1 if missing else 0)


def describe(check: Check) -> str:
    """Return a check as a line, with advice below it."""
    lines = [f"{check.state:8}{check.subject:12}{one_line(check.found)}"]
    if check.advice:
        lines.append(f"{'':20}{check.advice}")
    return "\n".join(lines)


def conclude(missing: int) -> str:
    """Return whether a build would work."""
    if not missing:
        return "\nA build would work."
    things = "1 thing is" if missing == 1 else f"{missing} things are"
    return f"\nA build would fail: {things} missing."
