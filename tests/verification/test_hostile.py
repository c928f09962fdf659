"""Files that are made to harm whoever verifies them: each is an error, soon."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.errors import ReportgenError, UsageError, VerificationFailed
from reportgen.figures.drawing import draw_svg
from reportgen.report import base85, carried
from reportgen.verification import verify_report
from reportgen.verification.html import compare_with
from reportgen.verification.rendering import make_view_again
from tests.verification.conftest import Report

MONSTERS = {
    "open tags": "<a " * 60_000,
    "open comments": "<!--" * 150_000,
    "deep elements": "<div>" * 100_000,
    "attributes": "<a " + " ".join(f'a{index}="1"' for index in range(60_000)) + ">",
    "quotes": '<a b="' * 60_000,
    "white space": "<a" + " " * 200_000,
    "brackets": "<" * 200_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_markup_that_stalls_parsers_is_compared_in_linear_time(built: Report, name: str) -> None:
    """Put into a report, it is found; nothing is parsed again and again."""
    edited = built.html.replace("</main>", MONSTERS[name] + "</main>", 1)
    assert compare_with(edited, built.html, built.derived).findings


@pytest.mark.parametrize("name", MONSTERS)
def test_a_file_of_nothing_else_is_refused(tmp_path: Path, name: str) -> None:
    """A file without evidence says so."""
    path = tmp_path / "report.html"
    path.write_text(MONSTERS[name], encoding="utf-8")
    with pytest.raises(VerificationFailed, match=f"{path}: there is no evidence"):
        verify_report(path)


@pytest.mark.parametrize("place", range(0, 24, 4))
def test_lengths_that_nobody_wrote_are_refused(built: Report, place: int) -> None:
    """Evidence whose recorded length is immense, or whose beginning is another, is no evidence."""
    content = built.derived.carried.content
    forged = content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :]
    page = f'<script id="evidence">{base85.encode(forged)}</script>'
    with pytest.raises(VerificationFailed):
        carried.read_html(page)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on this system")
def test_a_path_that_cannot_be_looked_up_is_an_error_of_the_command() -> None:
    """As in a folder that may not be searched: exit code 2, as nothing is known of a report."""
    # Since Python 3.14, `Path.is_file` itself takes it for a file that does not exist.
    message = "cannot be read: File name too long|there is no such file"
    with pytest.raises(UsageError, match=message):
        verify_report(Path("x" * 300))


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    """A named pipe, which would wait for ever, and a device without an end are refused."""
    os.mkfifo(tmp_path / "report.html")
    for path in (tmp_path / "report.html", Path("/dev/zero"), tmp_path):
        with pytest.raises(UsageError, match="this is not a file"):
            verify_report(path)


def test_a_figure_that_cannot_be_drawn_is_a_sentence(built: Report) -> None:
    """Evidence whose figure lacks what is drawn: the error names it, without a traceback."""
    spec = built.derived.specs[0]
    without = (spec.model_copy(update={"data": {}}), *built.derived.specs[1:])
    with pytest.raises(VerificationFailed, match="a figure cannot be drawn from the evidence"):
        make_view_again(replace(built.derived, specs=without), draw_svg)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size of a file is looked at before it is read."""
    monkeypatch.setattr("reportgen.verification.LARGEST", 100)
    path = tmp_path / "report.html"
    path.write_bytes(bytes(101))
    with pytest.raises(ReportgenError, match="at most 100 bytes, found 101"):
        verify_report(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("report.html", b"%PDF-1.7\n<h1>99.99 %</h1>", "rename it to report.pdf"),
        ("report.SVG", b"%PDF-1.7", "browsers show it as a page"),
        ("report.pdf", b"<!DOCTYPE html>%PDF-1.7", "rename it to report.html"),
    ],
)
def test_a_file_whose_name_promises_another_kind_is_not_passed(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """A browser would show a page that is hidden in a PDF; the message accuses of nothing."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(VerificationFailed, match=said) as caught:
        verify_report(path)
    assert "altered" not in str(caught.value)
