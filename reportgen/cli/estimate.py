"""How long training will still take, from how long it took so far.

Runs of one architecture take about the same time for each epoch. What one kind of run has not shown
yet is taken from the others; as the longest runs are trained first, that errs on the long side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SMALLEST_SHARE = 1e-6
"""Less of a run than this says nothing about its pace."""


@dataclass
class Track:
    """What was seen of one run."""

    kind: str
    """Runs of the same kind are about equally fast."""
    begun: float | None = None
    """Clock at the first sign of the run, in seconds."""
    done_before: float = 0.0
    """Share that was done by then: a resumed run starts above 0."""
    seen: float = 0.0
    """Clock at the last sign of the run."""
    done: float = 0.0
    finished: bool = False
    """Whether the run is in the store; after its last epoch it is still to be evaluated."""

    @property
    def is_active(self) -> bool:
        """Whether the run is at work."""
        return self.begun is not None and not self.finished


@dataclass
class Estimate:
    """The time left over all runs."""

    tracks: dict[str, Track] = field(default_factory=dict)
    """Key of each run → what was seen of it."""

    @classmethod
    def over(cls, kinds: Mapping[str, str]) -> Estimate:
        """Begin with the runs to train: key → kind."""
        return cls({key: Track(kind) for key, kind in kinds.items()})

    def update(self, key: str, done: float, clock: float, finished: bool = False) -> None:
        """Note that `done` of a run is done at `clock` seconds; `finished` when it is kept."""
        track = self.tracks[key]
        if track.begun is None:
            track.begun, track.done_before = clock, done
        track.seen, track.done, track.finished = clock, done, finished

    @property
    def finished(self) -> int:
        """How many runs are finished."""
        return sum(track.finished for track in self.tracks.values())

    @property
    def share_done(self) -> float:
        """Share of all work that is done, in [0, 1], as far as it can be estimated."""
        costs = self._seconds_per_run()
        total = sum(costs.values())
        return sum(costs[key] * track.done for key, track in self.tracks.items()) / total

    def seconds_left(self, clock: float) -> float | None:
        """Return the seconds until all runs are done; None where nothing was seen yet."""
        if not self._speeds():
            return None
        costs = self._seconds_per_run()
        left = {key: costs[key] * (1 - track.done) for key, track in self.tracks.items()}
        active = [key for key, track in self.tracks.items() if track.is_active]
        longest = max((left[key] for key in active), default=0.0)
        spread = max(longest, sum(left.values()) / max(1, len(active)))
        since = clock - max(track.seen for track in self.tracks.values())
        return max(0.0, spread - since)

    def _seconds_per_run(self) -> dict[str, float]:
        speeds = self._speeds()
        usual = sum(speeds.values()) / len(speeds) if speeds else 1.0
        return {key: speeds.get(track.kind, usual) for key, track in self.tracks.items()}

    def _speeds(self) -> dict[str, float]:
        """Return the seconds that a whole run of each kind takes, where some of it was seen."""
        elapsed: dict[str, float] = {}
        shares: dict[str, float] = {}
        for track in self.tracks.values():
            if track.begun is not None and track.done - track.done_before > SMALLEST_SHARE:
                elapsed[track.kind] = elapsed.get(track.kind, 0.0) + track.seen - track.begun
                shares[track.kind] = shares.get(track.kind, 0.0) + track.done - track.done_before
        return {kind: elapsed[kind] / shares[kind] for kind in elapsed if elapsed[kind] > 0}


def format_time_left(seconds: float | None) -> str:
    """Print a time left as a person would say it: `about 4 min left`."""
    if seconds is None:
        return "time left not known yet"
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min left"
    return f"about {seconds / 3600:.1f} h left"
