"""What is shown: the last whole report, what is going on, and why it failed."""

from __future__ import annotations

import threading

from reportgen.server.board import Board, Snapshot


def test_every_change_is_counted_and_only_new_documents_are_loaded() -> None:
    """The same report twice is one document; another one is the next."""
    board = Board()
    board.show("a")
    first = board.snapshot
    board.show("a")
    assert board.snapshot.document == first.document == 1
    assert board.snapshot.change > first.change
    board.show("b")
    assert board.snapshot.document == 2


def test_failure_leaves_the_last_report_and_ends_with_the_next() -> None:
    """A failed build shows its reason over the old report; a whole one takes it away."""
    board = Board()
    board.show("a")
    board.say("Training", 0.5)
    board.fail("no such key")
    snapshot = board.snapshot
    assert (snapshot.html, snapshot.problem) == ("a", "no such key")
    assert (snapshot.activity, snapshot.fraction) == (None, None)
    board.show("a")
    assert board.snapshot.problem is None


def test_problem_stays_while_the_next_build_goes_on() -> None:
    """What was wrong can be read until something else is known."""
    board = Board()
    board.fail("no such key")
    board.say("Reading the data")
    assert board.snapshot.problem == "no such key"


def test_waiting_ends_with_the_next_change() -> None:
    """Who waits for a change gets the snapshot after it, from another thread."""
    board = Board()
    change = board.snapshot.change
    thread = threading.Thread(target=board.show, args=("a",))
    thread.start()
    found = board.wait(change, 30.0)
    thread.join()
    assert found is not None
    assert found.html == "a"


def test_waiting_in_vain_or_past_the_end_returns_nothing() -> None:
    """Time that is up and a closed board both return None."""
    board = Board()
    assert board.wait(board.snapshot.change, 0.01) is None
    board.close()
    assert board.closed
    assert board.wait(board.snapshot.change, 30.0) is None
    assert board.snapshot == Snapshot()
