"""The figure of the page at a glance: how many test examples each model gets wrong."""

from __future__ import annotations

from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import reads_digits, subjects_tested
from reportgen.figures.plan.words import (
    describe,
    identify,
    look_sentence,
    mean_over_seeds,
    number_label,
)
from reportgen.figures.spec import FigureSpec, FigureTable

MOST_ROWS = 40
"""Models that one figure has room for; of more, the best are shown."""


def plan_errors(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the dot plot of errors, the best model first."""
    identities = identify(facts)
    shown = [facts.models[slug] for slug in facts.verdict.ranking[:MOST_ROWS]]
    tested = subjects_tested(facts)
    axis = f"{tested.capitalize()} {'misread' if reads_digits(facts) else 'misclassified'}"
    spec = FigureSpec(
        slug="misclassified",
        kind="misclassified",
        title=f"{axis} by each model",
        caption=_caption(facts, cut=len(shown) < len(facts.models)),
        alt=describe(facts, *(_sentence(model) for model in shown)),
        data={
            "axis": axis,
            "ticks": "count",
            "heading": "errors",
            "from_zero": True,
            "groups": [[_row(facts, model, identities[model.slug]) for model in shown]],
        },
        table=FigureTable(
            head=("Model", "Errors", "from", "to"),
            rows=tuple(_cells(model) for model in shown),
        ),
        width=122,
    )
    return (spec,)


def _caption(facts: Facts, cut: bool) -> str:
    verb = "misreads" if reads_digits(facts) else "misclassifies"
    sentences = [
        f"How many of {mark('dataset.test', 'integer')} {subjects_tested(facts)} each model "
        f"{verb}{mean_over_seeds(facts)}; fewer is better.",
        f"Lines: {mark('level', 'percent_whole')} intervals of each model by itself, for other "
        f"test {facts.dataset.example}s and the same seeds.",
        "Comparisons of models also account for the variation between seeds."
        if facts.most_runs > 1
        else "",
        look_sentence(facts).strip(),
        f"The best of {mark('models.#', 'integer')} models are shown." if cut else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _row(facts: Facts, model: ModelFacts, identity: dict[str, Any]) -> dict[str, Any]:
    ends = model.errors_interval
    return {
        "name": model.name,
        "points": [{"model": identity, "span": [model.errors.mean, ends.low, ends.high]}],
        "label": number_label(facts, f"models.{model.slug}.errors.mean", "integer"),
    }


def _cells(model: ModelFacts) -> tuple[str, ...]:
    path = f"models.{model.slug}"
    ends = ("errors.mean", "errors_interval.low", "errors_interval.high")
    return (literal(model.name), *(mark(f"{path}.{end}", "integer") for end in ends))


def _sentence(model: ModelFacts) -> str:
    path = f"models.{model.slug}"
    return (
        f"{literal(model.name)}: {mark(f'{path}.errors.mean', 'integer')} errors, interval "
        f"{mark(f'{path}.errors_interval.low', 'integer')} to "
        f"{mark(f'{path}.errors_interval.high', 'integer')}."
    )
