"""`reportgen serve`: the report in a browser, rebuilt as it is edited."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from reportgen.cli.messages import say
from reportgen.cli.options import experiment_argument, training_options

EPILOG = """\b
Examples:
  reportgen serve                         the default, paper
  reportgen serve experiments/mine.toml --port 8000
  reportgen serve quickstart --no-open --pdf

\b
Only browsers on this machine can load the report. Ctrl-C ends; the exit code is then 130.
"""


@click.command(epilog=EPILOG)
@experiment_argument
@training_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on 127.0.0.1; default: any free port.",
)
@click.option(
    "--open/--no-open", "opens", default=True, show_default=True, help="Open the browser."
)
@click.option("--pdf", is_flag=True, help="Also write the PDF each time, which takes some seconds.")
def command(experiment: str | None, port: int, opens: bool, pdf: bool, **training: Any) -> None:
    """Show the report of EXPERIMENT in the browser, and rebuild it as you edit.

    Changes of the experiment file or a template appear in about a second. Runs are trained only
    if their settings have changed.
    """
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline import BuildRequest
    from reportgen.server.loop import serve
    from reportgen.server.project import ExperimentProject

    request = BuildRequest(experiment, formats=("html", "pdf") if pdf else ("html",), **training)
    tell = partial(say, err=True)

    def opened(url: str) -> None:
        tell(f"The report is at {url} and follows your edits; Ctrl-C ends.")
        if opens:
            click.launch(url)

    serve(ExperimentProject(request), port, opened, make_reporter, tell)
