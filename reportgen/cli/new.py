"""`reportgen new`: a commented experiment file to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reportgen.cli.messages import say

EPILOG = """\b
Examples:
  reportgen new mine                          predictions that were made elsewhere
  reportgen new shapes --from images          one folder of images for each class
  reportgen new survey --from table           a CSV or Parquet file
  reportgen new experiments/digits --from mnist

\b
Exit codes: 0 the file is written; 1 it cannot be written; 2 a file of that name exists,
  or NAME is not the name of a file.
"""
STARTERS = ("predictions", "images", "table", "mnist")


@click.command(epilog=EPILOG)
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "starter",
    type=click.Choice(STARTERS),
    default="predictions",
    show_default=True,
    help="Kind of experiment.",
)
def command(name: Path, starter: str) -> None:
    """Write NAME.toml, an experiment file with comments, to start from."""
    from reportgen.errors import UsageError
    from reportgen.results.files import write_file

    if not name.name.strip(".") or not name.name.isprintable():
        raise UsageError(f"NAME is {str(name)!r}; give the name of a file, such as mine")
    path = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    if path.exists():
        raise UsageError(f"{path} already exists; give another name, or remove the file")
    write_file(path, (Path(__file__).parents[1] / "starters" / f"{starter}.toml").read_bytes())
    command = shlex.join(["reportgen", "check", str(path)])
    say(f"Written to {path}; edit it, then run: {command}")
