"""Progress of a build: bars in a terminal, plain lines in a log.

All of it goes to standard error; standard output is for the outcome.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal

from reportgen.characters import one_line, printable
from reportgen.cli.messages import say, show_details
from reportgen.wording import plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from reportgen.config.plan import PlannedRun
    from reportgen.execution.progress import Progress

QUIET_SECONDS = 15.0
"""The shortest time between two lines of a log about a run that is being trained."""

Detail = Literal["quiet", "normal", "verbose"]
"""How much a build reports: only warnings, the usual, or each epoch."""


def make_reporter(detail: Detail = "normal") -> LogReporter:
    """Return the reporter that fits standard error and the detail that is asked for."""
    if detail == "quiet":
        return QuietReporter()
    if detail == "verbose":
        show_details()
        return LogReporter(seconds_between_lines=0.0)
    shows_bars = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return TerminalReporter() if shows_bars else LogReporter()


class Tally:
    """How much of each run is done.

    All runs count alike. The longest are trained first, so the time left is rather overestimated.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.shares = dict.fromkeys(keys, 0.0)
        """Key of a run → share of it that is done, in [0, 1]."""
        self.finished: set[str] = set()
        self._started: dict[str, float] = {}
        """Key → share that was done when the run was started or resumed."""
        self._begun = 0.0

    def update(self, progress: Progress, clock: float) -> None:
        """Record the progress of a run at `clock` seconds."""
        if not self._started:
            self._begun = clock
        self._started.setdefault(progress.key, progress.fraction)
        self.shares[progress.key] = progress.fraction
        if progress.state == "finished":
            self.finished.add(progress.key)

    @property
    def share_done(self) -> float:
        """Share of all runs that is done, in [0, 1]."""
        return sum(self.shares.values()) / len(self.shares)

    def seconds_left(self, clock: float) -> float | None:
        """Return the seconds until all runs are done; None before any progress."""
        gained = sum(self.shares[key] - before for key, before in self._started.items())
        if gained < 1e-6 or clock <= self._begun:
            return None
        return (clock - self._begun) / gained * (len(self.shares) - sum(self.shares.values()))


def format_time_left(seconds: float | None) -> str:
    """Return a time left in words: `about 4 min left`."""
    if seconds is None:
        return "time left not yet known"
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min left"
    return f"about {seconds / 3600:.1f} h left"


class Bars:
    """Progress bars in a terminal: one for all runs with the time left, one for each active run."""

    def __init__(self, tally: Tally, console: Console | None = None) -> None:
        # rich is slow to import, and most builds train nothing.
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Display

        self._tally = tally
        self._display = Display(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}", markup=False),
            console=console or Console(stderr=True),
            transient=True,
        )
        self._total = self._display.add_task("All runs", total=1.0, note="")
        self._runs: dict[str, TaskID] = {}
        self._display.start()

    def update(self, progress: Progress) -> None:
        """Show how far a run has come."""
        self._tally.update(progress, time.monotonic())
        if progress.state == "finished":
            task = self._runs.pop(progress.key, None)
            if task is not None:
                self._display.remove_task(task)
        else:
            self._show_run(progress)
        left = format_time_left(self._tally.seconds_left(time.monotonic()))
        done, total = len(self._tally.finished), len(self._tally.shares)
        self._display.update(
            self._total, completed=self._tally.share_done, note=f"{done} of {total} done, {left}"
        )

    def print(self, line: str) -> None:
        """Print a line above the bars."""
        # A name may contain what rich takes for markup, such as [red].
        self._display.console.print(printable(line), markup=False, highlight=False, emoji=False)

    def stop(self) -> None:
        """Remove the bars."""
        self._display.stop()

    def _show_run(self, progress: Progress) -> None:
        if progress.key not in self._runs:
            description = f"  {one_line(progress.model)}, seed {progress.seed}"
            self._runs[progress.key] = self._display.add_task(description, total=1.0, note="")
        self._display.update(
            self._runs[progress.key],
            completed=progress.fraction,
            note=f"epoch {min(progress.epoch + 1, progress.epochs)} of {progress.epochs}",
        )


class LogReporter(AbstractContextManager["LogReporter"]):
    """A `pipeline.Reporter` that prints plain lines without control characters."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        seconds_between_lines: float = QUIET_SECONDS,
    ) -> None:
        self._clock = clock
        self._seconds_between_lines = seconds_between_lines
        self._tally = Tally(())
        self._last_line = clock()

    def __exit__(self, *_: object) -> None:
        """Do nothing: a log needs no tidying."""

    def stage(self, message: str) -> None:
        """Print the current step of the build."""
        self._print(message)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self._print(f"Warning: {message}")

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Print how many runs there are, and how many will be trained."""
        self._tally = Tally(run.key for run in missing)
        self._print(describe_plan(planned, missing))

    def progress(self, progress: Progress) -> None:
        """Print a line when a run is finished, and from time to time while it is trained."""
        now = self._clock()
        self._tally.update(progress, now)
        left = f"; {format_time_left(self._tally.seconds_left(now))}"
        run = f"{progress.model}, seed {progress.seed}"
        if progress.state == "finished":
            done, total = len(self._tally.finished), len(self._tally.shares)
            self._print(f"[{done}/{total}] {run}: trained{left if done < total else ''}")
        elif progress.state == "resumed":
            self._print(f"{run}: resumed after epoch {progress.epoch} of {progress.epochs}")
        elif now - self._last_line >= self._seconds_between_lines:
            self._print(f"{run}: epoch {progress.epoch} of {progress.epochs}{left}")

    def _print(self, line: str) -> None:
        self._last_line = self._clock()
        say(line, err=True)


class QuietReporter(LogReporter):
    """Prints only warnings."""

    def warn(self, message: str) -> None:
        """Print a warning."""
        say(f"Warning: {message}", err=True)

    def _print(self, line: str) -> None:
        """Print nothing."""


class TerminalReporter(LogReporter):
    """Bars while runs are trained; otherwise one line that is written over."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Bars | None = None

    def __exit__(self, *_: object) -> None:
        """Remove the bars and the last line."""
        self._end_bars()
        say(err=True, nl=False, clears=True)

    def stage(self, message: str) -> None:
        """Overwrite the line of the previous step."""
        self._end_bars()
        width = shutil.get_terminal_size().columns - 1
        say(one_line(message)[:width], err=True, nl=False, clears=True)

    def warn(self, message: str) -> None:
        """Print a warning on a line of its own."""
        if self._bars is not None:
            self._bars.print(f"Warning: {message}")
        else:
            say(f"Warning: {message}", err=True, clears=True)

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Print how many runs there are, and show bars where some are to be trained."""
        say(describe_plan(planned, missing), err=True, clears=True)
        if missing:
            self._bars = Bars(Tally(run.key for run in missing))

    def progress(self, progress: Progress) -> None:
        """Update the bars."""
        if self._bars is not None:
            self._bars.update(progress)

    def _end_bars(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


def describe_plan(planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> str:
    """Return how many runs an experiment has, and how many of them are kept."""
    runs, to_train = len({run.key for run in planned}), len({run.key for run in missing})
    noun = plural(runs, "run")
    if all(run.ingredients.spec.kind == "predictions" for run in planned):
        return f"{runs} {noun} of imported predictions"
    if not to_train:
        return f"{runs} {noun}, all reused: nothing to train"
    if to_train == runs:
        return f"{runs} {noun} to train"
    return f"{runs} {noun}: {runs - to_train} reused, {to_train} to train"
