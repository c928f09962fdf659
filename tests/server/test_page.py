"""The served page: the report, the live script, and a policy that lets in nothing else."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from reportgen.server.board import Board, Snapshot
from reportgen.server.page import allow, live_script, make_page
from tests.server.fakes import page


def test_report_is_served_whole_with_the_script_at_its_end() -> None:
    """But for the policy, which moves to a header, and the script, the page is the report."""
    report = page("<p>é</p>")
    served = make_page(Snapshot(document=3, html=report), "run();")
    element = '<script data-document="3">run();</script>\n'
    assert element in served.html
    rest = served.html.replace(element, "")
    start = report.index("<meta http-equiv")
    end = report.index("<title>")
    assert rest == report[:start] + report[end:]


def test_policy_lets_in_the_script_and_its_events() -> None:
    """The report's policy becomes a header with exactly two sources more."""
    served = make_page(Snapshot(document=1, html=page("")), "run();")
    digest = b64encode(sha256(b"run();").digest()).decode()
    assert served.policies == (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-AAAA' 'sha256-{digest}'; connect-src 'self'",
        "frame-ancestors 'none'",
    )


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("default-src 'none'", "default-src 'none'; script-src X"),
        ("script-src 'none'", "script-src X"),
        ("default-src a b; script-src c", "default-src a b; script-src c X"),
        ("default-src a b", "default-src a b; script-src a b X"),
        ("img-src data:", "img-src data:"),
        (" ; IMG-SRC  data: ;", "img-src data:"),
    ],
)
def test_allowing_changes_one_directive(policy: str, allowed: str) -> None:
    """A source is added where the policy would keep it out, and nowhere else."""
    assert allow(policy, "script-src", "X") == allowed


def test_page_without_body_or_policy_is_served_too() -> None:
    """A template of the user's own may leave out what ours has."""
    served = make_page(Snapshot(document=1, html="<h1>Mine</h1>"), "run();")
    assert served.html.startswith("<h1>Mine</h1><script")
    assert served.policies == ("frame-ancestors 'none'",)


def test_waiting_page_comes_before_the_first_report() -> None:
    """There is a page with the script from the beginning."""
    served = make_page(Board().snapshot, live_script())
    assert '<script data-document="0">' in served.html
    assert "EventSource" in served.html
    assert len(served.policies) == 2
