"""`reportgen doctor`: what this machine has, what is missing, and what to do."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import data_option, output_option
from reportgen.wording import number_of, plural

EPILOG = """\b
Examples:
  reportgen doctor
  reportgen doctor --data-dir ~/data

\b
Exit codes: 0 a build would work; 1 something is missing.
"""


@click.command(epilog=EPILOG)
@output_option
@data_option
@click.pass_context
def command(context: click.Context, output: Path, data_dir: Path | None) -> None:
    """Check everything that a build needs: what is installed, what is missing, what to do."""
    from reportgen.cli.examination import examine

    missing, trains = 0, True
    for check in examine(output, data_dir):
        missing += check.state == "missing"
        trains &= check.state == "ok" or check.subject != "torch"
        say(f"{check.state:8}{check.subject:12}{one_line(check.found)}")
        if check.advice:
            say(f"{'':20}{check.advice}")
    things = f"{number_of(missing, 'thing')} {plural(missing, 'is', 'are')} missing"
    works = f"A build would work{'' if trains else ' if it trains no network'}."
    say(f"\nA build would fail: {things}." if missing else f"\n{works}")
    context.exit(1 if missing else 0)
