"""The page in a real browser: it reloads, keeps its place, and shows what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright import sync_api

from reportgen.server.board import Board
from reportgen.server.web import serving
from tests.server.fakes import page
from tests.support.browser import needs_browser

TWO_FRAMES = """() => new Promise(
  done => requestAnimationFrame(() => requestAnimationFrame(done)))"""
"""Lets the browser lay out and paint what it has loaded."""
pytestmark = needs_browser


@pytest.fixture
def board() -> Board:
    """What the browser shows."""
    return Board()


@pytest.fixture
def window(browser: sync_api.Browser, board: Board) -> Iterator[sync_api.Page]:
    """A browser window that shows the board; complaints of the browser fail the test."""
    with serving(board, 0) as url:
        window = browser.new_page(viewport={"width": 800, "height": 600})
        complaints: list[str] = []
        window.on("pageerror", lambda error: complaints.append(str(error)))
        window.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        window.goto(url)
        yield window
        # The icon of a site, which browsers ask for unbidden.
        assert [text for text in complaints if "404" not in text] == []
        window.close()


def sections(extra: int = 0, style: str = "") -> str:
    """Return a report of many sections, with `extra` paragraphs in its first one."""
    paragraphs = "<p style='height:150px'>more</p>" * extra
    rest = "".join(
        f'<section id="part-{number}"><h2 id="head-{number}">Part {number}</h2>'
        f'<p style="height:700px">Text {number} {style}</p></section>'
        for number in range(8)
    )
    return page(f'<h1 id="top">Report</h1>{paragraphs}{rest}')


def test_first_report_replaces_the_waiting_page(window: sync_api.Page, board: Board) -> None:
    """The window shows what is done until there is a report, and then the report."""
    board.say("Training cnn, seed 0: epoch 1 of 3", 0.4)
    status = window.get_by_role("status")
    sync_api.expect(status).to_contain_text("Training cnn, seed 0")
    assert window.get_by_role("progressbar").evaluate("bar => bar.value") == 0.4
    board.show(page("<p>the report</p>"))
    sync_api.expect(window.get_by_text("the report", exact=True)).to_be_visible()
    sync_api.expect(window.get_by_role("status")).to_have_count(0)


def test_reload_keeps_the_place_in_the_text(window: sync_api.Page, board: Board) -> None:
    """What was being read stays where it was, though the text above it has grown."""
    board.show(sections())
    sync_api.expect(window.locator("#head-7")).to_have_count(1)
    window.evaluate("document.getElementById('head-5').scrollIntoView()")
    window.evaluate("scrollBy({top: -40, behavior: 'instant'})")
    before = window.evaluate("document.getElementById('head-5').getBoundingClientRect().top")
    offset = window.evaluate("scrollY")
    board.show(sections(extra=3, style="changed"))
    sync_api.expect(window.get_by_text("Text 5 changed")).to_have_count(1)
    window.wait_for_load_state("load")
    window.evaluate(TWO_FRAMES)
    after = window.evaluate("document.getElementById('head-5').getBoundingClientRect().top")
    assert abs(after - before) <= 1
    assert window.evaluate("scrollY") > offset + 300


def test_problem_is_shown_over_the_report_and_goes_again(
    window: sync_api.Page, board: Board
) -> None:
    """The message is there as plain text, whatever it holds; the report stays behind it."""
    board.show(sections())
    sync_api.expect(window.locator("#head-7")).to_have_count(1)
    board.fail("mine.toml: 1 problem\n  title: <img src=x onerror=alert(1)> is too long")
    alert = window.get_by_role("alert")
    sync_api.expect(alert).to_contain_text("title: <img src=x onerror=alert(1)> is too long")
    sync_api.expect(window.locator("#head-0")).to_be_visible()
    board.show(sections())
    sync_api.expect(alert).to_have_count(0)


def test_report_may_do_no_more_than_on_disk(browser: sync_api.Browser, board: Board) -> None:
    """The served policy still keeps every other script out."""
    board.show(page("<p>strict</p>"))
    with serving(board, 0) as url:
        window = browser.new_page()
        window.goto(url)
        blocked, ran = try_to_run_a_script(window)
        window.close()
    assert blocked
    assert not ran


def try_to_run_a_script(window: sync_api.Page) -> tuple[bool, bool]:
    """Put a script into the page; return whether the policy was broken and whether it ran."""
    blocked = window.evaluate(
        """() => new Promise(resolve => {
          document.addEventListener('securitypolicyviolation', () => resolve(true));
          const script = document.createElement('script');
          script.textContent = 'window.ran = true';
          document.body.append(script);
          setTimeout(() => resolve(false), 2000);
        })"""
    )
    return blocked, window.evaluate("window.ran === true")


def test_end_of_the_server_is_said(browser: sync_api.Browser, board: Board) -> None:
    """A window whose server has gone says so instead of looking up to date."""
    board.show(page("<p>the report</p>"))
    with serving(board, 0) as url:
        window = browser.new_page()
        window.goto(url)
        sync_api.expect(window.get_by_text("the report", exact=True)).to_be_visible()
    sync_api.expect(window.get_by_role("alert")).to_contain_text("reportgen serve has ended")
    window.close()
