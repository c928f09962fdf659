"""Progress of a build, shown in the page as well as on the terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportgen.server.board import Board
from reportgen.server.watching import Changes

if TYPE_CHECKING:
    from reportgen.config.plan import PlannedRun
    from reportgen.execution.progress import Progress
    from reportgen.pipeline import Reporter

OFTEN = 0.25
"""Shortest time between two updates of the page about a training, in seconds."""


class Superseded(Exception):  # noqa: N818 - no error: the user changed the experiment
    """The experiment changed while it was being trained, so the training is of no use."""


class PageReporter:
    """Reports to the page and the terminal; ends a training whose experiment has changed."""

    def __init__(self, board: Board, changes: Changes, terminal: Reporter) -> None:
        self._board, self._changes, self._terminal = board, changes, terminal
        self._fractions: dict[str, float] = {}
        self._told = 0.0

    def stage(self, message: str) -> None:
        """Show the current step of the build."""
        self._terminal.stage(message)
        self._board.say(message)

    def warn(self, message: str) -> None:
        """Show a warning in the terminal; the report contains it already."""
        self._terminal.warn(message)

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Show which runs will be trained."""
        self._terminal.plan(planned, missing)
        self._fractions = dict.fromkeys((run.key for run in missing), 0.0)

    def progress(self, progress: Progress) -> None:
        """Show how far the training has come.

        Raises Superseded where the experiment has changed; whole epochs are kept.
        """
        self._terminal.progress(progress)
        if self._changes.concern_experiment:
            raise Superseded
        self._fractions[progress.key] = progress.fraction
        if time.monotonic() - self._told >= OFTEN:
            self._told = time.monotonic()
            share = sum(self._fractions.values()) / len(self._fractions)
            self._board.say(
                f"Training {progress.model}, seed {progress.seed}: "
                f"epoch {min(progress.epoch + 1, progress.epochs)} of {progress.epochs}",
                share,
            )
