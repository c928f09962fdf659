"""`reportgen doctor`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportgen.cli import examination
from reportgen.cli.examination import Check
from reportgen.errors import PdfUnavailable, ReportgenError
from tests.cli.conftest import CommandLine


def states(checks: Iterator[Check]) -> list[tuple[str, str]]:
    """Return what was found, without the details."""
    return [(check.state, check.subject) for check in checks]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the import of torch in another process, and what this machine has of data."""
    monkeypatch.setattr(examination, "_try_import", lambda _: None)
    monkeypatch.delenv("REPORTGEN_DATA", raising=False)


@pytest.mark.usefixtures("quick")
def test_a_machine_with_everything(reportgen: CommandLine, tmp_path: Path) -> None:
    """Where nothing is missing, a build would work, and the exit code is 0."""
    ended = reportgen("doctor", "--output", str(tmp_path))
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[-1] == "A build would work."
    for subject in (
        "Python",
        "torch",
        "Numba",
        "device",
        "output",
        "data",
        "fonts",
        "PDF",
        "torchvision",
    ):
        assert any(line.startswith(f"ok      {subject:12}") for line in lines)


@pytest.mark.usefixtures("quick")
def test_a_machine_without_torch(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network can be trained; everything else can be built."""

    def fail() -> None:
        raise ReportgenError("the package torch is not installed")

    monkeypatch.setattr(examination, "installed_torch", fail)
    ended = reportgen("doctor", "--output", str(tmp_path))
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "A build would work if it trains no network."


@pytest.mark.usefixtures("quick")
def test_a_machine_without_pango(
    reportgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is said with what to do, and the exit code is 1."""

    def fail() -> None:
        raise PdfUnavailable("the PDF needs the library Pango; install it with: apt install pango")

    monkeypatch.setattr("reportgen.report.pdf.load_weasyprint", fail)
    ended = reportgen("doctor", "--output", str(tmp_path))
    assert ended.code == 1
    assert (
        "missing PDF         the PDF needs the library Pango; install it with: apt install pango\n"
        "                    or build with --format html\n"
    ) in ended.out
    assert ended.out.endswith("\nA build would fail: 1 thing is missing.\n")


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing torch is reported once, not again for the device."""

    def fail(*_: object) -> None:
        raise ReportgenError("the package torch is not installed")

    monkeypatch.setattr(examination, "installed_torch", fail)
    monkeypatch.setattr(examination, "describe_environment", fail)
    assert states(examination._look_at_torch()) == [("note", "torch")]
    assert states(examination._look_at_device()) == []


WITHOUT_LZMA = """
import sys
sys.modules["_lzma"] = None
from reportgen.cli.examination import _look_at_pdf, _look_at_python
for check in (*_look_at_python(), *_look_at_pdf()):
    print(check.state, check.subject)
"""


def test_python_without_lzma() -> None:
    """No evidence can be compressed, so no report can be built; it is said once."""
    command = [sys.executable, "-c", WITHOUT_LZMA]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["ok Python", "missing lzma"]


def test_windows_trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before a build fails, with what to use."""
    monkeypatch.setattr("sys.platform", "win32")
    _, check = examination._look_at_python()
    assert (check.state, check.subject) == ("missing", "training")
    assert "WSL 2" in check.found


def test_an_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of the output folder is found before a build is begun."""
    (tmp_path / "output").write_text("a file")
    checks = list(examination._look_at_output(tmp_path / "output" / "reports"))
    assert states(iter(checks)) == [("missing", "output")]
    assert checks[0].found.endswith("or choose another folder with --output")


def test_damaged_data(tmp_path: Path) -> None:
    """A file of the user's that is no data set is named."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{name}-ubyte").write_bytes(b"no images")
    check = examination._look_for_data_set("mnist", tmp_path)
    assert (check.state, check.subject) == ("missing", "data")
    assert "train-images-idx3-ubyte" in check.found


def test_data_that_are_not_here(tmp_path: Path) -> None:
    """Where the folder that the user named has not the data, that is said; a build downloads it."""
    check = examination._look_for_data_set("kmnist", tmp_path / "nowhere")
    assert (check.state, check.advice) == ("note", "a build that needs it downloads it")
    assert check.found.startswith(f"kmnist was not found; looked in {tmp_path}/nowhere")


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("torchvision.datasets", [("note", "torchvision")]),
        ("torch", [("missing", "torch")]),
        ("", [("ok", "torchvision")]),
    ],
)
def test_torchvision_of_another_family(
    broken: str, expected: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most builds need no torchvision; where torch cannot be loaded, no network is trained."""
    monkeypatch.setattr(
        examination, "_try_import", lambda name: "they do not fit" if name == broken else None
    )
    assert states(examination._look_at_torchvision()) == expected


def test_numba_that_does_not_fit_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model can be trained without it, so it is missing, with the reason."""
    monkeypatch.setattr(examination, "_try_import", lambda _: "ImportError: Numba needs NumPy 2.4")
    (check,) = examination._look_at_numba()
    assert check.state == "missing"
    assert "Numba needs NumPy 2.4" in check.found


def test_an_import_is_tried_in_a_process_of_its_own() -> None:
    """The last line of the error says why."""
    assert examination._try_import("json") is None
    assert examination._try_import("no_such_package") == (
        "ModuleNotFoundError: No module named 'no_such_package'"
    )
