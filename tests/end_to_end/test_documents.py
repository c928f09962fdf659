"""The documents of a real build, held to what outside judges say of HTML and PDF."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api

from tests.end_to_end.conftest import Built
from tests.support.browser import AXE, NU_CHECKER, VIOLATIONS, check_html, needs_browser
from tests.support.reports import SmallReport


@needs_browser
def test_the_page_asks_for_nothing_and_fits_a_telephone(
    built: Built, browser: sync_api.Browser
) -> None:
    """No request but for the file itself, and not one complaint, of the policy above all."""
    page = browser.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    address = (built.report / "report.html").as_uri()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    outside = [url for url in requests if url != address and not url.startswith("data:")]
    assert outside == []
    assert complaints == []
    # On a narrow screen the page never scrolls sideways; wide tables do so within it.
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


@needs_browser
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed in .tools")
@pytest.mark.parametrize(
    ("scheme", "width", "scripts"), [("light", 1400, True), ("dark", 360, False)]
)
def test_the_page_is_accessible(
    built: Built, browser: sync_api.Browser, scheme: Any, width: int, scripts: bool, tmp_path: Path
) -> None:
    """The axe checker finds no violation: light and wide, dark and narrow without scripts.

    The checker is a script itself, so those of the page are taken out.
    """
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    path = tmp_path / "report.html"
    html = built.html if scripts else re.sub(r"<script>.*?</script>", "", built.html, flags=re.S)
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(f"axe.run({VIOLATIONS}).then(result => result.violations)")
    seen = [(entry["id"], [node["target"] for node in entry["nodes"]][:3]) for entry in found]
    assert seen == []
    page.close()


def test_no_markup_is_shown_as_text(built: Built) -> None:
    """Nothing that a template writes as HTML was escaped once more."""
    html = (built.report / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"&amp;(?:nbsp|amp|#[0-9]+);|&lt;/?(?:span|a|b|em|data|br)\b", html) == []


@needs_browser
def test_the_page_reads_well_without_scripts(built: Built, browser: sync_api.Browser) -> None:
    """With JavaScript off, every heading and every printed number can be seen."""
    page = browser.new_page(java_script_enabled=False)
    page.goto((built.report / "report.html").as_uri())
    headings = page.locator("main h2")
    assert headings.count() >= 5
    for position in range(headings.count()):
        assert headings.nth(position).is_visible()
    assert page.locator("main .tabular table data").first.is_visible()
    assert page.locator("header .verdict").inner_text().strip()
    page.close()


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.skipif(not NU_CHECKER.exists(), reason="vnu-jar is not installed in .tools")
def test_the_html_is_valid(built: Built, small_report: SmallReport, tmp_path: Path) -> None:
    """The Nu HTML checker finds no error, in a report with markup in its notes neither."""
    path = tmp_path / "report.html"
    path.write_text(small_report.html, encoding="utf-8")
    assert check_html(built.report / "report.html", path) == ""


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_the_pdf_is_sound(built: Built) -> None:
    """The checker qpdf finds no fault in the file's structure."""
    command = ["qpdf", "--check", str(built.report / "report.pdf")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="pdffonts is not installed")
def test_all_fonts_are_embedded(built: Built) -> None:
    """Every font of the PDF is embedded, with a table of its characters."""
    command = ["pdffonts", str(built.report / "report.pdf")]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()[2:]]
    assert len(rows) >= 3
    # The last columns: emb sub uni object generation.
    assert {(row[-5], row[-3]) for row in rows} == {("yes", "yes")}


def test_the_pdf_is_accessible(built: Built) -> None:
    """The PDF conforms to PDF/UA-1."""
    page_validation = pytest.importorskip("page", reason="page-validation is not installed")
    report = page_validation.validate_pdf(
        built.report / "report.pdf", profile=page_validation.ValidationProfile.PDF_UA_1
    )
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant
