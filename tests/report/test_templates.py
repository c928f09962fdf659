"""The template set: what the user's own folder replaces, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.errors import ReportgenError
from reportgen.report.templates import read_asset


def test_a_file_of_the_users_folder_stands_first(tmp_path: Path) -> None:
    """One style sheet is replaced; the others are those that ship."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "theme.css").write_text(":root { color: green }", encoding="utf-8")
    assert read_asset(tmp_path, "css/theme.css") == ":root { color: green }"
    assert read_asset(tmp_path, "css/layout.css") == read_asset(None, "css/layout.css")


def test_a_style_sheet_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A file that is not UTF-8 is the user's mistake, not a bug: it is named."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "theme.css").write_bytes("/* Größe */".encode("latin-1"))
    with pytest.raises(ReportgenError, match=r"theme\.css cannot be read.*save it as UTF-8"):
        read_asset(tmp_path, "css/theme.css")
