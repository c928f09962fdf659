from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from reportgen.report.carried import pack, read_html
from reportgen.report.view import View
from tests.support.browser import needs_browser, opened


def test_nothing_is_asked_of_the_network(drawn_html: Path) -> None:
    """Only links that a reader clicks lead outside; all else is in the file or within it."""
    html = drawn_html.read_text(encoding="utf-8")

    sources = re.findall(
        r"<(?!a\b)[a-z]+[^>]*?\s(?:src|href|xlink:href|srcset|data)=\"([^\"]*)", html
    )
    urls = re.findall(r"url\(([^)]*)\)", html)
    assert all(source.startswith(("#", "data:")) for source in sources)
    assert all(url.strip("'\"").startswith(("#", "data:")) for url in urls)
    assert "@import" not in html


def test_the_policy_allows_this_style_and_this_script_only(html: str) -> None:
    """The digests in the policy are those of the one style and the one script that runs."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)

    assert policy and "default-src 'none'" in policy[1].replace("&#39;", "'")
    assert len(styles) == len(scripts) == 1
    for text in (*styles, *scripts):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1].replace("&#39;", "'")
    assert not re.search(r"<[^>]*\sstyle=", html)
    assert not re.search(r"<[^>]*\son[a-z]+=", html)


def test_the_evidence_is_in_the_file(view: View, html: str) -> None:
    """The evidence that the view holds can be taken out of the document again."""
    carried = read_html(html)

    assert carried.content == view.evidence
    assert pack(carried.evidence, carried.presentation).content == view.evidence
    assert carried.evidence.header.dataset == view.facts.dataset


@needs_browser
def test_nothing_runs_off_the_page(drawn_html: Path, browser: Any) -> None:
    """At every width, scripts on or off, only boxes made for it scroll sideways."""
    for scripts in (True, False):
        with opened(browser, drawn_html, java_script_enabled=scripts) as page:
            for width in (320, 700, 1130):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") == width


@needs_browser
def test_numbers_are_traced_by_pointer_and_by_keyboard(drawn_html: Path, browser: Any) -> None:
    """Hovering, tapping and stepping show where a number comes from, under the strict policy."""
    with opened(browser, drawn_html) as page:
        bubble = page.locator("#number-source")
        assert bubble.is_hidden()

        page.locator('data[data-path="models.cnn.accuracy.mean"]').first.hover()
        assert "models.cnn.accuracy.mean" in bubble.inner_text()
        assert "0123456789ab" in bubble.inner_text()  # the commit of the factory's runs

        page.get_by_role("button", name="Trace numbers").click()
        first = page.evaluate("document.activeElement.dataset.path")
        page.keyboard.press("ArrowRight")
        second = page.evaluate("document.activeElement.dataset.path")
        assert first and second and bubble.is_visible()
        page.keyboard.press("Escape")
        assert bubble.is_hidden()
        assert page.evaluate("document.activeElement.tagName") == "BUTTON"
