"""`reportgen audit`: could published figures have come from the split that they claim?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli.messages import say
from reportgen.cli.options import print_format_option

if TYPE_CHECKING:
    from reportgen.audit.records import Audit

EPILOG = """\b
Examples:
  reportgen audit experiments/paper.toml
  reportgen audit figures.toml --format json
  reportgen audit figures.toml --strict        for a script: fail on impossible figures

\b
FILE holds [published] as in an experiment file, or its keys by themselves:
  source = "A paper"
  test_support = [980, 1135]                   examples of each class
  train_support = [5923, 6742]
  [[tables]]
  name = "Table 2"
  decimals = 4                                 as many as are printed
  accuracy = 0.9990
  f1 = [0.9998, 0.9988]

\b
Exit codes: 0 the figures were read and audited, whatever was found; 1 with --strict, a table cannot
have come from the split that it claims, or tables disagree; 2 the file cannot be read.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@print_format_option
@click.option(
    "--strict", is_flag=True, help="Fail where a figure, table or agreement is impossible."
)
def command(file: Path, format_name: str, strict: bool) -> None:
    """Audit the published figures in FILE: nothing is trained, and no data are needed.

    For each figure, for each table as a whole, and for tables about the same model, it is asked
    whether there are whole-number counts of the test images, or of the training images, that give
    all that is printed. Impossible figures are a finding, not a failure, unless --strict is given.
    """
    from reportgen.audit.assembly import audit_tables
    from reportgen.audit.files import read_published
    from reportgen.audit.text import as_document, as_text

    published = read_published(file)
    audit = audit_tables(published)
    if format_name == "json":
        say(json.dumps(as_document(audit), indent=2, ensure_ascii=False))
    else:
        say(as_text(audit))
    if strict and _contradicts(audit):
        raise click.exceptions.Exit(1)


def _contradicts(audit: Audit) -> bool:
    return any(
        table.conclusion in ("impossible", "consistent with the other split")
        for table in audit.tables
    ) or any(agreement.agree is False for agreement in audit.agreements)
