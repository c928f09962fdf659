"""Printing: every other module passes its text to `say`.

Text from outside (names, paths, reports, errors of libraries) may contain characters that control a
terminal or reorder text. They are escaped here, so that no file can imitate a message.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import traceback
from _thread import interrupt_main
from types import TracebackType

import click

from reportgen.characters import printable

CLEAR_LINE = "\r\x1b[2K"
"""In a terminal: go to the start of the line and empty it."""


def say(text: str = "", *, err: bool = False, nl: bool = True, clears: bool = False) -> None:
    """Print `text` with its control characters escaped; `clears` empties the terminal's line."""
    start = CLEAR_LINE if clears else ""
    # Without colour, click removes CLEAR_LINE where it takes the stream for no terminal.
    click.echo(start + printable(text), err=err, nl=nl, color=True if clears else None)


def say_json(value: object) -> None:
    """Print a value, records and dataclasses included, as JSON."""
    from pydantic import TypeAdapter

    # The name of a folder need not be UTF-8, which pydantic's own JSON must be.
    plain = TypeAdapter(type(value)).dump_python(value)
    say(json.dumps(plain, indent=2, ensure_ascii=False, default=str))


def show_traceback(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an uncaught error as Python would; for `sys.excepthook`."""
    say("".join(traceback.format_exception(kind, error, trace)).rstrip(), err=True)


def interrupt_again(ignored: sys.UnraisableHookArgs) -> None:
    """Repeat a Ctrl-C that Python ignored, as in a destructor; for `sys.unraisablehook`.

    Otherwise the build would go on. Raised here, the interrupt would be ignored again, so it is
    sent a moment later. A handler other than Python's, as that of `serve`, has noted the first one.
    """
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
    elif signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        from threading import Timer

        Timer(0.05, interrupt_main).start()


class WarningLines(logging.Handler):
    """Prints each record as `Warning: …`, whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        # In a terminal the line may show the current step of the build.
        label = "Warning: " if record.levelno >= logging.WARNING else ""
        say(f"{label}{record.getMessage().rstrip()}", err=True, clears=sys.stderr.isatty())


_LINES = WarningLines(logging.WARNING)


def print_the_rest() -> None:
    """Print tracebacks, warnings and unhandled log records through `say`."""
    sys.excepthook = show_traceback
    sys.unraisablehook = interrupt_again
    # For records of libraries whose loggers have no handler.
    logging.lastResort = _LINES
    for name in ("reportgen", "py.warnings"):
        logging.getLogger(name).addHandler(_LINES)
    logging.captureWarnings(True)


def show_details() -> None:
    """Print log records of the level INFO too: files, caches, locks."""
    _LINES.setLevel(logging.INFO)
    logging.getLogger("reportgen").setLevel(logging.INFO)
