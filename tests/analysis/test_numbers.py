"""Dotted paths and the marks that stand for numbers."""

from __future__ import annotations

import pytest

from reportgen.analysis.facts import Claim
from reportgen.analysis.numbers import mark, plain_claim, read_number, render_claim, resolve
from reportgen.errors import ReportgenError
from tests.support.factories import PAPER_MODELS
from tests.support.facts import make_facts

FACTS = make_facts(PAPER_MODELS)


def test_paths_lead_through_records_keys_and_tuples() -> None:
    """Attributes, keys with hyphens and indexes are found; `#` counts entries."""
    assert resolve("models.cnn-dropout.accuracy.values.1", FACTS) == pytest.approx(0.993)
    assert resolve("pairs.cnn--mlp.difference.low", FACTS) == pytest.approx(0.015)
    assert resolve("models.#", FACTS) == 4
    assert resolve("seeds.#", FACTS) == 3


def test_a_key_may_hold_dots() -> None:
    """The longest key that exists is taken."""
    claims = {
        "a": Claim(id="a", text="1", rests_on=""),
        "a.b": Claim(id="a.b", text="2", rests_on=""),
    }
    facts = FACTS.model_copy(update={"claims": claims})
    assert resolve("claims.a.b.text", facts) == "2"
    assert resolve("claims.a.text", facts) == "1"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("models.rnn.accuracy.mean", "nothing is called `rnn`"),
        ("models.cnn.accuracy.values.9", "nothing is called `9`"),
        ("models.cnn.accuracy", "is not a number"),
        ("models.cnn.name", "is not a number"),
        ("models.cnn.accuracy.__class__", "nothing is called `__class__`"),
    ],
)
def test_a_path_to_no_number_is_an_error(path: str, said: str) -> None:
    """The message names the step that leads nowhere."""
    with pytest.raises(ReportgenError, match=said):
        read_number(path, "percent", FACTS)


def test_marks_are_printed_and_the_rest_is_escaped() -> None:
    """Numbers go through the wrapper, everything else through the escape."""
    text = f"a < {mark('models.mlp.accuracy.mean', 'percent_short')} & b"
    assert plain_claim(text, FACTS) == "a < 97.4\u202f% & b"
    html = render_claim(
        text, FACTS, lambda n: f"<data>{n.text}</data>", lambda rest: rest.replace("<", "&lt;")
    )
    assert html == "a &lt; <data>97.4\u202f%</data> & b"


def test_an_unknown_format_is_an_error() -> None:
    """The message lists the formats there are."""
    with pytest.raises(ReportgenError, match="no format is called `roman`"):
        read_number("margin", "roman", FACTS)
