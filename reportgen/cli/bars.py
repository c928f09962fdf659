"""Progress bars in a terminal: one for all runs with the time left, one for each active run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Display

from reportgen.characters import one_line, printable
from reportgen.cli.progress import Tally, format_time_left

if TYPE_CHECKING:
    from reportgen.execution.progress import Progress


class Bars:
    """The bars of one training."""

    def __init__(self, tally: Tally, console: Console | None = None) -> None:
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
