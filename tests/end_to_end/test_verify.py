"""What a build writes verifies: HTML and PDF, on the command line, without a false alarm."""

from __future__ import annotations

import pytest

from reportgen.cli.entry import run
from tests.end_to_end.conftest import Built


@pytest.mark.parametrize("name", ["report.html", "report.pdf"])
def test_a_document_is_the_same_when_it_is_rendered_again(
    built: Built, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No false alarm: drawn and rendered again in another process, the same bytes come out."""
    assert run(["verify", str(built.report / name)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith("This proves:")
    assert printed.out.rstrip().endswith("it is the same byte for byte.")
