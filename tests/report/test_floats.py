from __future__ import annotations

from xml.etree.ElementTree import Element

from hypothesis import given
from hypothesis import strategies as st

from reportgen.report.floats import Block, Kind, arrange

HEIGHT = 100.0


def block(kind: Kind, height: float, begins_page: bool = False) -> Block:
    """A block without margins that breaks after every tenth of a page where it is text."""
    lines = tuple(float(at) for at in range(10, int(height), 10)) if kind == "text" else ()
    return Block(
        Element("p"), Element("section"), kind, height, 0.0, 0.0, (*lines, height), begins_page
    )


def blocks() -> st.SearchStrategy[list[Block]]:
    """Documents of text, headings, figures and tables of all heights up to beyond a page."""
    kinds: st.SearchStrategy[Kind] = st.sampled_from(["text", "heading", "figure", "table"])
    return st.lists(
        st.builds(
            block, kinds, st.integers(1, 120).map(float), st.sampled_from([False] * 9 + [True])
        ),
        max_size=30,
    )


@given(blocks())
def test_every_block_is_set_once(given_blocks: list[Block]) -> None:
    """Nothing is lost or printed twice."""
    order = arrange(given_blocks, HEIGHT)

    assert len(order) == len(given_blocks)
    assert {id(each) for each in order} == {id(each) for each in given_blocks}


@given(blocks())
def test_each_kind_stays_in_order(given_blocks: list[Block]) -> None:
    """Numbers of figures and of tables ascend, and prose reads on."""
    order = arrange(given_blocks, HEIGHT)

    for kinds in (("text", "heading"), ("figure",), ("table",)):
        before = [each for each in given_blocks if each.kind in kinds and each.height <= HEIGHT]
        assert [each for each in order if each.kind in kinds and each.height <= HEIGHT] == before


@given(blocks())
def test_nothing_crosses_a_forced_page(given_blocks: list[Block]) -> None:
    """A figure of the body never gets into the appendix."""
    order = arrange(given_blocks, HEIGHT)

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

    assert arrange([first, figure, second], HEIGHT) == [first, second, figure]


def test_a_figure_that_fits_stays_where_it_is() -> None:
    """Nothing moves without need."""
    document = [block("text", 20), block("figure", 70), block("text", 50), block("table", 10)]

    assert arrange(document, HEIGHT) == document


def test_a_heading_goes_on_with_its_text() -> None:
    """A figure takes the end of a page where a heading would be alone, if it fits there."""
    text, figure = block("text", 80), block("figure", 30)
    heading, following = block("heading", 15), block("text", 40)
    document = [text, figure, heading, following]

    assert arrange(document, HEIGHT) == [text, figure, heading, following]
