"""The command line: its commands, and where errors become messages.

Exit codes: 0 done; 1 the build failed; 2 the command or the experiment file is wrong; 3 the data
are not available; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from io import StringIO

import click

from reportgen import __version__

INTERRUPTED = 130

COMMANDS: Mapping[str, tuple[str, str]] = {
    "build": ("reportgen.cli.build", "Build a report; trains only what has changed."),
    "compare": ("reportgen.cli.compare", "Build a report from predictions made elsewhere."),
    "new": ("reportgen.cli.new", "Write an experiment file to start from."),
    "check": ("reportgen.cli.check", "Check an experiment file; trains nothing."),
    "plan": ("reportgen.cli.plan", "Preregister a comparison, before the first run."),
    "list": ("reportgen.cli.list", "List experiments and builds."),
    "doctor": ("reportgen.cli.doctor", "Check what is installed, and what is missing."),
    "serve": ("reportgen.cli.serve", "Show a report in the browser, and rebuild it as you edit."),
    "export": ("reportgen.cli.export", "Write LaTeX, figures and data for a paper of your own."),
    "diff": ("reportgen.cli.diff", "Compare two builds."),
    "verify": ("reportgen.cli.verify", "Recompute a report's numbers from its evidence."),
    "comments": ("reportgen.cli.comments", "List or merge the comments of reviewers."),
    "reproduce": ("reportgen.cli.reproduce", "Retrain runs of a report, and compare."),
    "sign": ("reportgen.cli.sign", "Sign a report with an SSH key."),
    "audit": ("reportgen.cli.audit", "Check whether published values are possible."),
    "clean": ("reportgen.cli.clean", "Remove trained runs that no report needs."),
}
"""Name → (module that contains its `command`, one line of help)."""

EPILOG = """\b
Examples:
  reportgen build                       the paper's comparison, as HTML and PDF
  reportgen build quickstart            a first report, in under a minute
  reportgen build --set training.epochs=3 --set models.cnn-dropout.dropout=0.3
  reportgen build --explain             what would be trained, and why
  reportgen compare --labels y.csv SVM=svm.csv Forest=forest.csv
  reportgen COMMAND --help              the options of a command, with examples
"""


class LazyGroup(click.Group):
    """Loads the module of a command when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table, which is that of their use."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Load a command from its module."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; an unknown one gets the nearest known."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            # Only a wrong command needs it.
            from difflib import get_close_matches

            nearest = get_close_matches(name, COMMANDS, n=1)
            known = f"the commands are {', '.join(COMMANDS)}"
            hint = f"did you mean {nearest[0]}?" if nearest else known
            ctx.fail(f"There is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without loading them."""
        rows = [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# `run` reads --debug at any position; here it is for the help.
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks of errors.")
@click.version_option(__version__, message="%(prog)s %(version)s")
def command_line() -> None:
    """One experiment file in, one model-comparison report out that a reviewer can trust."""
    # Not needed for --help, which click prints.
    from reportgen.cli.messages import print_the_rest

    print_the_rest()


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; messages go to standard error."""
    _tolerate_narrow_encodings()
    debug = "--debug" in arguments
    rest = [argument for argument in arguments if argument != "--debug"]
    if not rest:
        rest = ["--help"]
    try:
        # In standalone mode, click prints errors and exits by itself.
        code = command_line.main(rest, prog_name="reportgen", standalone_mode=False)
        # Python would flush at its exit, where a closed pipe ends in a traceback.
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        if debug and not isinstance(error, click.exceptions.ClickException):
            raise
        return report_error(error)
    return code if isinstance(code, int) else 0


def report_error(error: BaseException) -> int:
    """Write the message of an error, and return the exit code that belongs to it."""
    # Not needed without an error, as in --help.
    from reportgen.cli.messages import say
    from reportgen.errors import ReportgenError

    if isinstance(error, click.ClickException):
        shown = StringIO()
        error.show(shown)
        say(shown.getvalue(), err=True, nl=False)
        # A file that cannot be opened is one that the command line names.
        return 2
    if isinstance(error, ReportgenError):
        say(f"Error: {error}", err=True)
        return error.exit_code
    # click raises Abort for Ctrl-C, and for the end of a file.
    aborted = isinstance(error, click.Abort) and not isinstance(error.__cause__, EOFError)
    if isinstance(error, KeyboardInterrupt) or aborted:
        say("Interrupted; finished runs are kept.", err=True)
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        return _end_quietly()
    if isinstance(error, OSError) and error.filename is not None:
        say(f"Error: {os.fsdecode(error.filename)}: {error.strerror}", err=True)
        return 1
    bug = error.__cause__ if isinstance(error, click.Abort) and error.__cause__ else error
    described = f"{type(bug).__name__}: {bug}".rstrip(": ")
    say(
        f"Error: {described}\nThis is a bug in reportgen; "
        "run the same command with --debug to see where it happened.",
        err=True,
    )
    return 1


def _end_quietly() -> int:
    """End after the reader of the output (such as `head`) has closed the pipe.

    Buffered output would raise again when Python closes the stream.
    """
    with open(os.devnull, "w", encoding="ascii") as nowhere:  # noqa: PTH123 - a device, no path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return 1


def _tolerate_narrow_encodings() -> None:
    """Write a question mark for what the terminal cannot show, instead of failing.

    A file or pipe is written as UTF-8, which JSON has to be, unless the user has set an encoding.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if not stream.isatty() and "PYTHONIOENCODING" not in os.environ:
            reconfigure(encoding="utf-8")
        reconfigure(errors="replace")
