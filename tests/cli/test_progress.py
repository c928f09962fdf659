"""How a build goes on: lines in a log, bars in a terminal."""

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reportgen.cli.messages import CLEAR_LINE
from reportgen.cli.progress import (
    Bars,
    LogReporter,
    Tally,
    TerminalReporter,
    describe_plan,
    make_reporter,
)
from reportgen.config.plan import PlannedRun
from reportgen.execution.progress import Progress
from reportgen.plugins import find_plugin
from tests.config.test_explain import make_ingredients

PLUGIN = find_plugin("cnn", "architecture", Path())


def planned(*keys: str) -> list[PlannedRun]:
    """Return runs of the model `cnn`, seeds from 0."""
    return [
        PlannedRun("cnn", seed, make_ingredients({"seed": seed}), key, PLUGIN)
        for seed, key in enumerate(keys)
    ]


def say(key: str, seed: int, epoch: int, state: Any = "training") -> Progress:
    """Say how far a run of ten epochs has come."""
    return Progress(key, "cnn", seed, epoch, 10, epoch / 10, state)


def clock_of(times: Sequence[float]) -> Callable[[], float]:
    """Return a clock that shows these times, one after the other, and then the last for ever."""
    left = list(times)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_a_log_gets_a_line_for_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Each thing that was done is a plain line on standard error, without control characters."""
    with LogReporter(clock_of([0.0])) as reporter:
        reporter.stage("Reading MNIST")
        reporter.warn("it is small")
        reporter.plan(planned("a", "b", "c"), planned("a", "b"))
        reporter.progress(say("a", 0, 0, "started"))
        reporter.progress(say("b", 1, 4, "resumed"))
        reporter.progress(say("a", 0, 5))
        reporter.progress(say("a", 0, 10, "finished"))
        reporter.progress(say("b", 1, 10, "finished"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "Reading MNIST",
        "Warning: it is small",
        "3 runs: 1 reused, 2 to train",
        "cnn, seed 1: resumed after epoch 4 of 10",
        "[1/2] cnn, seed 0: trained; time left not yet known",
        "[2/2] cnn, seed 1: trained",
    ]


def test_a_log_hears_of_a_long_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that goes on for long gives a line now and then, with the time left."""
    now = [0.0]
    reporter = LogReporter(lambda: now[0])
    reporter.plan(planned("a"), planned("a"))
    for epoch in range(11):
        now[0] = 8.0 * epoch
        state = {0: "started", 10: "finished"}.get(epoch, "training")
        reporter.progress(say("a", 0, epoch, state))
    assert capsys.readouterr().err.splitlines() == [
        "1 run to train",
        "cnn, seed 0: epoch 2 of 10; about 1 min left",
        "cnn, seed 0: epoch 4 of 10; about 50 s left",
        "cnn, seed 0: epoch 6 of 10; about 30 s left",
        "cnn, seed 0: epoch 8 of 10; about 15 s left",
        "[1/1] cnn, seed 0: trained",
    ]


@pytest.mark.parametrize(
    ("keys", "missing", "expected"),
    [
        ("abc", "abc", "3 runs to train"),
        ("abc", "c", "3 runs: 2 reused, 1 to train"),
        ("abc", "", "3 runs, all reused: nothing to train"),
        ("a", "a", "1 run to train"),
        ("aab", "aa", "2 runs: 1 reused, 1 to train"),
    ],
)
def test_the_plan_in_words(keys: str, missing: str, expected: str) -> None:
    """Equal runs, which are trained once, are counted once."""
    assert describe_plan(planned(*keys), planned(*missing)) == expected


@pytest.mark.parametrize(
    ("is_terminal", "kind", "expected"),
    [(True, "xterm", TerminalReporter), (True, "dumb", LogReporter), (False, "xterm", LogReporter)],
)
def test_bars_are_for_terminals(
    is_terminal: bool, kind: str, expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log, and a terminal that cannot move its cursor, get lines."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    monkeypatch.setenv("TERM", kind)
    assert type(make_reporter()) is expected


def test_a_terminal_shows_one_line_for_stages(capsys: pytest.CaptureFixture[str]) -> None:
    """What the build does now is written over what it did before; warnings stay."""
    with TerminalReporter() as reporter:
        reporter.stage("Reading MNIST")
        reporter.stage("x" * 500)
        reporter.warn("it is small")
        reporter.plan(planned("a"), [])
    clear = CLEAR_LINE
    first, reading, long, warning, plan, end = capsys.readouterr().err.split(clear)
    assert (first, reading, end) == ("", "Reading MNIST", "")
    assert set(long) == {"x"}
    assert len(long) < 500
    assert warning == "Warning: it is small\n"
    assert plan == "1 run, all reused: nothing to train\n"


def test_bars_show_runs_and_time_left() -> None:
    """There is a bar for all runs and one for each run at work; what is done goes away."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, no_color=True)
    bars = Bars(Tally("ab"), console)
    bars.update(say("a", 0, 0, "started"))
    bars.update(say("b", 1, 3))
    bars.print("a line above")
    bars.update(say("a", 0, 10, "finished"))
    bars._display.refresh()
    bars.stop()
    last = file.getvalue().split("a line above")[1]
    assert "1 of 2 done" in last
    assert "cnn, seed 1" in last
    assert "epoch 4 of 10" in last
    assert "\x1b[3" not in last


def test_bars_end_with_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage after the training, or an error in it, takes the bars away."""
    reporter = TerminalReporter()
    reporter.plan(planned("a"), planned("a"))
    bars = reporter._bars
    assert bars is not None
    reporter.progress(say("a", 0, 1))
    reporter.stage("Writing the HTML report")
    assert reporter._bars is None
    assert bars._display.finished is False
    assert bars._display.live.is_started is False
