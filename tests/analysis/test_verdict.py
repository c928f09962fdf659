"""The verdict from the judgements on all pairs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.analysis.facts import Judgement, PairFacts
from reportgen.analysis.verdict import reach_verdict


def pair(first: str, second: str, verdict: Judgement, winner: str | None = None) -> PairFacts:
    """Return a pair of which nothing but the verdict is known."""
    return PairFacts.model_construct(first=first, second=second, verdict=verdict, winner=winner)


def test_one_model_is_single() -> None:
    """Without another model there is nothing to compare."""
    verdict = reach_verdict({"a": 0.9}, [])
    assert (verdict.kind, verdict.leaders, verdict.ranking) == ("single", ("a",), ("a",))


def test_the_best_beats_every_other() -> None:
    """One model that beats all others is best, whatever the others do among themselves."""
    pairs = [
        pair("a", "b", "better", "b"),
        pair("a", "c", "undecided"),
        pair("b", "c", "better", "b"),
    ]
    verdict = reach_verdict({"a": 0.8, "b": 0.9, "c": 0.81}, pairs)
    assert (verdict.kind, verdict.leaders) == ("best", ("b",))
    assert verdict.ranking == ("b", "c", "a")


@pytest.mark.parametrize(
    ("judgement", "kind"), [("undecided", "undecided"), ("equivalent", "tied")]
)
def test_two_models_that_nothing_tells_apart(judgement: Judgement, kind: str) -> None:
    """Undecided is no result; equivalent is one."""
    verdict = reach_verdict({"a": 0.8, "b": 0.9}, [pair("a", "b", judgement)])
    assert (verdict.kind, verdict.leaders) == (kind, ("b", "a"))


def test_a_single_run_confines_the_verdict() -> None:
    """With one run of some model, the verdict is about the runs and not about the methods."""
    pairs = [pair("a", "b", "better", "b")]
    assert reach_verdict({"a": 0.8, "b": 0.9}, pairs, single_runs=True).scope == "runs"
    assert reach_verdict({"a": 0.8, "b": 0.9}, pairs).scope == "methods"


@pytest.mark.parametrize(
    ("judgement", "kind"), [("undecided", "undecided"), ("equivalent", "tied")]
)
def test_leaders_are_tied_only_where_they_are_equivalent(judgement: Judgement, kind: str) -> None:
    """Several that no other beats lead, best mean first; they share the lead if equivalent."""
    pairs = [
        pair("a", "b", judgement),
        pair("a", "c", "better", "a"),
        pair("b", "c", "better", "b"),
    ]
    verdict = reach_verdict({"a": 0.9, "b": 0.91, "c": 0.7}, pairs)
    assert (verdict.kind, verdict.leaders) == (kind, ("b", "a"))


def test_an_unbeaten_model_that_does_not_beat_all_shares_the_lead() -> None:
    """Beaten by another is not beaten by the leader: both stay at the top."""
    pairs = [
        pair("a", "b", "better", "a"),
        pair("a", "c", "undecided"),
        pair("b", "c", "better", "b"),
    ]
    verdict = reach_verdict({"a": 0.9, "b": 0.89, "c": 0.88}, pairs)
    assert (verdict.kind, verdict.leaders) == ("undecided", ("a", "c"))


def test_equal_accuracies_keep_the_order_of_the_file() -> None:
    """Ties in the mean are not settled by the name."""
    verdict = reach_verdict({"z": 0.9, "a": 0.9}, [pair("z", "a", "equivalent")])
    assert verdict.ranking == ("z", "a")


@given(st.lists(st.sampled_from(["better", "equivalent", "undecided"]), min_size=6, max_size=6))
def test_the_most_accurate_model_always_leads(judgements: list[Judgement]) -> None:
    """Whatever was shown, the highest mean stands among the leaders, and best means best of all."""
    accuracies = {"a": 0.6, "b": 0.7, "c": 0.8, "d": 0.9}
    pairs = [
        pair(first, second, judgement, second if judgement == "better" else None)
        for (first, second), judgement in zip(combinations("abcd", 2), judgements, strict=True)
    ]
    verdict = reach_verdict(accuracies, pairs)
    assert verdict.leaders[0] == verdict.ranking[0] == "d"
    beaten = {each.first for each in pairs if each.winner == "d"}
    assert (verdict.kind == "best") == (beaten == {"a", "b", "c"})


@given(st.data())
def test_groups_are_layers_of_what_was_shown(data: st.DataObject) -> None:
    """No winner within a group; every later model is beaten by one of the group before."""
    slugs = [f"m{i}" for i in range(data.draw(st.integers(1, 7)))]
    means = {slug: 1 - i / 100 for i, slug in enumerate(slugs)}
    pairs = []
    for first, second in combinations(slugs, 2):
        won = data.draw(st.booleans())
        pairs.append(pair(first, second, "better" if won else "undecided", first if won else None))
    beaten = {(p.winner, p.second) for p in pairs if p.winner}
    groups = reach_verdict(means, pairs).groups
    assert sorted(slug for group in groups for slug in group) == sorted(slugs)
    for number, group in enumerate(groups):
        assert not any((a, b) in beaten for a in group for b in group)
        for slug in group if number else ():
            assert any((winner, slug) in beaten for winner in groups[number - 1])
