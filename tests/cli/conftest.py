"""The command line, called as a function."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from reportgen.cli.entry import run


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


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
