"""Models compared by shares over the same test examples: intervals, pairs, and their sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reportgen.analysis.facts import Difference, Judgement
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import INTERVAL, find_pair, interval
from reportgen.results.records import Record


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
