"""The progress of all runs together, and the time left at the pace so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.execution.progress import Progress


class Tally:
    """How much of each run is done.

    All runs count alike. The longest are trained first, so the time left is rather too long.
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
        return "time left not known yet"
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min left"
    return f"about {seconds / 3600:.1f} h left"
