"""What holds for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

SLOW = (
    "tests/end_to_end/",
    "tests/examples/",
    "tests/report/test_html.py",
    "tests/report/test_pdf.py",
    "tests/results/test_faults.py",
    "tests/server/test_browser.py",
    "tests/test_crash.py",
    "tests/training/test_runner.py",
    "tests/execution/test_runner.py",
    "tests/verification/",
)
"""Where the tests are that build whole reports, train, or drive a browser."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests by where they are; a test elsewhere carries the mark itself."""
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def subnormal_numbers() -> Iterator[None]:
    """Training flushes subnormal numbers to zero for its process; other tests need them."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session", autouse=True)
def own_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is written to the cache folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
