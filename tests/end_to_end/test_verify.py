"""What a build writes verifies: HTML and PDF, on the command line, without a false alarm."""

from __future__ import annotations

import pytest

from tests.end_to_end.command import reportgen
from tests.end_to_end.conftest import Built


@pytest.mark.parametrize("name", ["report.html", "report.pdf"])
def test_a_document_is_the_same_when_it_is_rendered_again(built: Built, name: str) -> None:
    """No false alarm: rendered again from what it carries, the same bytes come out."""
    ended = reportgen(built.folder, "verify", str(built.report / name))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("This proves:")
    assert ended.out.rstrip().endswith("it is the same byte for byte.")
