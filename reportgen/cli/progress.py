"""How a build goes on: bars with the time left in a terminal, plain lines in a log.

All of it goes to standard error; standard output holds what the command is asked for.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from reportgen.characters import one_line
from reportgen.cli.estimate import Estimate, format_time_left
from reportgen.cli.messages import say, show_details

if TYPE_CHECKING:
    from reportgen.cli.bars import Bars
    from reportgen.config.plan import PlannedRun
    from reportgen.execution.progress import Progress

QUIET_SECONDS = 15.0
"""A log gets a line about a long run at most this often."""

Detail = Literal["quiet", "normal", "verbose"]
"""How much a build reports: warnings alone, what is usual, or each epoch."""


class BuildReporter(Protocol):
    """A `pipeline.Reporter` that must be left in order, so that the terminal is tidy again."""

    def __enter__(self) -> Self:
        """Begin to report."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal tidy."""

    def stage(self, message: str) -> None:
        """Say what the build does now."""

    def warn(self, message: str) -> None:
        """Say what the user should know."""

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Say which runs there are, and which of them will be trained."""

    def progress(self, progress: Progress) -> None:
        """Say how far a run has come."""


def make_reporter(detail: Detail = "normal") -> BuildReporter:
    """Return the reporter for where standard error goes, and for how much is to be reported."""
    if detail == "quiet":
        return QuietReporter()
    if detail == "verbose":
        show_details()
        return LogReporter(seconds_between_lines=0.0)
    shows_bars = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return TerminalReporter() if shows_bars else LogReporter()


class LogReporter:
    """Plain lines without control characters, one for each thing that was done."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        seconds_between_lines: float = QUIET_SECONDS,
    ) -> None:
        self._clock = clock
        self._seconds_between_lines = seconds_between_lines
        self._estimate = Estimate()
        self._last_line = clock()

    def __enter__(self) -> Self:
        """Begin to report."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing has to be tidied."""

    def stage(self, message: str) -> None:
        """Print what the build does now."""
        self._print(message)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self._print(f"Warning: {message}")

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Print how many runs there are, and how many will be trained."""
        self._estimate = begin_estimate(missing)
        self._print(describe_plan(planned, missing))

    def progress(self, progress: Progress) -> None:
        """Print a line when a run is done, and one now and then while it goes on."""
        now = self._clock()
        finished = progress.state == "finished"
        self._estimate.update(progress.key, progress.fraction, now, finished)
        left = format_time_left(self._estimate.seconds_left(now))
        run = f"{progress.model}, seed {progress.seed}"
        if finished:
            done, total = self._estimate.finished, len(self._estimate.tracks)
            ending = f"; {left}" if done < total else ""
            self._print(f"[{done}/{total}] {run}: trained{ending}")
        elif progress.state == "resumed":
            self._print(f"{run}: resumed after epoch {progress.epoch} of {progress.epochs}")
        elif now - self._last_line >= self._seconds_between_lines:
            self._print(f"{run}: epoch {progress.epoch} of {progress.epochs}; {left}")

    def _print(self, line: str) -> None:
        self._last_line = self._clock()
        say(line, err=True)


class QuietReporter(LogReporter):
    """Warnings alone."""

    def stage(self, message: str) -> None:
        """Print nothing."""

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Print nothing."""

    def progress(self, progress: Progress) -> None:
        """Print nothing."""


class TerminalReporter:
    """Bars while runs are trained; otherwise one line that is written over."""

    def __init__(self) -> None:
        self._bars: Bars | None = None

    def __enter__(self) -> Self:
        """Begin to report."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bars and the last line away."""
        self._end_bars()
        say(err=True, nl=False, clears=True)

    def stage(self, message: str) -> None:
        """Write what the build does now over what it did before."""
        self._end_bars()
        width = shutil.get_terminal_size().columns - 1
        say(one_line(message)[:width], err=True, nl=False, clears=True)

    def warn(self, message: str) -> None:
        """Print a warning that stays."""
        if self._bars is not None:
            self._bars.print(f"Warning: {message}")
        else:
            say(f"Warning: {message}", err=True, clears=True)

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Print how many runs there are, and show bars where some are to be trained."""
        say(describe_plan(planned, missing), err=True, clears=True)
        if missing:
            # rich is slow to import, and most builds of the day train nothing.
            from reportgen.cli.bars import Bars

            self._bars = Bars(begin_estimate(missing))

    def progress(self, progress: Progress) -> None:
        """Move the bars."""
        if self._bars is not None:
            self._bars.update(progress)

    def _end_bars(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


def begin_estimate(missing: Sequence[PlannedRun]) -> Estimate:
    """Return an estimate over the runs to train; equal runs are trained once."""
    return Estimate.over({run.key: run.ingredients.spec.reference for run in missing})


def describe_plan(planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> str:
    """Say how many runs an experiment has, and how many of them are kept."""
    runs, to_train = len({run.key for run in planned}), len({run.key for run in missing})
    noun = "run" if runs == 1 else "runs"
    if all(run.ingredients.spec.kind == "predictions" for run in planned):
        return f"{runs} {noun} of imported predictions"
    if not to_train:
        return f"{runs} {noun}, all kept from before: nothing to train"
    if to_train == runs:
        return f"{runs} {noun} to train"
    return f"{runs} {noun}: {runs - to_train} kept from before, {to_train} to train"
