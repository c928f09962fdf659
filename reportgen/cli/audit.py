"""`reportgen audit`: are published values possible on the split that they name?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say, say_json
from reportgen.cli.options import print_format_option
from reportgen.config.published import MOST_RUNS, Rounding

if TYPE_CHECKING:
    from reportgen.audit.records import Audit, AuditFigure
    from reportgen.config.published import Published
    from reportgen.config.settings import Split

EPILOG = """\b
Examples:
  reportgen audit experiments/paper.toml
  reportgen audit values.toml --format json
  reportgen audit values.toml --strict         for a script: fail on impossible values
  reportgen audit --from-text report.txt       scikit-learn's classification report, as pasted
  reportgen audit --from-text report.txt --runs 3 --rounding truncated

\b
FILE contains [published] as in an experiment file, or only its keys:
  source = "A paper"
  test_support = [980, 1135]                   examples of each class
  train_support = [5923, 6742]
  [[tables]]
  name = "Table 2"
  decimals = 4                                 as many as are printed
  accuracy = 0.9990
  f1 = [0.9998, 0.9988]
  runs = 3                                     the values are averages; or "unknown"
  rounding = "truncated"                       or "nearest" (the default), "half-even", "any"

\b
Exit codes: 0 the values were audited, whatever was found; 1 with --strict, a table is impossible
under its assumptions, or tables disagree; 2 the file cannot be read.
docs/audit.md states what is assumed and what is proved.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@print_format_option
@click.option("--strict", is_flag=True, help="Fail if a table is impossible, or tables disagree.")
@click.option(
    "--from-text", is_flag=True, help="FILE is a scikit-learn classification report as text."
)
@click.option(
    "--runs",
    metavar="N",
    help='The values are averages of N evaluations; "unknown": of any number.',
)
@click.option(
    "--rounding", type=click.Choice(get_args(Rounding)), help="How the values were rounded."
)
def command(
    file: Path,
    format_name: str,
    strict: bool,
    from_text: bool,
    runs: str | None,
    rounding: str | None,
) -> None:
    """Audit the published values in FILE; trains nothing and needs no data.

    For each value, each table, and all tables about one model together, the audit looks for
    whole-number counts of test or training examples that give every printed value. Impossible
    values are a finding, not a failure, unless --strict is given.
    """
    from reportgen.audit.assembly import audit_tables
    from reportgen.audit.files import read_published
    from reportgen.audit.report_text import read_report_text

    published = read_report_text(file) if from_text else read_published(file)
    audit = audit_tables(_declare(published, runs, rounding))
    if format_name == "json":
        say_json(as_document(audit))
    else:
        say(as_text(audit))
    refuted = ("impossible", "consistent with the other split")
    if strict and (
        any(table.conclusion in refuted for table in audit.tables)
        or any(agreement.agree is False for agreement in audit.agreements)
    ):
        raise click.exceptions.Exit(1)


def _declare(published: Published, runs: str | None, rounding: str | None) -> Published:
    """Return the values with what the command line declares about all tables."""
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


def as_document(audit: Audit) -> dict[str, Any]:
    """Return the audit as plain data, with its sentences."""
    from reportgen.audit.sentences import finding, table_text

    document = audit.model_dump(mode="json")
    sentences = [table_text(audit, table) for table in audit.tables]
    for table, sentence in zip(document["tables"], sentences, strict=True):
        table["text"] = sentence
    return {"schema": 1, **document, "finding": finding(audit)}


def as_text(audit: Audit) -> str:
    """Return the audit for a terminal: values, tables, agreements, and the finding."""
    from reportgen.audit.sentences import finding, table_text

    totals = {"test": audit.test_total, "training": audit.train_total}
    known = " and ".join(f"{n:,} {name} {audit.unit}s" for name, n in totals.items() if n)
    lines = [f"{one_line(audit.source)}: {len(audit.classes)} classes, {known}", ""]
    for table in audit.tables:
        lines += [one_line(table.name), *_figures(audit, table.name)]
        lines += [f"  all together   test: {table.test}, training: {table.train}"]
        lines += [f"  {one_line(table_text(audit, table))}"]
        lines += [f"  {one_line(table.reason)}"] * bool(table.reason) + [""]
    for agreement in audit.agreements:
        answer = {True: "yes", False: "no", None: "could not be decided"}[agreement.agree]
        lines += [f"Do {one_line(', '.join(agreement.tables))} agree? {answer}"]
        lines += [f"  {one_line(agreement.reason)}"] * bool(agreement.reason) + [""]
    return "\n".join([*lines, f"Finding: {one_line(finding(audit))}"])


def _figures(audit: Audit, table: str) -> Iterator[str]:
    from reportgen.audit.scores import metric_name
    from reportgen.audit.words import SPLITS

    figures = [figure for figure in audit.figures if figure.table == table]
    for metric in dict.fromkeys(figure.metric for figure in figures):
        printed = [figure for figure in figures if figure.metric == metric]
        values = " ".join(one_line(figure.printed) for figure in printed)
        yield f"  {metric_name(metric):14} {values}"
        yield f"  {'':14} {', '.join(_count(printed, split) for split in SPLITS)}"


def _count(figures: Sequence[AuditFigure], split: Split) -> str:
    judged = [figure.possible_on(split) for figure in figures]
    where = "test" if split == "test" else "training"
    if None in judged:
        return f"{where}: unknown"
    if len(judged) == 1:
        return f"{where}: {'possible' if judged[0] else 'impossible'}"
    return f"{where}: {sum(map(bool, judged))} of {len(judged)} possible"
