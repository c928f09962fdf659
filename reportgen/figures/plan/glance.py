"""The figure of the page at a glance: each model in the primary metric, or its errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark, resolve
from reportgen.analysis.phrases import measure_of, pair_of, reads_digits, subjects_tested
from reportgen.figures.plan.comparison import ENDS, sides
from reportgen.figures.plan.words import (
    describe,
    identify,
    look_sentence,
    mean_over_seeds,
    model_row,
    number_label,
    pairs_over,
    starts_above_zero,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.wording import capitalise, counted, join

MOST_ROWS = 20
"""Models that one figure has room for; of more, the best are shown."""
MOST_NAMED = 3
"""Models that a sentence of the caption names; more are counted."""
FROM_ZERO = "integer"
"""Counts are drawn on an axis from zero."""


@dataclass(frozen=True)
class _Quantity:
    """What the figure shows of each model."""

    kind: str
    title: str
    axis: str
    heading: str
    """Above the printed numbers, and in front of those in the alternative text."""
    sentence: str
    """The first one of the caption."""
    format: str
    mean: str
    """Path of a model's mean, with `{}` for its slug."""
    scale: int = 1
    """The length on the axis of a difference of 1 in the primary metric."""


def plan_glance(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the dot plot of what the verdict is about, the best model first.

    Whiskers are what the verdict rests on: the interval of the paired difference from the best
    model, drawn from that model's mean. Intervals of each model alone would not show which models
    differ, since all are tested on the same examples. Nothing is planned for a single model.
    """
    if len(facts.models) == 1:
        return
    identities = identify(facts)
    quantity = _errors(facts) if facts.primary == "accuracy" else _metric(facts)
    shown = facts.verdict.ranking[:MOST_ROWS]
    spans = {slug: _span(facts, quantity, slug) for slug in shown}
    yield FigureSpec(
        slug=quantity.kind,
        kind=quantity.kind,
        title=quantity.title,
        caption=_caption(facts, quantity, spans),
        alt=describe(facts, *(_sentence(facts, quantity, slug) for slug in shown)),
        data={
            "axis": quantity.axis,
            "ticks": {"integer": "count", "percent": "share"}.get(quantity.format, "score"),
            "heading": quantity.heading,
            "from_zero": quantity.format == FROM_ZERO,
            "line": spans[shown[0]][0],
            "groups": [
                [
                    model_row(
                        identities[slug],
                        span,
                        number_label(facts, quantity.mean.format(slug), quantity.format),
                    )
                    for slug, span in spans.items()
                ]
            ],
        },
        table=FigureTable(
            head=("Model", capitalise(quantity.heading), _lead_title(facts), "from", "to"),
            rows=tuple(
                (
                    literal(facts.models[slug].name),
                    mark(quantity.mean.format(slug), quantity.format),
                    *(_lead(facts, slug) or "–" * len(ENDS)),
                )
                for slug in shown
            ),
        ),
        width=122,
    )


def _errors(facts: Facts) -> _Quantity:
    tested, digits = subjects_tested(facts), reads_digits(facts)
    axis = f"{tested.capitalize()} {'misread' if digits else 'misclassified'}"
    return _Quantity(
        kind="misclassified",
        title=f"{axis} by each model",
        axis=axis,
        heading="errors",
        sentence=f"Of {mark('dataset.test', 'integer')}{mean_over_seeds(facts)}; fewer is better.",
        format="integer",
        mean="models.{}.errors.mean",
        scale=-facts.dataset.test,
    )


def _metric(facts: Facts) -> _Quantity:
    metric, noun = facts.metrics[facts.primary], measure_of(facts).noun
    better = "higher" if metric.higher_is_better else "lower"
    return _Quantity(
        kind="primary-metric",
        title=f"{capitalise(noun)} of each model",
        axis=capitalise(noun),
        heading=noun,
        sentence=f"{capitalise(noun)} of each model on {mark('dataset.test', 'integer')} "
        f"{subjects_tested(facts)}{mean_over_seeds(facts)}; {better} is better.",
        format=metric.format,
        mean=f"metrics.{facts.primary}.models.{{}}.summary.mean",
    )


def _span(facts: Facts, quantity: _Quantity, slug: str) -> list[float]:
    """Return a model's mean, and the best one's plus the ends of the interval between the two."""
    best = facts.verdict.ranking[0]
    mean, line = (resolve(quantity.mean.format(each), facts) for each in (slug, best))
    if slug == best:
        return [mean, mean, mean]
    pair = pair_of(facts, slug, best)[1]
    scale = quantity.scale if pair.first == slug else -quantity.scale
    ends = (line + scale * end for end in (pair.difference.low, pair.difference.high))
    return [mean, *sorted(ends)]


def _lead(facts: Facts, slug: str) -> tuple[str, ...]:
    """Return the marks of the best model's lead over another, and of the ends of its interval."""
    best = facts.verdict.ranking[0]
    if slug == best:
        return ()
    printed = sides(facts, pair_of(facts, slug, best)[0])[2]
    return tuple(mark(*printed[end].split("|")) for end in ENDS)


def _best_name(facts: Facts) -> str:
    return literal(facts.models[facts.verdict.ranking[0]].name)


def _lead_title(facts: Facts) -> str:
    measure = measure_of(facts)
    unit = f" in{measure.unit}" if measure.unit else ""
    return f"{_best_name(facts)} minus model, {measure.noun}{unit}"


def _caption(facts: Facts, quantity: _Quantity, spans: dict[str, list[Any]]) -> str:
    low, high = min(map(min, spans.values())), max(map(max, spans.values()))
    cut = quantity.format != FROM_ZERO and starts_above_zero(low, high)
    alone = ", each for its pair alone" if len(facts.pairs) > 1 else ""
    sentences = [
        quantity.sentence,
        f"Whiskers: {mark('level', 'percent_whole')} intervals of the difference from "
        f"{_best_name(facts)} (line), over {pairs_over(facts)}{alone}; where one reaches the line, "
        "chance may explain it.",
        _corrected(facts, spans),
        look_sentence(facts).strip(),
        "The axis does not start at 0." if cut else "",
        f"The best of {mark('models.#', 'integer')} models are shown."
        if len(spans) < len(facts.models)
        else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _corrected(facts: Facts, spans: Iterable[str]) -> str:
    """Name the models whose whiskers do not reach the line, but whose verdict is undecided."""
    best, *others = spans
    pairs = {slug: pair_of(facts, slug, best)[1] for slug in others}
    found = [
        literal(facts.models[slug].name)
        for slug, pair in pairs.items()
        if pair.verdict == "undecided" and not pair.difference.low <= 0 <= pair.difference.high
    ]
    if not found:
        return ""
    which = join(found) if len(found) <= MOST_NAMED else counted(len(found), "more model")
    return f"After correction for the number of pairs, chance may explain that of {which} too."


def _sentence(facts: Facts, quantity: _Quantity, slug: str) -> str:
    value = mark(quantity.mean.format(slug), quantity.format)
    is_count = quantity.format == FROM_ZERO
    shown = f"{value} {quantity.heading}" if is_count else f"{quantity.heading} {value}"
    text = f"{literal(facts.models[slug].name)}: {shown}"
    if lead := _lead(facts, slug):
        value, low, high = lead
        text += f"; {_lead_title(facts)}: {value}, interval {low} to {high}"
    return f"{text}."
