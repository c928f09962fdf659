"""The figure of the page at a glance: each model in the primary metric, or its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark, resolve
from reportgen.analysis.phrases import measure_of, reads_digits, subjects_tested
from reportgen.figures.plan.words import (
    MARGIN,
    describe,
    identify,
    intervals_over,
    look_sentence,
    mean_over_seeds,
    number_label,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.wording import capitalise

MOST_ROWS = 20
"""Models that one figure has room for; of more, the best are shown."""
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
    interval: str

    def paths(self, slug: str) -> tuple[str, str, str]:
        """Return the paths of a model's mean and of the ends of its interval."""
        interval = self.interval.format(slug)
        return self.mean.format(slug), f"{interval}.low", f"{interval}.high"


def plan_glance(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the dot plot of what the verdict is about, the best model first."""
    identities = identify(facts)
    quantity = _errors(facts) if facts.primary == "accuracy" else _metric(facts)
    shown = facts.verdict.ranking[:MOST_ROWS]
    spans = {slug: [resolve(path, facts) for path in quantity.paths(slug)] for slug in shown}
    spec = FigureSpec(
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
            "groups": [
                [
                    {
                        "name": facts.models[slug].name,
                        "points": [{"model": identities[slug], "span": span}],
                        "label": number_label(facts, quantity.paths(slug)[0], quantity.format),
                    }
                    for slug, span in spans.items()
                ]
            ],
        },
        table=FigureTable(
            head=("Model", capitalise(quantity.heading), "from", "to"),
            rows=tuple(
                (
                    literal(facts.models[slug].name),
                    *(mark(path, quantity.format) for path in quantity.paths(slug)),
                )
                for slug in shown
            ),
        ),
        width=122,
    )
    return (spec,)


def _errors(facts: Facts) -> _Quantity:
    tested, digits = subjects_tested(facts), reads_digits(facts)
    axis = f"{tested.capitalize()} {'misread' if digits else 'misclassified'}"
    return _Quantity(
        kind="misclassified",
        title=f"{axis} by each model",
        axis=axis,
        heading="errors",
        sentence=f"How many of {mark('dataset.test', 'integer')} {tested} each model "
        f"{'misreads' if digits else 'misclassifies'}{mean_over_seeds(facts)}; fewer is better.",
        format="integer",
        mean="models.{}.errors.mean",
        interval="models.{}.errors_interval",
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
        interval=f"metrics.{facts.primary}.models.{{}}.interval",
    )


def _caption(facts: Facts, quantity: _Quantity, spans: dict[str, list[Any]]) -> str:
    low, high = min(map(min, spans.values())), max(map(max, spans.values()))
    cut = quantity.format != FROM_ZERO and low > MARGIN * (high - low)
    sentences = [
        quantity.sentence,
        intervals_over(f"test {facts.dataset.example}s")
        + f" Other {facts.dataset.example}s would plausibly give results within them.",
        look_sentence(facts).strip(),
        "The axis does not start at 0." if cut else "",
        f"The best of {mark('models.#', 'integer')} models are shown."
        if len(spans) < len(facts.models)
        else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(facts: Facts, quantity: _Quantity, slug: str) -> str:
    value, low, high = (mark(path, quantity.format) for path in quantity.paths(slug))
    name = literal(facts.models[slug].name)
    if quantity.format == FROM_ZERO:
        return f"{name}: {value} {quantity.heading}, interval {low} to {high}."
    return f"{name}: {quantity.heading} {value}, interval {low} to {high}."
