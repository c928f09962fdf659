"""What holds for the tests of whole builds in this folder that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from reportgen.pipeline import BuildRequest, Reporter, build
from tests.report.samples import stub_svg


@pytest.fixture(scope="module")
def stub_drawings() -> Iterator[None]:
    """Build and verify with drawings that stand for the real ones, which take seconds.

    `tests/end_to_end` builds and verifies the figures of all studies.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reportgen.figures.drawing.draw_svg", stub_svg)
        yield


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the `EXPERIMENT` of a module was built once."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "mine.toml").write_text(request.module.EXPERIMENT)
    build(request_in(folder), Mock(spec=Reporter))
    return folder


def request_in(folder: Path, *overrides: str) -> BuildRequest:
    """Return the request of the experiment in `folder`."""
    experiment, output = str(folder / "mine.toml"), folder / "output"
    return BuildRequest(experiment, overrides, output, formats=("html",), workers=1)


def html_in(folder: Path) -> str:
    """Return the report in `folder`."""
    return (folder / "output" / "mine" / "report.html").read_text(encoding="utf-8")
