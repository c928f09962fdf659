"""Building for the page: what fails is shown and survived, what is outdated is given up."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from reportgen.errors import ConfigurationError, Problem
from reportgen.execution.progress import Progress
from reportgen.server.board import Board
from reportgen.server.loop import build_once, remembered_interrupts
from reportgen.server.reporter import PageReporter, Superseded
from reportgen.server.watching import Changes
from tests.server.fakes import FileProject, RememberingTerminal, page


@pytest.fixture
def project(tmp_path: Path) -> FileProject:
    """A project with a report."""
    experiment = tmp_path / "mine.toml"
    experiment.write_text("<p>one</p>", encoding="utf-8")
    return FileProject(experiment)


def progress(epoch: int, fraction: float) -> Progress:
    """Return how far a run has come."""
    return Progress(
        key="k",
        model="cnn",
        seed=1,
        epoch=epoch,
        epochs=4,
        fraction=fraction,
        state="training",
    )


def test_build_is_shown_and_reported(project: FileProject) -> None:
    """The report is on the board; the terminal heard of it."""
    board, terminal = Board(), RememberingTerminal()
    build_once(project, board, Changes(), terminal.reporter, terminal.say)
    assert board.snapshot.html == page("<p>one</p>")
    assert board.snapshot.activity is None
    assert terminal.said[0] == "Reading the file"
    assert terminal.said[-1].startswith("Built in ")


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            ConfigurationError("mine.toml", [Problem("training.epochs", "expected 1 or more")]),
            "mine.toml: 1 problem\n  training.epochs: expected 1 or more",
        ),
        (ZeroDivisionError("of a bug"), "ZeroDivisionError: of a bug\nThis is a bug in reportgen."),
    ],
)
def test_failure_is_shown_over_the_last_report(
    project: FileProject, error: Exception, shown: str
) -> None:
    """Neither a wrong experiment nor a bug ends the session; the next build goes through."""
    board, terminal = Board(), RememberingTerminal()
    build_once(project, board, Changes(), terminal.reporter, terminal.say)
    project.error = error
    build_once(project, board, Changes(), terminal.reporter, terminal.say)
    assert board.snapshot.problem == shown
    assert board.snapshot.html == page("<p>one</p>")
    assert terminal.said[-1] == f"Error: {shown}"
    project.error = None
    build_once(project, board, Changes(), terminal.reporter, terminal.say)
    assert board.snapshot.problem is None


def test_training_is_shown_and_given_up_when_the_experiment_changes() -> None:
    """The page shows the share that is done; a template's change lets the training go on."""
    board, changes = Board(), Changes()
    reporter = PageReporter(board, changes, RememberingTerminal())
    reporter.plan((), ())
    reporter.progress(progress(1, 0.25))
    assert board.snapshot.activity == "Training cnn, seed 1: epoch 2 of 4"
    assert board.snapshot.fraction == 0.25
    changes.add(experiment=False)
    reporter.progress(progress(2, 0.5))
    changes.add(experiment=True)
    with pytest.raises(Superseded):
        reporter.progress(progress(2, 0.75))


def test_superseded_build_is_no_failure(project: FileProject) -> None:
    """What the user changed is built anew; nothing is shown as wrong."""
    board, terminal = Board(), RememberingTerminal()
    project.error = Superseded()
    build_once(project, board, Changes(), terminal.reporter, terminal.say)
    assert board.snapshot.problem is None
    assert "starting again" in terminal.said[-1]


def test_interrupt_goes_through(project: FileProject) -> None:
    """Ctrl-C is never taken for a failed build."""
    project.error = KeyboardInterrupt()  # type: ignore[assignment]
    terminal = RememberingTerminal()
    with pytest.raises(KeyboardInterrupt):
        build_once(project, Board(), Changes(), terminal.reporter, terminal.say)


class _Interrupted:
    """Is gone at a moment at which Ctrl-C arrives."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_remembered() -> None:
    """Inside a destructor KeyboardInterrupt goes nowhere; the event is set instead."""
    before = signal.getsignal(signal.SIGINT)
    with remembered_interrupts() as interrupted:
        assert not interrupted.is_set()
        _Interrupted()
        assert interrupted.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
