"""The advice on page one: it follows the verdicts and the computation, and turns with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reportgen.analysis.claims.advice import advice_text, recommendation_text
from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.analysis.phrases import pair_of
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, FakeModel
from tests.support.facts import make_facts, with_models, with_operations

CNN, CNN_DROPOUT, MLP, MLP_DROPOUT = PAPER_MODELS
PAPER = {"cnn": 4_241_152, "cnn-dropout": 4_241_152, "mlp": 101_632, "mlp-dropout": 101_632}


def drawn_facts(
    drawn: Sequence[tuple[int, int]], half_width: float
) -> tuple[Facts, dict[str, int]]:
    """Return facts about models with these errors, in thousandths, and costs; and the costs."""
    models = [
        FakeModel(f"Model {i}", f"m{i}", "cnn", 0.0, error / 1000)
        for i, (error, _) in enumerate(drawn)
    ]
    operations = {f"m{i}": cost for i, (_, cost) in enumerate(drawn)}
    facts = make_facts(models, half_width).model_copy(update={"studies": {}})
    return with_operations(facts, operations), operations


def advice(facts: Facts) -> str:
    """Return the advice as a terminal prints it."""
    return plain_claim(advice_text(facts), facts)


def test_two_choices_state_what_the_second_saves() -> None:
    """Each model has its use: both are named, with the numbers to choose by."""
    text = advice(with_operations(make_facts([CNN, MLP]), PAPER))
    assert text == (
        "Where accuracy matters most, choose CNN; where computation is scarce, choose MLP: a "
        "prediction takes 101,632 multiply-adds, against 4.24 million with CNN."
    )


def test_swapped_results_leave_a_single_choice() -> None:
    """The cheaper model is the more accurate one too: nothing has to be weighed."""
    worse, better = (
        FakeModel(model.name, model.slug, model.architecture, model.dropout, other.error)
        for model, other in ((CNN, MLP), (MLP, CNN))
    )
    text = advice(with_operations(make_facts([worse, better]), PAPER))
    assert text.startswith("These results favour MLP: no model is shown to be more accurate")
    assert "101,632" in text


def test_nothing_is_recommended_that_the_results_do_not_support() -> None:
    """One run, stand-in data, equal computation, unknown computation: no advice."""
    facts = with_operations(make_facts([CNN, MLP]), PAPER)
    assert not advice(with_operations(make_facts([CNN, MLP], seeds=1), PAPER))
    assert not advice(with_operations(facts, dict.fromkeys(facts.models, 7)))
    stand_in = facts.dataset.model_copy(update={"stand_in_for": "mnist"})
    assert not advice(facts.model_copy(update={"dataset": stand_in}))
    assert not advice(with_models(facts, {"mlp": {"summary": None}}))


@at_most(25)
@given(
    st.lists(st.tuples(st.integers(5, 60), st.integers(1, 3)), min_size=2, max_size=6),
    st.sampled_from([0.0004, 0.001, 0.004, 0.05]),
)
def test_advice_follows_the_verdicts(drawn: Sequence[tuple[int, int]], half_width: float) -> None:
    """Nothing is better than the first choice, nothing cheaper than the second."""
    facts, operations = drawn_facts(drawn, half_width)
    text = advice(facts)
    named = ["m" + number for number in re.findall(r"Model (\d)", text.partition("against")[0])]
    leaders = facts.verdict.leaders
    least = min(operations[slug] for slug in leaders)
    accurate = [slug for slug in leaders if operations[slug] == least]
    cheapest = [slug for slug, cost in operations.items() if cost == min(operations.values())]
    if not text:
        is_open = any(
            all(pair_of(facts, slug, cheap)[1].winner != slug for slug in accurate)
            for cheap in set(cheapest).difference(accurate)
        )
        assert len(set(operations.values())) == 1 or len(leaders) > 3 or is_open
    elif text.startswith("These"):
        assert named[0] in facts.verdict.leaders
        assert operations[named[0]] == min(operations.values())
    else:
        best, *others, cheap = named
        assert best == accurate[0]
        assert others == [slug for slug in leaders if slug != best]
        assert cheap in cheapest
        assert any(pair_of(facts, slug, cheap)[1].winner == slug for slug in accurate)


def test_a_recommendation_states_what_it_rests_on() -> None:
    """Which of two leaders is better is not settled, so the cheaper one is chosen."""
    facts = make_facts([CNN, CNN_DROPOUT, MLP], half_width=0.005)
    costs = {"cnn": 4_000_000, "cnn-dropout": 5_000_000, "mlp": 101_632}
    assert set(facts.verdict.leaders) == {"cnn", "cnn-dropout"}
    text = plain_claim(recommendation_text(with_operations(facts, costs)), facts)
    assert text.startswith("CNN is recommended. It is not settled which of ")
    assert "is more accurate, and of these CNN needs the least computation" in text
    assert "Where computation is scarce, MLP is the choice" in text
    equal = recommendation_text(with_operations(facts, PAPER))
    assert (
        "they need the same amount of computation, so the choice rests on the better mean alone"
        in equal
    )


@at_most(25)
@given(
    st.lists(st.tuples(st.integers(5, 60), st.integers(1, 3)), min_size=2, max_size=6),
    st.sampled_from([0.0004, 0.001, 0.004, 0.05]),
)
def test_the_recommendation_turns_with_the_numbers(
    drawn: Sequence[tuple[int, int]], half_width: float
) -> None:
    """No model is better than the recommended one, and none of its equals is cheaper."""
    facts, operations = drawn_facts(drawn, half_width)
    text = plain_claim(recommendation_text(facts), facts)
    assert bool(text) == bool(advice(facts))
    if text:
        named = "m" + re.findall(r"^Model (\d) is recommended", text)[0]
        leaders = facts.verdict.leaders
        assert named in leaders
        assert operations[named] == min(operations[slug] for slug in leaders)
        assert ("shown to be more accurate than every other" in text) == (len(leaders) == 1)
        assert ("No model needs less" in text) == (operations[named] == min(operations.values()))
