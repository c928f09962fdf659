"""What `import reportgen` offers, and what it costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reportgen

PAGE = Path(__file__).parents[2] / "docs" / "python-api.md"


def test_the_page_documents_every_public_name_and_no_other() -> None:
    """The table of docs/python-api.md has a row for each name of `__all__`."""
    table = PAGE.read_text().split("## ")[0]
    documented = re.findall(r"^\| `(\w+)", table, re.MULTILINE)
    assert sorted(documented) == sorted(reportgen.__all__)


def test_every_public_name_is_there() -> None:
    """Each can be had from the package, and has a docstring."""
    for name in reportgen.__all__:
        value = getattr(reportgen, name)
        assert isinstance(value, str) or value.__doc__, name


def test_an_unknown_name_is_an_ordinary_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="no attribute 'compares'"):
        reportgen.compares  # noqa: B018


def test_documented_members_of_a_report_are_there() -> None:
    """The page names no member that a report does not have."""
    section = PAGE.read_text().partition("## The report")[2].partition("## ")[0]
    members = set(re.findall(r"`report\.(\w+)", section))
    members -= {"html", "pdf"}
    assert members <= set(dir(reportgen.Report)) | {"folder"}
    assert {"verdict", "facts", "table", "to_html", "to_pdf"} <= members
