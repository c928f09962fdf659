"""What holds for every test."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context

import pytest
from hypothesis import HealthCheck, settings
from playwright import sync_api

from reportgen.errors import PdfUnavailable
from reportgen.execution import runner
from reportgen.figures import FigureSpec, figure_key
from tests.support.browser import CHROMIUM
from tests.support.processes import LOADED, collect_once
from tests.support.reports import (
    SmallPdf,
    SmallReport,
    build_small_report,
    typeset_small_report,
)
from tests.support.sharing import make_once, shared_folder

SLOW = (
    # Builds the report that all of end_to_end shares, while the other worker does what follows.
    "tests/end_to_end/test_build.py",
    "tests/end_to_end/test_examples.py",
    "tests/test_crash.py",
    "tests/end_to_end/",
    "tests/verification/",
    "tests/execution/test_runner.py",
    "tests/execution/test_checkpoints.py",
    "tests/figures/test_drawing.py",
    "tests/figures/test_any_name.py",
    "tests/report/test_html.py",
    "tests/report/test_pdf.py",
    "tests/results/test_faults.py",
    "tests/server/test_browser.py",
    "tests/export/",
    "tests/pipeline/test_reproduction.py",
    "tests/plugins/test_networks.py",
    "tests/studies/test_custom.py",
)
"""Tests that build whole reports, draw all figures, train, or drive a browser; the longest first,
so that the workers of pytest-xdist end together."""

# No test depends on how fast a machine is, or how busy.
settings.register_profile(
    "tests", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fast", settings.get_profile("tests"), max_examples=20)
settings.load_profile("tests")

# Each of the commands that tests run would otherwise compile all of reportgen again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests by where they are, and run them first; others carry the mark themselves."""
    ranks = {item: _rank(item.nodeid) for item in items}
    for item, rank in ranks.items():
        if rank < len(SLOW):
            item.add_marker(pytest.mark.slow)
    items.sort(key=ranks.__getitem__)


def _rank(nodeid: str) -> int:
    found = (rank for rank, place in enumerate(SLOW) if nodeid.startswith(place))
    return next(found, len(SLOW))


def pytest_collection_finish() -> None:
    """Keep garbage collections short, which statsmodels asks for in every `multipletests`."""
    collect_once()


@pytest.fixture(autouse=True)
def subnormal_numbers() -> Iterator[None]:
    """Training flushes subnormal numbers to zero for its process; other tests need them."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is written to the cache folder of whoever runs the tests, or left in the system's.

    A process that a test kills cannot remove its temporary files. All processes of a run of the
    tests share the cache: each would otherwise compile the kernels and list the fonts again.
    """
    cache = shared_folder(tmp_path_factory) / "cache"
    cache.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("t")))
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(scope="session", autouse=True)
def power_stays_on() -> Iterator[None]:
    """Nothing waits for thousands of small files to reach the disk: no test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def load_once() -> Iterator[None]:
    """Workers of builds import nothing that was imported before: it takes longer than most runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "PRELOADED", LOADED)
        get_context("forkserver").set_forkserver_preload(list(LOADED))
        yield


@pytest.fixture(scope="session", autouse=True)
def draw_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`draw_svg`, which draws no figure twice, for builds and verifications within this process.

    A whole report takes seconds to draw. Tests of drawings import the function itself.
    """
    from reportgen.figures import drawing

    draw = drawing.draw_svg

    def once(spec: FigureSpec, width: int | None = None) -> str:
        name = f"figure-{figure_key(spec)}-{width}"
        return make_once(tmp_path_factory, name, partial(draw, spec, width))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "draw_svg", once)
        yield once


@pytest.fixture(scope="session")
def small_report(
    tmp_path_factory: pytest.TempPathFactory, draw_once: Callable[[FigureSpec], str]
) -> SmallReport:
    """A report of one model with one seed, made once for all processes."""
    return make_once(tmp_path_factory, "small-report", partial(build_small_report, draw_once))


@pytest.fixture(scope="session")
def small_pdf(tmp_path_factory: pytest.TempPathFactory, small_report: SmallReport) -> SmallPdf:
    """The PDF of `small_report`, typeset once for all processes."""
    try:
        return make_once(tmp_path_factory, "small-pdf", partial(typeset_small_report, small_report))
    except PdfUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    """Chromium without a window; no longer than a module, since its driver is an event loop."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
