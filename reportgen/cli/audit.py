"""`reportgen audit`: are published figures possible on the split that they name?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from reportgen.cli.messages import say, say_json
from reportgen.cli.options import print_format_option
from reportgen.config.published import MOST_RUNS, Rounding

if TYPE_CHECKING:
    from reportgen.audit.records import Audit
    from reportgen.config.published import Published

EPILOG = """\b
Examples:
  reportgen audit experiments/paper.toml
  reportgen audit figures.toml --format json
  reportgen audit figures.toml --strict        for a script: fail on impossible figures
  reportgen audit --from-text report.txt       scikit-learn's classification report, as pasted
  reportgen audit --from-text report.txt --runs 3 --rounding truncated

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
  runs = 3                                     the figures are averages; or "unknown"
  rounding = "truncated"                       or "nearest" (the default), "half-even", "any"

\b
Exit codes: 0 the figures were read and audited, whatever was found; 1 with --strict, a table is
impossible under what is assumed about it, or tables disagree; 2 the file cannot be read.
docs/audit.md states what is assumed and what is proved.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@print_format_option
@click.option(
    "--strict", is_flag=True, help="Fail where a figure, table or agreement is impossible."
)
@click.option(
    "--from-text", is_flag=True, help="FILE is a classification report of scikit-learn as text."
)
@click.option(
    "--runs",
    metavar="N",
    help='Take the figures as averages of N evaluations, or of "unknown" many.',
)
@click.option(
    "--rounding", type=click.Choice(get_args(Rounding)), help="How the figures were rounded."
)
def command(
    file: Path,
    format_name: str,
    strict: bool,
    from_text: bool,
    runs: str | None,
    rounding: str | None,
) -> None:
    """Audit the published figures in FILE: nothing is trained, and no data are needed.

    For each figure, for each table as a whole, and for tables about the same model, the audit
    determines whether there are whole-number counts of the test or training examples that give all
    that is printed. Impossible figures are a finding, not a failure, unless --strict is given.
    """
    from reportgen.audit.assembly import audit_tables
    from reportgen.audit.files import read_published
    from reportgen.audit.report_text import read_report_text
    from reportgen.audit.text import as_document, as_text

    published = read_report_text(file) if from_text else read_published(file)
    audit = audit_tables(_declare(published, runs, rounding))
    if format_name == "json":
        say_json(as_document(audit))
    else:
        say(as_text(audit))
    if strict and _contradicts(audit):
        raise click.exceptions.Exit(1)


def _declare(published: Published, runs: str | None, rounding: str | None) -> Published:
    """Return the figures with what the command line declares about all tables."""
    declared: dict[str, object] = {}
    if runs is not None:
        if runs != "unknown" and not (runs.isdecimal() and 1 <= int(runs) <= MOST_RUNS):
            raise click.BadParameter(
                f'must be a whole number from 1 to {MOST_RUNS}, or "unknown"', param_hint="'--runs'"
            )
        declared["runs"] = 0 if runs == "unknown" else int(runs)
    if rounding is not None:
        declared["rounding"] = rounding
    tables = tuple(table.model_copy(update=declared) for table in published.tables)
    return published.model_copy(update={"tables": tables})


def _contradicts(audit: Audit) -> bool:
    return any(
        table.conclusion in ("impossible", "consistent with the other split")
        for table in audit.tables
    ) or any(agreement.agree is False for agreement in audit.agreements)
