"""`reportgen serve`: the report in a browser, rebuilt as it is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reportgen.cli.messages import say
from reportgen.cli.options import experiment_argument, training_options

if TYPE_CHECKING:
    from reportgen.cli.progress import LogReporter

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
    from reportgen.pipeline import BuildRequest
    from reportgen.server.loop import serve
    from reportgen.server.project import ExperimentProject

    request = BuildRequest(experiment, formats=("html", "pdf") if pdf else ("html",), **training)
    serve(ExperimentProject(request), port, CommandLineTerminal(opens))


class CommandLineTerminal:
    """Reports on standard error, and opens the browser unless `--no-open` is given."""

    def __init__(self, opens: bool) -> None:
        self._opens = opens

    def opened(self, url: str) -> None:
        """Print where the report is, and show it."""
        self.say(f"The report is at {url} and follows your edits; Ctrl-C ends.")
        if self._opens:
            click.launch(url)

    def reporter(self) -> LogReporter:
        """Return the reporter of one build."""
        from reportgen.cli.progress import make_reporter

        return make_reporter()

    def say(self, message: str) -> None:
        """Print a line."""
        say(message, err=True)
