"""The command line, called as a function."""

from collections.abc import Callable

import pytest

from reportgen.cli.entry import run
from tests.end_to_end.command import Ended

CommandLine = Callable[..., Ended]


@pytest.fixture
def reportgen(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Return a function that runs the command line, and what came of it."""

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call
