"""`reportgen export`: a report as LaTeX, figures and data for a paper of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.characters import one_line
from reportgen.cli.completion import complete_builds
from reportgen.cli.messages import say
from reportgen.cli.options import builds_option, path_option

EPILOG = """\b
Examples:
  reportgen export                                   the last build of paper, into paper-export/
  reportgen export output/paper/report.html
  reportgen export report.pdf --output my-paper

\b
The folder contains main.tex, for latexmk; numbers.tex, with \\rgnum{PATH}{FORMAT} for
every number; tables/, figures/ (PDF and SVG; 89, 122 and 170 mm wide), data/ (CSV), sections/,
methods.tex, checklist.tex (items 4 to 8 of the NeurIPS checklist), references.bib and
reportgen.sty. A later export replaces all of them except main.tex. docs/export.md explains each.

\b
Exit codes: 0 written; 1 the report's evidence is damaged; 2 there is no such report, or the folder
contains something else.
"""


@click.command(epilog=EPILOG)
@click.argument("report", default="paper", shell_complete=complete_builds)
@path_option(
    "--output",
    "Folder to write; default: EXPERIMENT-export.",
    folder=True,
)
@builds_option
def command(report: str, output: Path | None, builds: Path) -> None:
    """Write LaTeX, figures and data for a paper from REPORT: a report.html or report.pdf, the
    folder of a build, or the name of an experiment that was built.

    This needs only the evidence inside the report, neither data nor trained models.
    """
    from reportgen.export.folder import export_report
    from reportgen.verification import read_report

    carried = read_report(_find(report, builds))
    folder = output or Path(f"{carried.presentation.slug}-export")
    for problem in export_report(carried, folder):
        say(f"Note: {one_line(problem)}.", err=True)
    say(f"Written to {one_line(folder)}")


def _find(report: str, builds: Path) -> Path:
    """Return the document that a name means; raises UsageError where nothing of it was built."""
    from reportgen.errors import UsageError
    from reportgen.verification import find_report

    path = Path(report)
    folder = next((each for each in (path, builds / report) if each.is_dir()), None)
    if folder is None and not path.suffix and not path.exists():
        raise UsageError(
            f"{builds}/ contains no build of {report}; build it first, or give the path of a "
            "report.html or report.pdf"
        )
    return path if folder is None else find_report(folder)
