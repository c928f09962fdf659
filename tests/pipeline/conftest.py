"""What holds for the tests of whole builds in this folder that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.report.samples import stub_svg


@pytest.fixture(scope="module")
def stub_drawings() -> Iterator[None]:
    """Build and verify with drawings that stand for the real ones, which take seconds.

    `tests/examples` builds and verifies the figures of all studies.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reportgen.figures.drawing.draw_svg", stub_svg)
        yield
