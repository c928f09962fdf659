"""One small experiment, built once through the command line; all tests of this folder share it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reportgen.report import pdf as typesetting
from reportgen.report.moves import Moves
from reportgen.report.pdf import PdfRequest
from reportgen.verification import pdf as verification
from reportgen.verification import verify_report
from tests.end_to_end.command import Ended, reportgen, reportgen_loaded
from tests.support.sharing import make_once, shared_folder

FEW = (
    "training.epochs=1",
    "training.seeds=[0, 1]",
    "data.train_limit=300",
    "data.test_limit=200",
)
SETTINGS = (
    *FEW,
    'studies.robustness.corruptions=["fog", "rotate"]',
    "studies.robustness.severities=[2, 4]",
    "studies.samples.sizes=[60, 150]",
    "studies.samples.steps=10",
)
"""What makes the paper's experiment small: its four models stay, and so does all that it prints."""


def set_all(settings: Iterable[str]) -> tuple[str, ...]:
    """Return the options of a command that set these."""
    return tuple(word for setting in settings for word in ("--set", setting))


BUILD = ("build", *set_all(SETTINGS))


@dataclass(frozen=True)
class Built:
    """A folder in which the command line has built a report."""

    folder: Path
    """Where the command ran; `output` is in it."""
    ended: Ended

    @property
    def report(self) -> Path:
        """The folder of the documents."""
        return self.folder / "output" / "paper"

    @property
    def html(self) -> str:
        """Text of report.html."""
        return (self.report / "report.html").read_text(encoding="utf-8")

    @property
    def results(self) -> dict[str, Any]:
        """Content of results.json."""
        results: dict[str, Any] = json.loads((self.report / "results.json").read_bytes())
        return results


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The first build. No test may change its folder: `another` gives a copy."""
    folder = shared_folder(tmp_path_factory) / "end-to-end"

    def build() -> Ended:
        folder.mkdir()
        return reportgen_loaded(folder, *BUILD)

    return Built(folder, make_once(tmp_path_factory, "end-to-end", build))


@pytest.fixture
def another(built: Built, tmp_path: Path) -> Callable[..., Built]:
    """Return a function that runs a further build in a copy of the first one's folder."""

    def build(*arguments: str, command: Callable[..., Ended] = reportgen, **options: Any) -> Built:
        folder = tmp_path / "copy"
        if not folder.exists():
            shutil.copytree(built.folder, folder)
        return Built(folder, command(folder, *BUILD, *arguments, **options))

    return build


@pytest.fixture
def set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build and its verification set the same pages once.

    A PDF is verified by the layout of the build here; tests of verification lay it out anew.
    """
    once = cache(typesetting.typeset)

    def typeset(request: PdfRequest, moves: Moves | None = None, **_: object) -> bytes:
        return once(request)

    for module in (typesetting, verification):
        monkeypatch.setattr(module, "typeset", typeset)


def assert_documents_verify(folder: Path) -> None:
    """Both documents follow from the evidence that they carry."""
    for name in ("report.html", "report.pdf"):
        assert not verify_report(folder / name).findings, name
