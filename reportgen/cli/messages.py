"""Warnings of the rooms, which are logged there, as lines on standard error."""

from __future__ import annotations

import logging
import sys

import click

CLEAR_LINE = "\r\x1b[2K"
"""In a terminal: go to the start of the line and empty it."""


class WarningLines(logging.Handler):
    """Prints each record as `Warning: …`, whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        # In a terminal the line may hold what the build does now.
        clear = CLEAR_LINE if sys.stderr.isatty() else ""
        label = "Warning: " if record.levelno >= logging.WARNING else ""
        click.echo(f"{clear}{label}{record.getMessage()}", err=True)


_LINES = WarningLines(logging.WARNING)


def show_warnings() -> None:
    """Print what reportgen's rooms warn of; other packages' records stay with them."""
    logging.getLogger("reportgen").addHandler(_LINES)


def show_details() -> None:
    """Print what the rooms report at the level INFO too: files, caches, locks."""
    _LINES.setLevel(logging.INFO)
    logging.getLogger("reportgen").setLevel(logging.INFO)
