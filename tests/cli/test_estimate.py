"""The time left over all runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.cli.estimate import Estimate, format_time_left


def test_nothing_is_known_at_the_start() -> None:
    """Before the first progress there is no time to tell."""
    estimate = Estimate.over({"a": "cnn"})
    assert estimate.seconds_left(0.0) is None
    estimate.update("a", 0.0, 1.0)
    assert estimate.seconds_left(1.0) is None


def test_one_run_at_an_even_pace() -> None:
    """A quarter in 10 seconds leaves 30."""
    estimate = Estimate.over({"a": "cnn"})
    estimate.update("a", 0.0, 100.0)
    estimate.update("a", 0.25, 110.0)
    assert estimate.seconds_left(110.0) == pytest.approx(30.0)
    assert estimate.seconds_left(115.0) == pytest.approx(25.0)


def test_kinds_have_their_own_pace() -> None:
    """A run that waits takes as long as another of its kind did."""
    estimate = Estimate.over({"a": "cnn", "b": "mlp", "c": "mlp", "d": "cnn"})
    estimate.update("a", 0.0, 0.0)
    estimate.update("a", 1.0, 100.0, finished=True)
    estimate.update("b", 0.0, 100.0)
    estimate.update("b", 0.5, 101.0)
    assert estimate.seconds_left(101.0) == pytest.approx(1 + 2 + 100)


def test_runs_side_by_side() -> None:
    """Two runs at work share what is left, but none ends before its own end."""
    estimate = Estimate.over({"a": "cnn", "b": "cnn", "c": "cnn", "d": "cnn"})
    for key in ("a", "b"):
        estimate.update(key, 0.0, 0.0)
        estimate.update(key, 0.5, 10.0)
    assert estimate.seconds_left(10.0) == pytest.approx((10 + 10 + 20 + 20) / 2)


def test_a_run_is_finished_when_it_is_said_to_be() -> None:
    """After the last epoch a run is still evaluated: it counts when it is in the store."""
    estimate = Estimate.over({"a": "cnn", "b": "cnn"})
    estimate.update("a", 1.0, 1.0)
    assert estimate.finished == 0
    estimate.update("a", 1.0, 2.0, finished=True)
    assert estimate.finished == 1


def test_a_resumed_run_is_not_thought_fast() -> None:
    """What was done before this build took none of its time."""
    estimate = Estimate.over({"a": "cnn"})
    estimate.update("a", 0.8, 0.0)
    estimate.update("a", 0.9, 10.0)
    assert estimate.seconds_left(10.0) == pytest.approx(10.0)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.just(0.0) | st.floats(0.001, 100)),
        max_size=30,
    )
)
def test_whatever_is_told_the_answer_is_sane(events: list[tuple[str, float, float]]) -> None:
    """The time left is never negative, the share done lies between 0 and 1."""
    estimate = Estimate.over({"a": "cnn", "b": "cnn", "c": "mlp"})
    clock = 0.0
    for key, done, seconds in events:
        clock += seconds
        estimate.update(key, done, clock)
        left = estimate.seconds_left(clock)
        assert left is None or left >= 0
        assert 0 <= estimate.share_done <= 1 + 1e-12


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "time left not known yet"),
        (0.0, "about 5 s left"),
        (52.0, "about 50 s left"),
        (56.0, "about 1 min left"),
        (200.0, "about 3 min left"),
        (7200.0, "about 2.0 h left"),
    ],
)
def test_time_in_words(seconds: float | None, expected: str) -> None:
    """A time left is printed as roughly as it is known."""
    assert format_time_left(seconds) == expected
