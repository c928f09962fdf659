"""Figures that are made from data alone: what they take, say and draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reportgen.analysis.facts import Facts
from reportgen.figures import FigureSpec, bars, dots, heatmap, lines
from reportgen.figures.drawing import draw_svg
from reportgen.figures.generic import KINDS, check_figure
from reportgen.figures.plan.words import identify
from tests.figures.conftest import Drawn

PLACES = ["zero", "one"]
MADE: dict[str, Callable[[Facts], FigureSpec]] = {
    "bars": lambda facts: bars(facts, "a", "Errors", PLACES, {"cnn": [3, 1], "Other": [2, 2]}),
    "dots": lambda facts: dots(
        facts, "a", "Accuracy", PLACES, {"cnn": [0.5, 0.7]}, {"cnn": [(0.4, 0.6), (0.6, 0.8)]}
    ),
    "lines": lambda facts: lines(
        facts, "a", "Noise", [0.0, 1.5], {"cnn": [1, 2]}, {"cnn": [(0, 2), (1, 3)]}, x_axis="SD"
    ),
    "heatmap": lambda _: heatmap("a", "Distances", PLACES, PLACES, [[0, 1], [1, 0]], "cm"),
}


def test_each_kind_has_a_function() -> None:
    """The kinds of this test are all there are."""
    assert MADE.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", MADE)
def test_a_figure_is_drawn_and_put_into_words(kind: str, paper: Drawn) -> None:
    """The drawing is whole XML with the names in it; the alternative text states the numbers."""
    spec = MADE[kind](paper.facts)
    assert check_figure(spec) == spec
    svg = draw_svg(spec)
    words = "".join(ET.fromstring(svg).itertext())
    assert spec.alt in words
    if kind != "lines":
        assert all(place in words for place in PLACES)


def test_the_alternative_text_states_the_data(paper: Drawn) -> None:
    """Values are named by place and by model."""
    name = paper.facts.models["cnn"].name
    assert MADE["bars"](paper.facts).alt == (
        f"Errors. {name}: zero 3 and one 1. Other: zero 2 and one 2."
    )


def test_a_model_has_the_colour_of_all_other_figures(paper: Drawn) -> None:
    """A series that is named by the slug of a model is that model; another looks like none."""
    spec = MADE["bars"](paper.facts)
    model, other = (series["model"] for series in spec.data["series"])
    known = identify(paper.facts)
    assert model == known["cnn"]
    assert other["hue"] not in [each["hue"] for each in known.values()]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"places": PLACES, "values": {"cnn": [1]}}, "has 1 values for 2 places"),
        ({"places": PLACES, "values": {"cnn": [1, float("nan")]}}, "finite"),
        ({"places": PLACES, "values": {}}, "at least 1"),
        ({"places": PLACES, "values": {"cnn": [1, 2]}, "colour": "red"}, "has no 'colour'"),
    ],
)
def test_data_that_do_not_fit_are_refused(
    arguments: dict[str, Any], problem: str, paper: Drawn
) -> None:
    """The message says what does not fit."""
    with pytest.raises(ValueError, match=problem):
        bars(paper.facts, "a", "A", **arguments)


def test_a_heat_map_is_a_table() -> None:
    """Every row has a value for each column."""
    with pytest.raises(ValueError, match="2 rows of 2 values"):
        heatmap("a", "A", PLACES, PLACES, [[1, 2]], "cm")
