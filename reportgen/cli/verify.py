"""`reportgen verify`: recompute a report's numbers from the evidence it carries."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import print_format_option

EPILOG = """\b
Examples:
  reportgen verify output/paper/report.html
  reportgen verify report.pdf
  reportgen verify report.html --format json

\b
Exit codes: 0 every number and sentence follows from the evidence; 1 at least one does not, or the
evidence is damaged; 2 the file is not there.
"""


@click.command(epilog=EPILOG)
@click.argument("report", type=click.Path(path_type=Path))
@print_format_option
def command(report: Path, format_name: str) -> None:
    """Recompute every number and sentence of REPORT (HTML or PDF) from the evidence inside it.

    Needs neither the experiment file, nor the data, nor the trained models: only the report.
    """
    from reportgen.errors import VerificationFailed
    from reportgen.verification import verify_report
    from reportgen.verification.findings import summary_of

    result = verify_report(report)
    if format_name == "json":
        say(json.dumps(summary_of(result), indent=2, ensure_ascii=False))
    caution = f"\n  {result.caution}" if result.caution else ""
    if result.findings:
        lines = "\n".join(f"  {one_line(finding)}" for finding in result.findings)
        count = len(result.findings)
        things = "thing does" if count == 1 else "things do"
        raise VerificationFailed(
            f"what {one_line(report)} states differs from its evidence{caution}\n{lines}\n"
            f"{one_line(report)}: {count} {things} not follow from the evidence"
        )
    if format_name == "text":
        say(
            f"{one_line(report)}: {result.numbers:,} numbers and {result.claims:,} sentences "
            f"recomputed from the evidence of {result.runs} runs; all of them agree, and nothing "
            f"else was altered.{caution}"
        )
