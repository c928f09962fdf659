"""The time left over all runs."""

from typing import Any

import pytest

from reportgen.cli.progress import Tally, format_time_left
from reportgen.execution.progress import Progress


def progress(key: str, share: float, state: Any = "training") -> Progress:
    """Return the progress of a run of ten epochs."""
    return Progress(key, "cnn", 0, int(10 * share), 10, share, state)


def test_nothing_is_known_at_the_start() -> None:
    """Before the first progress no time can be estimated."""
    tally = Tally("a")
    assert tally.seconds_left(0.0) is None
    tally.update(progress("a", 0.0, "started"), 1.0)
    assert tally.seconds_left(1.0) is None


def test_one_run_at_an_even_pace() -> None:
    """A quarter in 10 seconds leaves 30; another run of the same length, 70."""
    for keys, expected in (("a", 30.0), ("ab", 70.0)):
        tally = Tally(keys)
        tally.update(progress("a", 0.0, "started"), 100.0)
        tally.update(progress("a", 0.25), 110.0)
        assert tally.seconds_left(110.0) == pytest.approx(expected)


def test_what_was_done_before_does_not_count_for_the_pace() -> None:
    """A run that is resumed at one half and gains a quarter in 10 seconds needs 10 more."""
    tally = Tally("a")
    tally.update(progress("a", 0.5, "resumed"), 0.0)
    tally.update(progress("a", 0.75), 10.0)
    assert tally.seconds_left(10.0) == pytest.approx(10.0)
    assert tally.share_done == pytest.approx(0.75)


@pytest.mark.parametrize("pauses", [[1.0], [0.01, 5.0], [3.0, 0.5, 2.0]])
def test_nothing_is_left_when_all_is_done(pauses: list[float]) -> None:
    """Whatever the pace was, finished runs leave no time."""
    keys = [str(number) for number in range(len(pauses))]
    tally, clock = Tally(keys), 0.0
    for key, pause in zip(keys, pauses, strict=True):
        tally.update(progress(key, 0.0, "started"), clock)
        clock += pause
        tally.update(progress(key, 1.0, "finished"), clock)
    assert tally.seconds_left(clock) == pytest.approx(0.0)
    assert tally.finished == set(keys)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "time left not yet known"),
        (0.0, "about 5 s left"),
        (52.0, "about 50 s left"),
        (56.0, "about 1 min left"),
        (840.0, "about 14 min left"),
        (9000.0, "about 2.5 h left"),
    ],
)
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    """Seconds are rounded to what the estimate is worth."""
    assert format_time_left(seconds) == words
