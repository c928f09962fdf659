"""The page in Chromium: what a reader can do with it, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api

from reportgen.comments import merge, read_json, relocate, split
from reportgen.figures import FigureSpec
from reportgen.figures.drawing import draw_screen
from reportgen.figures.drawing.parts import text_width
from reportgen.report.html import render_html
from reportgen.verification.saved import spell
from tests.report.samples import CLOTHES, sample_view, stub_svg
from tests.support.browser import AXE, VIOLATIONS, needs_browser, opened
from tests.support.factories import PAPER_MODELS

pytestmark = [pytest.mark.slow, needs_browser]
CHANGED = (
    "{include: [['.tools'], ['.matrices'], ['#table-accuracy'], ['#comments']],"
    " exclude: [['.dim']]}"
)
"""What axe looks at where a reader has used every tool of the page."""
DRAWN = ("misclassified", "learning-curves-cnn", "samples")
"""Figures whose drawing the tests look at; the others have a stub."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of three models with two seeds, which every test of this file reads."""

    def draw(spec: FigureSpec) -> str:
        return draw_screen(spec) if spec.slug in DRAWN else stub_svg(spec)

    view = sample_view(PAPER_MODELS[:3], 2, 300, draw=draw, dataset_settings={"classes": CLOTHES})
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(view), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(browser: Any, report: Path) -> Iterator[Any]:
    """A window for the tests that leave the page as it was."""
    with opened(browser, report) as window:
        yield window


@pytest.fixture
def own_page(browser: Any, report: Path) -> Iterator[Any]:
    """A window of one test."""
    with opened(browser, report) as window:
        yield window


def test_stacked_figures_are_drawn_dark(browser: Any, report: Path) -> None:
    """The columns of a figure, which a phone stacks, have text in the ink of the dark page."""
    with opened(browser, report, width=360, color_scheme="dark", device_scale_factor=3) as window:
        stacked = window.locator("#learning-curves-cnn .parts").first
        ink = window.evaluate("getComputedStyle(document.querySelector('.finding')).color")
        picture = np.asarray(Image.open(BytesIO(stacked.screenshot())).convert("RGB"))
        red, green, blue = (int(part) for part in re.findall(r"\d+", ink)[:3])
        lettered = (np.abs(picture.astype(int) - (red, green, blue)).max(axis=2) < 12).sum()
    assert red > 200
    assert lettered > 100


def test_on_a_phone_the_result_comes_before_the_tools(browser: Any, report: Path) -> None:
    """The first figure is above the buttons; a formula breaks before its equals signs alone."""
    with opened(browser, report, width=360) as window:
        result = window.locator("#misclassified").bounding_box()
        assert window.locator(".tools").bounding_box()["y"] > result["y"] + result["height"]
        sides = window.locator(".formula .side").all()
        assert len(sides) == 4
        boxes = [side.bounding_box() for side in sides]
        assert len({round(box["y"] + box["height"] / 2) // 8 for box in boxes}) > 1
        for side, box in zip(sides[1:], boxes[1:], strict=True):
            fraction = side.locator(".fraction").bounding_box()
            assert side.inner_text().startswith("=")
            assert fraction["x"] > box["x"] and fraction["x"] + fraction["width"] < 360
            assert fraction["height"] > 0.9 * box["height"]  # one line


def test_a_cell_opens_its_images_without_scripts(browser: Any, report: Path) -> None:
    """On a phone, scripts off: a tap on an error shows its test images, and one closes them."""
    with opened(browser, report, width=360, java_script_enabled=False, has_touch=True) as window:
        cell = window.locator("#matrix-mlp td a").first
        shown = window.locator(cell.get_attribute("href") or "")
        assert shown.is_hidden()
        cell.tap()
        assert shown.is_visible()
        assert shown.locator("svg").first.bounding_box()["width"] > 40
        assert window.evaluate("document.documentElement.scrollWidth") == 360
        # Names above the matrix stand upright: no word is broken.
        for name in window.locator("#matrix-mlp thead span").all()[1:]:
            assert name.bounding_box()["width"] < 24
        shown.get_by_role("link", name="Close").tap()
        assert shown.is_hidden()


def test_matrices_show_counts_shares_or_errors_without_scripts(browser: Any, report: Path) -> None:
    """The printed value of one cell follows the choice; errors alone leave the diagonal empty."""
    with opened(browser, report, java_script_enabled=False) as window:
        right = window.locator("#matrix-cnn tbody tr:nth-child(1) td:nth-child(2)")
        count, share = right.locator(".n"), right.locator(".p")
        assert count.is_visible() and share.is_hidden()
        window.get_by_label("shares of each row").check()
        assert share.is_visible() and count.is_hidden()
        window.get_by_label("errors alone").check()
        assert share.is_hidden() and count.is_hidden()
        assert window.locator("#matrix-mlp td a .n").first.is_visible()


def test_nothing_lies_over_the_text(page: Any) -> None:
    """No element is fixed over the page, narrow or wide, until the reader does something."""
    over = """() => [...document.querySelectorAll("body *")].filter(
      node => getComputedStyle(node).position === "fixed").length"""
    for width in (360, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(over) == 0


def test_texts_of_figures_are_as_wide_as_they_were_measured(page: Any) -> None:
    """The page has the face that matplotlib measured, so that nothing overlaps or is cut."""
    page.evaluate("document.fonts.ready")
    seen = page.locator("#misclassified svg text").evaluate_all(
        "nodes => nodes.map(n => [n.textContent, n.getComputedTextLength(), "
        "parseFloat(getComputedStyle(n).fontSize)])"
    )
    assert any(len(text) > 8 for text, _, _ in seen)
    for text, width, size in seen:
        assert width == pytest.approx(text_width(text, size), abs=0.7), text


def test_one_model_is_highlighted_in_figures_and_tables(page: Any) -> None:
    """Its rows and marks are lit, those of all other models dimmed; then nothing is."""
    page.get_by_label("Highlight").select_option("CNN")
    row = page.locator(
        "#table-accuracy tr", has=page.get_by_role("rowheader", name="CNN", exact=True)
    )
    assert "lit" in (row.locator("td").first.get_attribute("class") or "")
    marks = page.locator("#misclassified svg [data-model]")
    seen = marks.evaluate_all(
        "nodes => nodes.map(n => [n.dataset.model, n.classList.contains('dim')])"
    )
    assert {(model, dim) for model, dim in seen} == {
        ("cnn", False),
        ("cnn-dropout", True),
        ("mlp", True),
    }
    assert page.locator("#matrix-mlp").evaluate("node => getComputedStyle(node).opacity") != "1"
    page.get_by_label("Highlight").select_option("no model")
    assert page.locator(".lit, .dim").count() == 0


def test_two_models_stand_side_by_side(own_page: Any) -> None:
    """Their difference, the numbers of both and both matrices, by key and by choice."""
    own_page.keyboard.press("s")
    box = own_page.get_by_role("dialog")
    box.get_by_label("First model").select_option("CNN")
    box.get_by_label("Second model").select_option("MLP")
    path = "pairs.cnn--mlp.difference.value"
    difference = own_page.locator(f'#table-pairs [data-path="{path}"]').text_content()
    stated = box.get_by_role("row", name=re.compile("^Difference"))
    assert difference in stated.text_content()
    row = box.get_by_role("row", name=re.compile("^Accuracy")).first
    shown = own_page.locator('main [data-path="models.mlp.accuracy.mean"]').first.text_content()
    assert shown in row.text_content()
    assert box.locator(".matrix").count() == 2
    box.locator(".matrix td a").first.click()
    assert own_page.locator(".cell:target").is_visible() and box.is_hidden()


def test_a_link_to_the_shares_shows_them(own_page: Any) -> None:
    """Figures of counts and of shares are one on a screen; a link chooses which it shows."""
    shares = own_page.locator('.matrices [value="shares"]')
    assert not shares.is_checked()
    own_page.locator('main a[href="#confusion-shares"]').first.click()
    sync_api.expect(shares).to_be_checked()


def test_the_matrix_of_verdicts_is_not_sorted(page: Any) -> None:
    """Its rows are in the order of its columns."""
    assert page.locator("#table-verdicts .sort").count() == 0
    assert page.locator("#table-accuracy .sort").count() > 0


def test_numbers_in_figures_are_traced(page: Any) -> None:
    """A number drawn in a figure names its path, its model and its runs."""
    page.locator("#misclassified svg [data-path]").first.hover()
    bubble = page.locator("#number-source")
    assert "errors.mean" in bubble.inner_text()
    assert "Seeds" in bubble.inner_text()


def test_marks_of_figures_state_their_values(page: Any) -> None:
    """At the pointer, to the arrow keys, and at a touch in a panel that a phone has stacked."""
    bubble, curves = page.locator("#number-source"), page.locator("#learning-curves-cnn")
    path = "models.cnn.curves.accuracy.mean.1"
    accuracy = page.locator(f'#learning-curves-cnn [data-path="{path}"]').text_content()
    wanted = re.compile(rf"^CNN\s+epoch 2: {accuracy}")
    center = """([svg, start]) => {
      const all = marks.of(document.querySelector("#learning-curves-cnn svg"));
      const { left, top } = all.find(({ text }) => text.startsWith(start)).box;
      const box = svg.getBoundingClientRect(), { x, y, width } = svg.viewBox.baseVal;
      return [box.x + (left - x) * box.width / width, box.y + (top - y) * box.width / width];
    }"""
    for width in (1400, 360):
        page.set_viewport_size({"width": width, "height": 900})
        svg = curves.locator(".card > svg" if width == 1400 else ".parts svg >> nth=1")
        svg.scroll_into_view_if_needed()
        page.mouse.move(1, 1)
        x, y = page.evaluate(center, [svg.element_handle(), f"epoch 2: {accuracy}"])
        page.mouse.move(x + 3, y + 3)
        assert wanted.match(bubble.inner_text())
    page.set_viewport_size({"width": 1400, "height": 900})
    strip = page.locator("#samples image").first
    strip.scroll_into_view_if_needed()
    read, box = strip.get_attribute("data-readings").split("␞"), strip.bounding_box()
    for place, text in enumerate(read):
        page.mouse.move(box["x"] + (place + 0.5) * box["width"] / len(read), box["y"] + 5)
        assert bubble.inner_text() == text
    page.locator("#misclassified").scroll_into_view_if_needed()
    page.keyboard.press("t")
    seen = []
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        seen.append(bubble.inner_text())
    marked = page.locator("#misclassified svg [data-reading]").evaluate_all(
        "nodes => nodes.map(node => node.dataset.reading)"
    )
    assert len(marked) == 3
    assert all(any(reading in text for text in seen) for reading in marked)


def test_a_table_is_copied_in_three_formats_and_a_figure_as_svg(page: Any) -> None:
    """What is copied is what a reader sees, escaped for each format."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.locator("#table-accuracy .copy")
    copied = {}
    for name in ("LaTeX", "CSV", "Markdown"):
        menu.get_by_role("button", name=name).click()
        page.get_by_text(f"Copied as {name}").wait_for()
        copied[name] = page.evaluate("navigator.clipboard.readText()")
    rows = page.locator("#table-accuracy tbody tr").count()
    assert copied["LaTeX"].count(r"\\") == rows + 1 and r"\,\%" in copied["LaTeX"]
    assert len(copied["CSV"].splitlines()) == rows + 1
    assert copied["CSV"].startswith("Model,Accuracy,")
    assert copied["Markdown"].splitlines()[1].startswith("| --- | ---: |")
    page.locator("#matrix-cnn .copy").get_by_role("button", name="LaTeX").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('lrrr'))")
    matrix = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"\\caption\{CNN n = .*, accuracy [\d.]+\\,\\%\}", matrix)
    with page.expect_download() as download:
        page.locator("#misclassified .copy").get_by_role("button", name="SVG").click()
    svg = Path(download.value.path()).read_text(encoding="utf-8")
    assert svg.startswith("<svg") and 'xmlns="http://www.w3.org/2000/svg"' in svg


def test_a_table_is_sorted_up_down_and_back(page: Any) -> None:
    """By the value of its numbers, not by how they are printed."""
    values = "rows => rows.map(row => Number(row.cells[1].querySelector('data').value))"
    rows = page.locator("#table-accuracy tbody tr")
    first = rows.evaluate_all(values)
    head = page.locator("#table-accuracy thead th").nth(1)
    head.get_by_role("button").click()
    assert rows.evaluate_all(values) == sorted(first)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert rows.evaluate_all(values) == sorted(first, reverse=True)
    head.get_by_role("button").click()
    assert rows.evaluate_all(values) == first


def test_keys_are_shown_and_can_be_turned_off(page: Any) -> None:
    """A question mark lists them; WCAG 2.1.4 wants single letters to be optional."""
    page.keyboard.press("?")
    box = page.get_by_role("dialog", name="Keys")
    assert "side by side" in box.inner_text()
    box.get_by_label("Listen to these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("?")
    box.get_by_label("Listen to these keys").check()
    page.keyboard.press("Escape")


def write_comment(page: Any, block: Any, text: str, author: str = "Ada") -> None:
    """Comment on a block that is picked with the pointer."""
    page.keyboard.press("c")
    block.click(position={"x": 4, "y": 4})
    page.get_by_label("Name").fill(author)
    page.get_by_role("textbox", name="Comment").fill(text)
    page.get_by_role("button", name="Add comment").click()


def save(page: Any, button: str) -> str:
    """Press a button that saves a file, and return its text."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_comments_are_written_saved_and_opened_again(
    own_page: Any, browser: Any, report: Path, tmp_path: Path
) -> None:
    """The copy is the same report with comments; it opens with scripts off, too."""
    original = report.read_text(encoding="utf-8")
    write_comment(own_page, own_page.locator("#table-accuracy"), "Why two seeds?\n<b>& so on</b>")
    paragraph = own_page.locator("section.abstract p").first
    paragraph.evaluate("node => getSelection().selectAllChildren(node)")
    own_page.keyboard.press("c")
    own_page.get_by_role("textbox", name="Comment").fill("Unclear.")
    own_page.get_by_role("button", name="Add comment").click()
    assert own_page.locator("#table-accuracy .mark").inner_text() == "1 comment"

    copy = save(own_page, "Save a copy")
    bare, comments = split(copy)
    assert spell(bare) == spell(original)
    assert read_json(save(own_page, "Save the comments"), "comments.json") == comments
    first, second = comments
    assert (first.author, first.text) == ("Ada", "Why two seeds?\n<b>& so on</b>")
    assert (first.place, first.anchor) == ("id:table-accuracy", "table-accuracy")
    assert second.quote == " ".join((paragraph.text_content() or "").split())[:300].strip()
    assert relocate(comments, original) == comments

    path = tmp_path / "copy.html"
    path.write_text(copy, encoding="utf-8")
    with opened(browser, path, java_script_enabled=False, width=360) as window:
        assert "Why two seeds?" in window.locator("#comments").inner_text()
        assert window.evaluate("document.documentElement.scrollWidth") == 360

    own_page.goto(path.as_uri())
    assert own_page.locator("#comments article").count() == 2
    assert own_page.locator(".mark").count() == 2
    own_page.locator("#comments article").first.get_by_role("button", name="Resolve").click()
    write_comment(own_page, own_page.locator("#misclassified"), "Bigger, please.", "Bob")
    again = split(save(own_page, "Save a copy"))
    assert spell(again[0]) == spell(original)
    assert [each.status for each in again[1]] == ["resolved", "open", "open"]
    merged = merge([comments, again[1]])
    assert [each.author for each in merged] == ["Ada", "Ada", "Bob"]


def test_a_commented_report_is_printed_without_its_tools(own_page: Any) -> None:
    """On paper the comments are there, and no button, mark or dialog; its colours are light."""
    write_comment(own_page, own_page.locator("#table-accuracy"), "Why?")
    shade = "document.querySelector('#matrix-cnn .c8').computedStyleMap().get('background-color')"
    light = own_page.evaluate(f"{shade}.toString()")
    own_page.emulate_media(color_scheme="dark")
    assert own_page.evaluate(f"{shade}.toString()") != light
    own_page.emulate_media(media="print", color_scheme="dark")
    assert own_page.evaluate(f"{shade}.toString()") == light
    assert own_page.locator("#comments article").is_visible()
    for tool in (".tools", ".copy", ".mark", ".comment-actions", ".switch"):
        assert own_page.locator(tool).first.is_hidden()


@pytest.mark.skipif(not AXE.is_file(), reason="npm's axe-core is not in .tools/node_modules")
@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_axe_finds_no_violation_in_what_opens(
    browser: Any, report: Path, width: int, scheme: str
) -> None:
    """An open cell, errors alone, a sorted table, a highlighted model, the dialogs.

    The whole page, as it opens, is checked in tests/end_to_end/test_documents.py.
    """
    with opened(browser, report, width=width, color_scheme=scheme, bypass_csp=True) as window:
        window.evaluate(AXE.read_text(encoding="utf-8"))
        window.get_by_label("Highlight").select_option("CNN")
        window.get_by_label("errors alone").check()
        window.locator("#table-accuracy .sort").first.click()
        write_comment(window, window.locator("#table-accuracy"), "Why?")
        window.locator("#matrix-cnn td a").first.click()
        for key in ("", "s", "?"):
            if key:
                window.keyboard.press(key)
                window.locator("dialog[open]").wait_for()
            # What is dimmed is dimmed on request; a dialog leaves the page as it was.
            place = "'dialog[open]'" if key else CHANGED
            found = window.evaluate(f"axe.run({place}, {VIOLATIONS})")["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
            if key:
                window.keyboard.press("Escape")
