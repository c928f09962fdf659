"""`reportgen clean`: list and remove what no kept report needs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import output_option
from reportgen.wording import number_of

if TYPE_CHECKING:
    from reportgen.results.cleaning import Item

EPILOG = """\b
Examples:
  reportgen clean --dry-run                 what would be removed, and how many bytes
  reportgen clean --older-than 30d          only what is older than a month
  reportgen clean --keep-latest --yes       earlier builds too, without asking

\b
Exit codes: 0 done; 1 something cannot be removed; 2 the command is wrong.
"""

SHOWN = 20
"""How many things of a category are named; further ones are counted."""

NAMES = {
    "build": ("earlier build", "earlier builds"),
    "run": ("run that no report needs", "runs that no report needs"),
    "checkpoint": ("checkpoint", "checkpoints"),
    "dataset": ("data set that no report needs", "data sets that no report needs"),
    "cache": ("cached result", "cached results"),
    "damaged": ("damaged entry that was set aside", "damaged entries that were set aside"),
    "leftover": ("leftover of a killed process", "leftovers of killed processes"),
}


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def _read_age(context: click.Context, parameter: click.Parameter, text: str) -> float:
    """Return an age such as `30d` in seconds."""
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text)
    if match is None:
        message = f"{text!r} is not an age; write a number followed by s, m, h, d or w, such as 30d"
        raise click.BadParameter(message, context, parameter)
    return float(match[1]) * _UNITS[match[2]]


@click.command(epilog=EPILOG)
@click.option(
    "--older-than",
    callback=_read_age,
    default="1d",
    metavar="AGE",
    show_default=True,
    help="Keep anything younger, since a running build may need it. AGE is a number followed by s, "
    "m, h, d or w (seconds to weeks).",
)
@click.option("--keep-latest", is_flag=True, help="Keep only the latest build of each experiment.")
@click.option(
    "--all", "everything", is_flag=True, help="Also remove what reports need; the reports stay."
)
@click.option("--dry-run", is_flag=True, help="List what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
def command(
    older_than: float, keep_latest: bool, everything: bool, dry_run: bool, yes: bool, output: Path
) -> None:
    """List everything in OUTPUT that no kept report needs, and remove it.

    The latest build of every experiment and its history are kept. Runs that a report needs are
    removed only with --all; they would have to be trained again.
    """
    import time

    from reportgen.results.cleaning import Rules, plan_cleaning, remove_items

    rules = Rules(time.time() - older_than, keep_latest, everything)
    items = plan_cleaning(output, rules)
    say(describe_items(output, items))
    if not items or dry_run:
        return
    if not yes:
        _ask()
        # What a report needs by now stays.
        still = {item.path for item in plan_cleaning(output, rules)}
        items = tuple(item for item in items if item.path in still)
    say(f"Removed {format_bytes(remove_items(items))}.")


def describe_items(output: Path, items: Sequence[Item]) -> str:
    """Return what may be removed: for each category the number and bytes, then each by name."""
    if not items:
        return f"There is nothing to remove in {output}/."
    lines = [f"To remove from {output}/:"]
    for category in NAMES:
        lines += _describe_category(category, [item for item in items if item.category == category])
    return "\n".join([*lines, f"Total: {format_bytes(sum(item.bytes for item in items))}."])


def _describe_category(category: str, items: Sequence[Item]) -> Iterator[str]:
    if not items:
        return
    name = NAMES[category][len(items) > 1]
    yield f"  {len(items)} {name}: {format_bytes(sum(item.bytes for item in items))}"
    yield from (f"    {one_line(item.label)}  {format_bytes(item.bytes)}" for item in items[:SHOWN])
    if len(items) > SHOWN:
        yield f"    … and {len(items) - SHOWN} more"


def format_bytes(count: int) -> str:
    """Return a number of bytes, also in MB where that is easier to read."""
    exact = number_of(count, "byte")
    return f"{exact} ({count / 1e6:,.1f} MB)" if count >= 100_000 else exact


def _ask() -> None:
    from reportgen.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "clean asks before it removes files, but standard input is not a terminal; "
            "add --yes to remove them, or --dry-run to list them only"
        )
    if not click.confirm("Remove them?"):
        raise click.exceptions.Exit(0)
