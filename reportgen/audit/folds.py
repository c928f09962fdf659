"""Averages over folds whose composition is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise, product
from math import comb, prod

import numpy as np

from reportgen.audit.constraints import Constraints, Demand
from reportgen.audit.decision import Decision, decide_folds
from reportgen.audit.programme import Expression, Programme
from reportgen.audit.scores import CLASS_SCORES, Range

MOST_COMPOSITIONS = 200
"""Ways to divide the examples that are tried, at most."""
MOST_GENERATED = 20_000
_NO_FOLDS = "no way to divide the examples into folds gives all values"
_FOUND_NONE = "no folds were found that give all values, and not all could be tried"
Fold = tuple[int, ...]


def decide_unknown_folds(constraints: Constraints, count: int) -> Decision:
    """Decide about the average over `count` folds: of any composition, where these are few.

    Each fold has examples of every class: scores of the others would be 0 / 0.
    """
    supports = constraints.supports[: constraints.listed]
    if min(supports) < count:
        return Decision("undecided", "some fold has no example of some class")
    if _is_ruled_out(constraints):
        return Decision("impossible", _NO_FOLDS)
    found = decide_folds(constraints, stratified(supports, count))
    if found.judgement == "possible":
        return found
    # Folds of a cross-validation have about the same size: those are tried first.
    compositions = sorted(_compositions(supports, count), key=_spread)
    tried_all = 0 < len(compositions) <= MOST_COMPOSITIONS
    for folds in compositions[:MOST_COMPOSITIONS]:
        found = decide_folds(constraints, folds)
        if found.judgement == "possible":
            return found
        tried_all &= found.judgement == "impossible"
    if tried_all:
        return Decision("impossible", _NO_FOLDS)
    return Decision("undecided", _FOUND_NONE)


def stratified(supports: Sequence[int], count: int) -> list[Fold]:
    """Return folds over which the examples of each class are spread evenly."""
    return [
        tuple(support // count + (fold < support % count) for support in supports)
        for fold in range(count)
    ]


def _compositions(supports: Sequence[int], count: int) -> Iterator[tuple[Fold, ...]]:
    """Yield every way to divide the examples of each class, up to the order of the folds."""
    if prod(comb(support - 1, count - 1) for support in supports) > MOST_GENERATED:
        return
    for parts in product(*(list(_divisions(support, count)) for support in supports)):
        folds = tuple(zip(*parts, strict=True))
        if folds == tuple(sorted(folds)):
            yield folds


def _spread(folds: Sequence[Fold]) -> int:
    sizes = [sum(fold) for fold in folds]
    return max(sizes) - min(sizes)


def _divisions(support: int, count: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to divide examples into `count` parts that are not empty."""
    for cuts in combinations(range(1, support), count - 1):
        ends = (0, *cuts, support)
        yield tuple(b - a for a, b in pairwise(ends))


def _is_ruled_out(constraints: Constraints) -> bool:
    """Whether the figures break what holds for averages of scores, whatever the folds are."""
    programme, scores = Programme(), dict[tuple[str, int], Expression]()
    square = constraints.listed == 2 and not constraints.outside

    def score(name: str, index: int) -> Expression:
        if square and index and name in _AS_FIRST:
            name, index = _AS_FIRST[name], 0
        if (name, index) not in scores:
            scores[name, index] = programme.variable(0, 1, whole=False)
        return scores[name, index]

    for demand in constraints.demands:
        _require(programme, demand, score, constraints.listed)
    for index in range(constraints.listed):
        # F1 is the harmonic mean of precision and recall: at least P + R - 1, at most (P + R) / 2.
        both = score("precision", index) + score("recall", index)
        programme.require(score("f1", index) + both * -1, -1, np.inf)
        programme.require(score("f1", index) * 2 + both * -1, -np.inf, 0)
    return isinstance(programme.solve(), str)


_AS_FIRST = {"recall": "specificity", "specificity": "recall"} | {
    "precision": "npv",
    "npv": "precision",
}
"""Of two classes: score of the second → the score of the first that it is equal to."""


def _require(
    programme: Programme, demand: Demand, score: Callable[[str, int], Expression], classes: int
) -> None:
    kind, name = demand.average or ("", "")
    if demand.index is not None:
        if name in CLASS_SCORES:
            programme.require_range(score(name, demand.index), demand.allowed)
        elif name in ("balanced_accuracy", "informedness"):
            both = score("recall", demand.index) + score("specificity", demand.index)
            shown = Range(demand.allowed.low + 1, demand.allowed.high + 1)
            doubled = demand.allowed.scaled(2) if name == "balanced_accuracy" else shown
            programme.require_range(both, doubled)
    elif kind:
        summed = Expression()
        for index in range(classes):
            summed += score(name, index)
        if kind == "macro":
            programme.require_range(summed, demand.allowed.scaled(classes))
        else:
            # Between the lowest and the highest score of each fold, whatever the weights are.
            low, high = float(demand.allowed.low), float(demand.allowed.high)
            programme.require(summed, low - 1e-6, classes - 1 + high + 1e-6)
