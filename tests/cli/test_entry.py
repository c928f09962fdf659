"""The command line as a whole: help, wrong commands, and what becomes of errors."""

import errno
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path

import click
import pytest

import reportgen as package
from reportgen.cli.entry import COMMANDS, run
from reportgen.errors import (
    AuditError,
    ConfigurationError,
    DataDamaged,
    DataUnavailable,
    PdfUnavailable,
    Problem,
    ReportgenError,
    StoreError,
    TrainingFailed,
    UsageError,
    VerificationFailed,
)
from tests.cli.conftest import CommandLine


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """Make `check` raise what the test puts into the list."""
    errors: list[BaseException] = []

    @click.command()
    def command() -> None:
        raise errors[0]

    monkeypatch.setattr("reportgen.cli.check.command", command)
    yield errors


def test_help_names_every_command(reportgen: CommandLine) -> None:
    """The help lists each command with a line of its own, and examples."""
    ended = reportgen("--help")
    assert ended.code == 0
    for name, (_, summary) in COMMANDS.items():
        assert f"{name} " in ended.out
        assert summary in ended.out
    assert "Examples:" in ended.out


def test_no_command_is_a_question_for_help(reportgen: CommandLine) -> None:
    """Without arguments one sees what there is."""
    assert reportgen() == reportgen("--help")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_examples(name: str, reportgen: CommandLine) -> None:
    """Each command can be loaded, and shows how it is used."""
    ended = reportgen(name, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: reportgen {name} ")
    assert f"  reportgen {name}" in ended.out.split("Examples:")[1]


def test_version(reportgen: CommandLine) -> None:
    """The version is the package's."""
    ended = reportgen("--version")
    assert (ended.code, ended.out) == (0, f"reportgen {package.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "There is no command 'biuld'; did you mean build?"),
        (
            ["xyz"],
            "There is no command 'xyz'; the commands are build, compare, new, check, plan, list, "
            "doctor, serve, export, diff, verify, comments, reproduce, sign, audit, clean",
        ),
        (["check", "--sett", "a=1"], "No such option '--sett'. Did you mean '--set'?"),
        (["check", "paper", "mnist"], "Got unexpected extra argument (mnist)"),
        (["build", "--format", "docx"], "Invalid value for '--format': 'docx' is not one of"),
        (["build", "--device", "tpu"], "Invalid value for '--device': 'tpu' is not one of"),
        (["build", "--workers", "0"], "Invalid value for '--workers': 0 is not in the range x>=1."),
        (["build", "--workers", "two"], "Invalid value for '--workers': 'two' is not a valid"),
        (["check", "--set"], "Option '--set' requires an argument."),
    ],
)
def test_wrong_commands(arguments: list[str], message: str, reportgen: CommandLine) -> None:
    """A wrong command line is an error of a few lines, code 2, and nothing on standard output."""
    ended = reportgen(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert f"Error: {message}" in ended.err
    assert len(ended.err.splitlines()) <= 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReportgenError("it broke"), 1),
        (UsageError("it broke"), 2),
        (DataUnavailable("it broke"), 3),
        (DataDamaged("it broke"), 3),
        (StoreError("it broke"), 1),
        (TrainingFailed("it broke"), 1),
        (PdfUnavailable("it broke"), 1),
        (VerificationFailed("it broke"), 1),
        (AuditError("it broke"), 2),
    ],
)
def test_errors_of_users(
    error: ReportgenError, code: int, reportgen: CommandLine, failing: list[BaseException]
) -> None:
    """What a user can cause is its message on standard error, and the exit code of its class."""
    failing.append(error)
    ended = reportgen("check")
    assert (ended.code, ended.out, ended.err) == (code, "", "Error: it broke\n")


def test_a_wrong_experiment(reportgen: CommandLine, failing: list[BaseException]) -> None:
    """Every problem of a file is a line."""
    failing.append(ConfigurationError("a.toml", [Problem("title", "is missing"), Problem("", "x")]))
    ended = reportgen("check")
    assert ended.code == 2
    assert ended.err == "Error: a.toml: 2 problems\n  title: is missing\n  x\n"


def test_a_bug_is_said_to_be_one(reportgen: CommandLine, failing: list[BaseException]) -> None:
    """An error that no user can cause is one line without a traceback."""
    failing.append(KeyError("epochs"))
    ended = reportgen("check")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "Error: KeyError: 'epochs'\n"
        "This is a bug in reportgen; run the same command with --debug to see where it happened.\n"
    )


def test_a_file_that_the_system_refuses(
    reportgen: CommandLine, failing: list[BaseException]
) -> None:
    """A file that cannot be read or written is named with the system's reason; it is no bug."""
    failing.append(PermissionError(errno.EACCES, "Permission denied", "report.html"))
    ended = reportgen("check")
    assert (ended.code, ended.err) == (1, "Error: report.html: Permission denied\n")


@pytest.mark.parametrize("arguments", [["--debug", "check"], ["check", "--debug"]])
def test_debug_shows_where_it_happened(arguments: list[str], failing: list[BaseException]) -> None:
    """With --debug, before or after the command, the error comes with its traceback."""
    failing.append(KeyError("epochs"))
    with pytest.raises(KeyError):
        run(arguments)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt(
    error: BaseException, reportgen: CommandLine, failing: list[BaseException]
) -> None:
    """Ctrl-C ends with code 130 and says that nothing finished is lost."""
    failing.append(error)
    ended = reportgen("check")
    assert ended.code == 130
    assert ended.err.strip() == "Interrupted; finished runs are kept."


def test_an_interrupt_that_python_ignores_is_not_lost() -> None:
    """In a destructor or a callback of the garbage collector; in a process of its own."""
    program = """
import signal

from reportgen.cli.messages import print_the_rest

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a job in the background

class Interrupted:
    def __del__(self):
        raise KeyboardInterrupt

print_the_rest()
Interrupted()
while True:
    pass
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert "ignored" not in ended.stderr


def test_the_end_of_a_file_is_no_interrupt(
    reportgen: CommandLine, failing: list[BaseException]
) -> None:
    """A file that ends too early, somewhere in the program, is a bug."""
    failing.append(EOFError("file ended"))
    ended = reportgen("check")
    assert ended.code == 1
    assert "Error: EOFError: file ended" in ended.err


def test_a_reader_that_goes_away_is_no_error() -> None:
    """As in `reportgen --help | head -1`: no message, no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reportgen", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


@pytest.mark.parametrize(("chosen", "title"), [(None, "手写"), ("cp1252", "??")])
def test_a_pipe_is_utf_8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None, title: str
) -> None:
    """What another program reads is whole, as on Windows it was not; unless the user chooses."""
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    if chosen is not None:
        monkeypatch.setenv("PYTHONIOENCODING", chosen)
    experiment = tmp_path / "mine.toml"
    experiment.write_text('title = "手写"\n[[models]]\nname = "A"\narchitecture = "cnn"\n', "utf-8")
    written = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(written, encoding="cp1252"))
    assert run(["check", str(experiment)]) == 0
    assert f"is valid: {title}" in written.getvalue().decode(chosen or "utf-8")


WITHOUT_LZMA = """
import sys
sys.modules["_lzma"] = None
from reportgen.cli.entry import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_python_without_lzma(tmp_path: Path) -> None:
    """It is no bug of ours, and the message says what to install."""
    command = [sys.executable, "-c", WITHOUT_LZMA, "verify", str(tmp_path / "report.html")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Error: this Python ({sys.executable}) was built without lzma")
    assert "liblzma-dev" in ended.stderr
    assert "bug" not in ended.stderr
