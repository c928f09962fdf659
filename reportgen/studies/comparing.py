"""Models compared by shares over the same test examples: intervals, pairs, and their sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reportgen.analysis.facts import Difference, Facts, Judgement
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import (
    INTERVAL,
    count_word,
    counted,
    find_pair,
    interval,
    join,
    name,
)
from reportgen.results.records import Record

MOST_PAIRS = 4
"""A sentence names up to this many pairs; of more, it gives the number."""


class Estimate(Record):
    """A number from shares, with its interval over test examples and seeds."""

    value: float
    low: float
    high: float


def in_percent(
    curves: Mapping[str, Sequence[Estimate | Difference]],
) -> tuple[dict[str, list[float]], dict[str, list[tuple[float, float]]]]:
    """Return values and intervals by name, in percent, as `lines` and `dots` draw them."""
    return (
        {name: [100 * each.value for each in curve] for name, curve in curves.items()},
        {
            name: [(100 * each.low, 100 * each.high) for each in curve]
            for name, curve in curves.items()
        },
    )


class Compared(Record):
    """Two models compared by a share, such as their error, on the same test examples."""

    difference: Difference
    """That of the first minus that of the second."""
    p_value: float
    p_adjusted: float
    """Holm-corrected."""
    verdict: Judgement
    winner: str | None
    """Slug of the better model; None unless the verdict is `better`."""


def state_verdict(pairs: Mapping[str, Compared], path: str, one: str, other: str) -> str:
    """Return a sentence with the verdict on two models, as it is seen from `one`.

    `path` is that of the pairs, with `{}` for the key of one.
    """
    key, pair = find_pair(pairs, one, other)
    where = path.format(key)
    p_value = mark(f"{where}.p_adjusted", "p_stated")
    size = interval(f"{where}.difference", "points")
    if key != f"{one}--{other}":
        ends = (mark(f"{where}.difference.{end}", "reversed_points") for end in ("high", "low"))
        size = f"{INTERVAL} {' to '.join(ends)}"
    if pair.verdict == "better":
        return f"This difference is statistically significant (corrected {p_value})."
    if pair.verdict == "equivalent":
        return (
            f"The two are equivalent: the difference ({size}) lies within the margin of "
            f"{mark('margin', 'size_in_points')} points."
        )
    if pair.difference.low > 0 or pair.difference.high < 0:
        return (
            "This difference is not statistically significant after correction for the number of "
            f"comparisons ({p_value}; uncorrected {size})."
        )
    return f"This difference may be due to chance ({size}; corrected {p_value})."


def loser_of(key: str, winner: str) -> str:
    """Return the model of a pair that is not the winner."""
    return next(slug for slug in key.split("--") if slug != winner)


def state_settled(facts: Facts, pairs: Mapping[str, Compared], path: str) -> str:
    """Return `CNN is better than MLP (p = 0.02)` for all pairs with a winner; of many, how many.

    `path` is that of the pairs, with `{}` for the key of one.
    """
    settled = {key: pair.winner for key, pair in pairs.items() if pair.winner}
    if len(settled) > MOST_PAIRS:
        every = counted(len(pairs), "pair")
        return f"a better model is shown in {count_word(len(settled))} of {every}"
    losers: dict[str, list[str]] = {}
    for key, winner in settled.items():
        p_value = mark(f"{path.format(key)}.p_adjusted", "p_stated")
        losers.setdefault(winner, []).append(f"{name(facts, loser_of(key, winner))} ({p_value})")
    return ", and ".join(
        f"{name(facts, winner)} is better than {join(than)}" for winner, than in losers.items()
    )
