"""The one sentence of the report, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from reportgen.analysis.facts import PairFacts, Verdict


def reach_verdict(
    means: Mapping[str, float],
    pairs: Iterable[PairFacts],
    single_runs: bool = False,
    higher_is_better: bool = True,
) -> Verdict:
    """Return who leads; `means`: slug → mean of the primary metric, in the file's order.

    *Best*: one model was shown to beat every other. *Tied*: several lead, and any two of them are
    equivalent. *Undecided* otherwise: who leads is not settled. The model with the best mean is
    always among the leaders, since a winner has the better mean. `single_runs`: whether some
    model has one run alone, so that nothing follows about other runs of it.
    """
    known = list(pairs)
    sign = -1 if higher_is_better else 1
    ranking = tuple(sorted(means, key=lambda slug: sign * means[slug]))
    beaten = {
        (pair.winner, pair.second if pair.winner == pair.first else pair.first)
        for pair in known
        if pair.winner is not None
    }
    leaders = _find_leaders(ranking, beaten)
    return Verdict(
        kind=_kind(known, leaders),
        scope="runs" if single_runs else "methods",
        leaders=leaders,
        ranking=ranking,
        groups=_group(ranking, beaten),
    )


def _group(ranking: tuple[str, ...], beaten: set[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Group the models in layers: each is one layer below the lowest model that beats it."""
    layers: dict[str, int] = {}
    # A winner has the better mean, so all that beat a model precede it.
    for slug in ranking:
        layers[slug] = 1 + max(
            (layers[winner] for winner, loser in beaten if loser == slug), default=-1
        )
    deepest = max(layers.values(), default=-1)
    return tuple(
        tuple(slug for slug in ranking if layers[slug] == layer) for layer in range(deepest + 1)
    )


def _find_leaders(ranking: tuple[str, ...], beaten: set[tuple[str, str]]) -> tuple[str, ...]:
    losers = {loser for _, loser in beaten}
    leaders = tuple(slug for slug in ranking if slug not in losers)
    if len(leaders) > 1:
        return leaders
    # The only unbeaten model leads alone only if it was shown to beat every other itself.
    return tuple(slug for slug in ranking if (leaders[0], slug) not in beaten)


def _kind(
    pairs: list[PairFacts], leaders: tuple[str, ...]
) -> Literal["best", "tied", "undecided", "single"]:
    if not pairs:
        return "single"
    if len(leaders) == 1:
        return "best"
    between = [pair for pair in pairs if {pair.first, pair.second} <= set(leaders)]
    return "tied" if all(pair.verdict == "equivalent" for pair in between) else "undecided"
