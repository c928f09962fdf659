from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.report.floats import _arrange_as_seen, arrange, lay_out
from reportgen.report.measuring import Block
from reportgen.report.moves import Kind

HEIGHT = 100.0


def block(kind: Kind, height: float, begins_page: bool = False, tag: str = "p") -> Block:
    """A block without margins that breaks after every tenth of a page where it is text."""
    lines = tuple(float(at) for at in range(10, int(height), 10)) if kind == "text" else ()
    return Block(Element(tag), kind, height, 0.0, 0.0, (*lines, height), begins_page)


def order_of(document: list[Block], heights: dict[int, float] | None = None) -> list[Block]:
    """Return the blocks in the order in which they are set."""
    return [placement.block for placement in arrange(document, HEIGHT, heights)]


def blocks() -> st.SearchStrategy[list[Block]]:
    """Documents of text, headings, figures and tables of all heights up to beyond a page."""
    kinds: st.SearchStrategy[Kind] = st.sampled_from(["text", "heading", "figure", "table"])
    return st.lists(
        st.builds(
            block,
            kinds,
            st.integers(1, 120).map(float),
            st.sampled_from([False] * 9 + [True]),
            st.sampled_from(["h2", "h3"]),
        ),
        max_size=30,
    )


@given(blocks())
def test_every_block_is_set_once(given_blocks: list[Block]) -> None:
    """Nothing is lost or printed twice."""
    order = order_of(given_blocks)

    assert len(order) == len(given_blocks)
    assert {id(each) for each in order} == {id(each) for each in given_blocks}


@given(blocks())
def test_each_kind_stays_in_order(given_blocks: list[Block]) -> None:
    """Numbers of figures and of tables ascend, and prose reads on."""
    order = order_of(given_blocks)

    for kinds in (("text", "heading"), ("figure",), ("table",)):
        before = [each for each in given_blocks if each.kind in kinds and each.height <= HEIGHT]
        assert [each for each in order if each.kind in kinds and each.height <= HEIGHT] == before


@given(blocks())
def test_nothing_crosses_a_forced_page(given_blocks: list[Block]) -> None:
    """A figure of the body never gets into the appendix."""
    order = order_of(given_blocks)

    for place, each in enumerate(given_blocks):
        if each.begins_page:
            assert (
                order.index(each) >= place
                if each.kind in ("figure", "table")
                else (order.index(each) == place)
            )


def test_text_fills_the_page_that_a_figure_does_not_fit_on() -> None:
    """The paragraph after the figure comes first, and the figure as soon as a page has room."""
    first, figure, second = block("text", 60), block("figure", 70), block("text", 50)

    assert order_of([first, figure, second]) == [first, second, figure]


def test_a_figure_that_fits_stays_where_it_is() -> None:
    """Nothing moves without need."""
    document = [block("text", 20), block("figure", 70), block("text", 50), block("table", 10)]

    assert order_of(document) == document


def test_no_figure_separates_a_heading_from_its_text() -> None:
    """A figure that waits follows the first block of the next section, not its heading."""
    text, figure, heading = block("text", 60), block("figure", 50), block("heading", 10)
    following = block("text", 80)

    assert order_of([text, figure, heading, following]) == [text, heading, following, figure]


@pytest.mark.parametrize(("figures", "wait"), [(2, True), (4, False)])
def test_many_figures_are_set_before_the_next_chapter(figures: int, wait: bool) -> None:
    """Else those of the results would follow the appendix where there are many models."""
    results = [block("text", 60), *(block("figure", 90) for _ in range(figures))]
    chapter = [block("heading", 10, tag="h2"), block("text", 80)]
    order = order_of([*results, *chapter])

    assert (order[-1].kind == "figure") is wait
    assert wait or order == [*results, *chapter]


@pytest.mark.parametrize("tag", ["h2", "h3"])
@pytest.mark.parametrize(("used", "waits"), [(95, False), (80, True)])
def test_a_section_ends_with_its_own_figures(used: float, tag: str, waits: bool) -> None:
    """Unless much of its last page would be empty, and they cannot come before its last text."""
    text, figure = block("text", used), block("figure", 50)
    heading, following = block("heading", 10, tag=tag), block("text", 80)
    order = order_of([text, figure, heading, following])

    assert order == (
        [text, heading, following, figure] if waits else [text, figure, heading, following]
    )


def test_figures_that_would_drift_come_earlier_among_the_text_of_their_section() -> None:
    """Text follows the figure in place of the next section, and no page is left half empty."""
    first, second, figure = block("text", 30), block("text", 30), block("figure", 50)
    heading, following = block("heading", 10, tag="h3"), block("text", 80)
    placements = arrange([first, second, figure, heading, following], HEIGHT)

    assert [each.block for each in placements] == [first, figure, second, heading, following]
    assert [each.page for each in placements] == [0, 0, 0, 1, 1]


@given(blocks())
def test_a_figure_follows_the_first_paragraph_of_its_section(given_blocks: list[Block]) -> None:
    """However early it comes; this is also what a PDF's list of moves is checked for."""
    order = order_of(given_blocks)
    first = None
    for each in given_blocks:
        begins = first is None or first.kind == "heading"
        if each.kind == "heading" or (each.kind == "text" and begins):
            first = each
        elif each.kind in ("figure", "table") and first is not None:
            assert order.index(each) > order.index(first)


def test_what_a_page_was_seen_to_hold_counts() -> None:
    """A figure that did not fit on a page in the layout is set on the next one."""
    document = [block("text", 40), block("figure", 50), block("text", 50)]
    placements = arrange(document, HEIGHT, {0: 80.0})

    assert [placement.block for placement in placements] == [document[0], document[2], document[1]]
    assert [placement.page for placement in placements] == [0, 0, 1]


def test_text_takes_the_room_of_a_figure_that_was_seen_to_move_on() -> None:
    """Only a little is missing for the figure, so that the page is not taken to end above it."""
    first, figure, second = document = [block("text", 40), block("figure", 50), block("text", 50)]
    placements = arrange(document, HEIGHT)
    assert [each.block for each in placements] == document

    pages = {id(first.element): 0, id(figure.element): 1, id(second.element): 1}
    seen = _arrange_as_seen(document, HEIGHT, {}, placements, pages)

    assert [(each.block, each.page) for each in seen] == [(first, 0), (second, 0), (figure, 1)]


def test_a_heading_goes_on_with_its_text() -> None:
    """A figure takes the end of a page where a heading would be alone, if it fits there."""
    text, figure = block("text", 80), block("figure", 30)
    heading, following = block("heading", 15), block("text", 40)
    document = [text, figure, heading, following]

    assert order_of(document) == [text, figure, heading, following]


LISTING = """
<style>
@page { size: 400px 300px; margin: 20px }
body, p, pre, summary { margin: 0; font: 10px/20px monospace; orphans: 2; widows: 2 }
figure { height: 150px; margin: 0 }
summary { break-after: avoid; list-style: none }
</style>
<section>
<div style="height: 200px">Before</div>
<details open><summary>Listing</summary><pre>1\n2\n3\n4\n5\n6</pre></details>
<figure>Figure</figure>
<p>After</p>
</section>
"""


def test_what_is_laid_out_as_computed_is_laid_out_once() -> None:
    """One layout measures the blocks, and one is the document."""
    weasyprint: Any = pytest.importorskip("weasyprint")
    layouts: list[str] = []

    class Counted(weasyprint.HTML):  # type: ignore[misc]
        def render(self, *arguments: Any, **options: Any) -> Any:
            layouts.append("layout")
            return super().render(*arguments, **options)

    for height in (150, 195, 225, 240):
        layouts.clear()
        lay_out(weasyprint, Counted(string=LISTING.replace("200px", f"{height}px")))
        assert len(layouts) == 2, height
