"""Figures that compare models: paired differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import measure_of
from reportgen.figures.plan.words import (
    describe,
    intervals_over,
    number_label,
    pairs_over,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.wording import capitalise, count_word, counted, plural

ROWS = 22
"""Pairs that fit into one figure where each takes two lines; more are shown in several."""
MOST_PAIRS = 45
"""Pairs up to which all are drawn; of more, those of the best model."""
JUDGEMENTS = {"better": "a difference", "equivalent": "equivalent", "undecided": "undecided"}


def plan_differences(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the paired differences in accuracy, largest first: of all pairs or the best model's."""
    keys = sorted(facts.pairs, key=lambda key: -abs(facts.pairs[key].difference.value))
    if len(keys) > MOST_PAIRS:
        best = facts.verdict.ranking[0]
        keys = [key for key in keys if best in (facts.pairs[key].first, facts.pairs[key].second)]
    count = -(-len(keys) // ROWS)
    parts = [list(map(str, part)) for part in np.array_split(keys, count)] if count else []
    return (
        _differences_spec(facts, part, number, len(parts)) for number, part in enumerate(parts, 1)
    )


def _differences_spec(facts: Facts, keys: list[str], number: int, parts: int) -> FigureSpec:
    measure = measure_of(facts)
    unit = measure.unit.strip()
    title = _difference_title(facts, measure.noun)
    return FigureSpec(
        slug="paired-differences" if number == 1 else f"paired-differences-{number}",
        kind="paired-differences",
        title=title if parts == 1 else f"{title} ({number} of {parts})",
        caption=f"Differences in {measure.noun} between models on the same "
        f"test {facts.dataset.example}s{', in percentage points' if unit else ''}. "
        f"{intervals_over(pairs_over(facts))} They are not corrected for the number of pairs. "
        f"The band is the margin of ±{measure.margin} within which models count as equivalent. "
        f"{_marks(facts)} p: corrected for the number of pairs{_of_how_many(facts)}.",
        alt=describe(facts, *(_difference_sentence(facts, key) for key in keys)),
        data={
            "margin": facts.margin,
            "unit": unit,
            "axis": f"Difference in {measure.noun}{', percentage points' if unit else ''}",
            "rows": [_difference_row(facts, key) for key in keys],
        },
        table=FigureTable(
            head=("First", "Second", "First minus second", "from", "to", "p", "Judgement"),
            names=2,
            rows=tuple(_difference_cells(facts, key) for key in keys),
        ),
        width=122,
    )


def _marks(facts: Facts) -> str:
    """Explain the markers that the figure has."""
    meanings = {
        "better": "Filled: a difference was shown",
        "equivalent": "square: equivalent",
        "undecided": "hollow: undecided",
    }
    found = {pair.verdict for pair in facts.pairs.values()}
    text = "; ".join(text for verdict, text in meanings.items() if verdict in found)
    return f"{capitalise(text)}."


def _of_how_many(facts: Facts) -> str:
    if len(facts.pairs) <= MOST_PAIRS:
        return ""
    best = literal(facts.models[facts.verdict.ranking[0]].name)
    return f", {mark('pairs.#', 'integer')}, of which those of {best} are shown"


def _difference_title(facts: Facts, noun: str) -> str:
    """State what was shown of all pairs."""
    verdicts = {pair.verdict for pair in facts.pairs.values()}
    if verdicts == {"better"}:
        return f"All models differ in {noun}" if len(facts.pairs) > 1 else f"A difference in {noun}"
    if "better" not in verdicts:
        return f"No difference in {noun} is shown"
    shown = sum(pair.verdict == "better" for pair in facts.pairs.values())
    verb = plural(shown, "differs", "differ")
    return capitalise(
        f"{count_word(shown)} of {counted(len(facts.pairs), 'pair')} {verb} in {noun}"
    )


def sides(facts: Facts, key: str) -> tuple[str, str, dict[str, str]]:
    """Return the slugs of a pair, the better mean first, and the difference seen from the first.

    Of `value`, `low` and `high` of the difference, path and format separated by `|`.
    """
    pair, path, form = facts.pairs[key], f"pairs.{key}.difference", measure_of(facts).signed_format
    ranking = facts.verdict.ranking
    if ranking.index(pair.first) < ranking.index(pair.second):
        return pair.first, pair.second, {end: f"{path}.{end}|{form}" for end in ENDS}
    turned = zip(ENDS, ("value", "high", "low"), strict=True)
    return pair.second, pair.first, {end: f"{path}.{own}|reversed_{form}" for end, own in turned}


ENDS = ("value", "low", "high")


def _difference_cells(facts: Facts, key: str) -> tuple[str, ...]:
    first, second, printed = sides(facts, key)
    return (
        literal(facts.models[first].name),
        literal(facts.models[second].name),
        *(mark(*printed[end].split("|")) for end in ENDS),
        mark(f"pairs.{key}.p_adjusted", "p_value"),
        JUDGEMENTS[facts.pairs[key].verdict],
    )


def _difference_row(facts: Facts, key: str) -> dict[str, Any]:
    pair = facts.pairs[key]
    first, second, printed = sides(facts, key)
    span = [pair.difference.value, pair.difference.low, pair.difference.high]
    if first != pair.first:
        span = [-span[0], -span[2], -span[1]]
    return {
        "first": facts.models[first].name,
        "second": facts.models[second].name,
        "difference": span,
        "verdict": pair.verdict,
        **{end: number_label(facts, *printed[end].split("|")) for end in ENDS},
        "p": number_label(facts, f"pairs.{key}.p_adjusted", "p_value"),
    }


def _difference_sentence(facts: Facts, key: str) -> str:
    first, second, printed = sides(facts, key)
    value, low, high = (mark(*printed[end].split("|")) for end in ENDS)
    return (
        f"{literal(facts.models[first].name)} against {literal(facts.models[second].name)}: "
        f"{value}{measure_of(facts).unit}, interval {low} to {high}, "
        f"{JUDGEMENTS[facts.pairs[key].verdict]}."
    )
