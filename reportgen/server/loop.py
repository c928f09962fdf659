"""Build the report, show it, wait for a change and build again, until the user interrupts."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from reportgen.errors import ReportgenError
from reportgen.server.board import Board
from reportgen.server.reporter import PageReporter, Superseded
from reportgen.server.watching import Changes, Say, Watched, watching
from reportgen.server.web import serving

if TYPE_CHECKING:
    from reportgen.pipeline import Reporter

PATIENCE = 1.0
"""How long to wait for a change before checking for an interrupt, in seconds."""


class Project(Protocol):
    """What is served: how to build it, and what it is made from."""

    def build(self, reporter: Reporter) -> str:
        """Build the report and return its HTML; raises ReportgenError."""

    def watched(self) -> Watched:
        """Return what to watch now; what cannot be known stays as it was."""


MakeReporter = Callable[[], AbstractContextManager["Reporter"]]
"""Returns the reporter of one build on the terminal."""


def serve(project: Project, port: int, opened: Say, make_reporter: MakeReporter, say: Say) -> None:
    """Serve the report of `project` until the user interrupts.

    `opened` is given the address, `say` the outcome of each build. Builds run in this thread, which
    is the main one, where Ctrl-C arrives. Raises UsageError where the port is not available.
    """
    board, changes = Board(), Changes()
    board.say("Building the report")
    with remembered_interrupts() as interrupted, serving(board, port) as url:
        opened(url)
        while True:
            watched = project.watched()
            with watching(watched, changes, say):
                while project.watched() == watched:
                    build_once(project, board, changes, make_reporter, say)
                    while not changes.take(PATIENCE):
                        if interrupted.is_set():
                            raise KeyboardInterrupt


@contextmanager
def remembered_interrupts() -> Iterator[Event]:
    """Set the event at Ctrl-C, which raises KeyboardInterrupt as ever.

    Python drops the exception where it hits a destructor; the event stays.
    """
    interrupted = Event()
    if current_thread() is not main_thread():
        # Signals arrive in the main thread alone.
        yield interrupted
        return

    def remember(_: int, __: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def build_once(
    project: Project, board: Board, changes: Changes, make_reporter: MakeReporter, say: Say
) -> None:
    """Build, and show the report, or the reason why there is none."""
    started = time.perf_counter()
    try:
        with make_reporter() as reporter:
            html = project.build(PageReporter(board, changes, reporter))
    except Superseded:
        board.say("The experiment has changed; starting again")
        say("The experiment has changed; starting again with the complete epochs kept.")
    except ReportgenError as error:
        _fail(board, say, str(error))
    except Exception as error:
        # A bug must not end a session: it is shown like any other failure, and can be edited away.
        _fail(board, say, f"{type(error).__name__}: {error}\nThis is a bug in reportgen.")
    else:
        board.show(html)
        say(f"Built in {time.perf_counter() - started:.1f} s.")


def _fail(board: Board, say: Say, problem: str) -> None:
    board.fail(problem)
    say(f"Error: {problem}")
