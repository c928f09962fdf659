"""What each command loads: nothing that it has no use for."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "torchvision",
    "matplotlib",
    "seaborn",
    "weasyprint",
    "sklearn",
    "scipy",
    "numba",
    "captum",
    "rich",
    "distributed",
    "optuna",
)
EVERYTHING = (
    *HEAVY,
    "numpy",
    "pydantic",
    "jinja2",
    "markdown",
    "importlib.metadata",
    "tomllib",
    "logging",
    "json",
)


def loaded(arguments: list[str], names: tuple[str, ...]) -> list[str]:
    """Run a command in a process of its own and return those of `names` that it loaded."""
    program = (
        "import sys\n"
        "from reportgen.cli.entry import run\n"
        f"assert run({arguments!r}) == 0\n"
        f"print(*(name for name in {names!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stderr.split()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_load_click_alone(arguments: list[str]) -> None:
    """They answer at once, as they load none of the rooms and none of their libraries."""
    assert loaded(arguments, EVERYTHING) == []


@pytest.mark.parametrize(
    "arguments", [["check"], ["list", "--output", "no-such-folder"], ["build", "--help"]]
)
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    """`check` and `list` load neither torch, nor the drawing, nor the PDF."""
    assert loaded(arguments, HEAVY) == []
