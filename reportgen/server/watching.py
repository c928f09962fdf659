"""Changes of the experiment file and of templates, as they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchfiles import Change, DefaultFilter, watch

SETTLED = 50
"""Milliseconds without a further change after which an editor is taken to be done."""
LONGEST = 400
"""Milliseconds after which changes are reported in any case."""
STOPPING = 200
"""Milliseconds after which a watcher looks whether it should end."""
LONGEST_STOP = 5.0
"""Seconds that a watcher may take to end."""


@dataclass(frozen=True)
class Watched:
    """What is watched."""

    experiment: Path
    folders: tuple[Path, ...]
    """Folders of templates, with all that is in them."""


Say = Callable[[str], None]
"""Shows the user a sentence; called from another thread."""


class Changes:
    """What changed since the last call; safe among threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._any = self._experiment = False

    @property
    def concern_experiment(self) -> bool:
        """Whether the experiment file is among what changed."""
        with self._changed:
            return self._experiment

    def add(self, experiment: bool) -> None:
        """Note a change, of the experiment file or of something else."""
        with self._changed:
            self._any = True
            self._experiment = self._experiment or experiment
            self._changed.notify_all()

    def take(self, seconds: float) -> bool:
        """Wait for a change, and forget it; return whether there was one in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._any, seconds)
            found, self._any, self._experiment = self._any, False, False
            return found


@contextmanager
def watching(watched: Watched, changes: Changes, say: Say) -> Iterator[None]:
    """Note in `changes` what happens to `watched` while the block runs.

    `say` is called for a folder that was removed and is therefore no longer watched.
    """
    stop = threading.Event()
    experiment = watched.experiment.absolute()

    def is_experiment(_: Change, path: str) -> bool:
        return Path(path).name == experiment.name

    # An editor may write a new file and rename it: the folder is watched, not the file.
    watchers = [
        _watcher((experiment.parent,), False, is_experiment, stop, lambda: changes.add(True), say)
    ]
    if watched.folders:
        watchers.append(
            _watcher(watched.folders, True, DefaultFilter(), stop, lambda: changes.add(False), say)
        )
    for watcher in watchers:
        watcher.start()
    try:
        yield
    finally:
        stop.set()
        for watcher in watchers:
            # One that waits for a lock, which an interrupt left behind, ends with the process.
            watcher.join(LONGEST_STOP)


def _watcher(
    folders: tuple[Path, ...],
    recursive: bool,
    concerns: Callable[[Change, str], bool],
    stop: threading.Event,
    note: Callable[[], None],
    say: Say,
) -> threading.Thread:
    options: dict[str, Any] = {
        "recursive": recursive,
        "watch_filter": concerns,
        "stop_event": stop,
        "debounce": LONGEST,
        "step": SETTLED,
        "rust_timeout": STOPPING,
        # Ctrl-C is for the main thread.
        "raise_interrupt": False,
    }

    def run() -> None:
        try:
            try:
                _look(folders, stop, note, options)
            except FileNotFoundError:
                raise
            except OSError:
                # The system has no watches left (inotify); looking again and again needs none.
                _look(folders, stop, note, {**options, "force_polling": True})
        except OSError as error:
            gone = [str(folder) for folder in folders if not folder.is_dir()]
            why = f"missing: {', '.join(gone)}" if gone else str(error)
            where = " and ".join(map(str, folders))
            say(
                f"Changes in {where} are no longer noticed ({why}); correct this, then run "
                "reportgen serve again."
            )

    return threading.Thread(target=run, name="reportgen watcher", daemon=True)


def _look(
    folders: tuple[Path, ...], stop: threading.Event, note: Callable[[], None], options: Any
) -> None:
    """Note what changes in `folders` until `stop` is set, also after one was made again."""
    while not stop.is_set():
        before = _identities(folders)
        # At each timeout too, since the removal of a folder need not be reported as a change.
        for found in watch(*folders, yield_on_timeout=True, **options):
            # A folder that is removed takes its watch along, even if it is made again at once.
            removed = any(Path(path) in folders for _, path in found)
            removed = removed or _identities(folders) != before
            if found or removed:
                note()
            if removed:
                break
        else:
            return
        while None in _identities(folders):
            if stop.wait(STOPPING / 1000):
                return
        note()


def _identities(folders: tuple[Path, ...]) -> list[tuple[int, int] | None]:
    """Return device and inode of each folder; None for one that is not there."""
    found: list[tuple[int, int] | None] = []
    for folder in folders:
        try:
            status = folder.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino))
    return found
