"""What commands and rooms load: nothing that they have no use for."""

from __future__ import annotations

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
    "pandas",
    "pydantic",
    "jinja2",
    "markdown",
    "importlib.metadata",
    "tomllib",
    "logging",
    "json",
)
PLANS = """
from reportgen.config.environment import describe_environment
import reportgen.config.plan
describe_environment("auto", "auto")
"""
DATA = """
from reportgen.config.schema import Data
from reportgen.data.describe import dataset_key
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source
data = Data(name="digits")
source = find_source(data, None, None, print)
dataset_key(source, data)
read_arrays(source, data)
"""
ARRAYS = """
import numpy, pathlib, tempfile
from reportgen.data.tables import read_table
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "a.npy")
    numpy.save(path, numpy.arange(3))
    read_table(path)
"""
ANALYSIS = """
from reportgen.studies import analyse
from tests.support.factories import make_build
analyse(make_build(seeds=1, n=100)[2])
"""
FIGURES = """
from reportgen.figures import FigureSpec, figure_key, plan_figures
figure_key(FigureSpec(slug="a", kind="b", title="", caption="", alt="", data={}))
"""


def loaded(program: str, *names: str) -> list[str]:
    """Run a program in a process of its own and return those of `names` that it loaded."""
    program += f"\nimport sys\nprint(*(each for each in {names!r} if each in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1].split()


def command(*arguments: str) -> str:
    """Return a program that runs a command."""
    return f"from reportgen.cli.entry import run\nassert run({arguments!r}) == 0\n"


def test_help_and_version_load_click_alone() -> None:
    """They answer at once, as they load none of the rooms and none of their libraries."""
    assert loaded(command("--help") + command("--version"), *EVERYTHING) == []


def test_what_is_light_loads_nothing_heavy() -> None:
    """`check`, `list` and what every build needs load neither torch, nor the drawing, nor the PDF.

    A rebuild of a report of which everything is kept computes no statistics.
    """
    commands = command("check") + command("list", "--output", "no") + command("build", "--help")
    rooms = "import reportgen.studies\nfrom reportgen.diff import changes_paragraph\n"
    assert loaded(commands + rooms + DATA, *HEAVY) == []


@pytest.mark.parametrize(
    ("program", "names"),
    [
        (
            "import reportgen",
            (*EVERYTHING, "reportgen.api", "reportgen.config", "reportgen.errors"),
        ),
        (PLANS, ("torch", "numpy")),
        (ARRAYS, ("pandas",)),
        pytest.param(
            ANALYSIS + FIGURES,
            ("scipy.stats", "sklearn", "torch", "matplotlib", "seaborn", "statsmodels"),
            marks=pytest.mark.slow,
        ),
        # SciPy solves its programmes.
        (command("audit", "experiments/paper.toml"), ("torch", "sklearn", "matplotlib", "rich")),
    ],
    ids=["package", "plans", "arrays", "analysis and figures", "audit"],
)
def test_rooms_load_only_what_they_use(program: str, names: tuple[str, ...]) -> None:
    """Libraries that take long to load are loaded where they are used, and nowhere else."""
    assert loaded(program, *names) == []
