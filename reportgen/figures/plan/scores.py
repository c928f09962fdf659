"""Figures of scores: F1 for each class, accuracy against cost, published beside reproduced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportgen.analysis.facts import AuditFacts, Facts, ModelFacts, PublishedFigure, known
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.words import (
    describe,
    identify,
    listing,
    look_sentence,
    mean_over_seeds,
    number_label,
    over_seeds,
    span_of,
)
from reportgen.figures.spec import FigureSpec

SHORTEST_BAR = 0.3
"""An axis is cut so that the shortest bar still takes this share of it."""
WIDE = 40
"""Classes from which on their rows stand in several columns."""


def plan_class_scores(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the dot plot of F1 for each class, and bars where the experiment asks for them."""
    identities = identify(facts)
    order = hardest_first(facts)
    spec = FigureSpec(
        slug="class-f1",
        kind="class-f1",
        title="F1 score of each class, the hardest first",
        caption=f"F1 score{mean_over_seeds(facts)}: above, the macro average of "
        f"{'each model' if len(facts.models) > 1 else 'the model'}; below, each class, the hardest "
        f"first. {over_seeds(facts, 'Whiskers')} {look_sentence(facts)}"
        "The axis does not start at 0.",
        alt=describe(facts, *(_class_sentence(model, order) for model in facts.models.values())),
        data={
            "axis": "F1 score",
            "ticks": "score",
            "heading": "macro F1",
            "groups": [
                [_macro_row(facts, slug, identities[slug]) for slug in facts.models],
                [_class_row(facts, index, identities) for index in order],
            ],
        },
        width=170 if len(facts.dataset.classes) > WIDE else 122,
    )
    return (spec, _plan_bars(facts)) if facts.class_bars else (spec,)


def hardest_first(facts: Facts) -> list[int]:
    """Return the classes by the mean of their F1 over all models, the lowest first."""
    models = facts.models.values()
    mean = [
        sum(model.per_class[index].f1.mean for model in models) / len(models)
        for index in range(len(facts.dataset.classes))
    ]
    return sorted(range(len(mean)), key=lambda index: mean[index])


def _macro_row(facts: Facts, slug: str, identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": identity["name"],
        "points": [{"model": identity, "span": span_of(facts.models[slug].macro_f1)}],
        "label": number_label(facts, f"models.{slug}.macro_f1.mean", "score"),
    }


def _class_row(facts: Facts, index: int, identities: dict[str, dict[str, Any]]) -> dict[str, Any]:
    points = [
        {"model": identities[slug], "span": span_of(model.per_class[index].f1)}
        for slug, model in facts.models.items()
    ]
    return {"name": facts.dataset.classes[index], "points": points, "label": None}


def _plan_bars(facts: Facts) -> FigureSpec:
    identities = identify(facts)
    lows = [s.f1.minimum for model in facts.models.values() for s in model.per_class]
    start = cut_axis(lows)
    series = [
        {"model": identities[slug], "bars": _class_bars(facts, model)}
        for slug, model in facts.models.items()
    ]
    return FigureSpec(
        slug="class-f1-bars",
        kind="class-f1-bars",
        title="F1 score of each class, as bars",
        caption=f"F1 score of each class as bars{mean_over_seeds(facts)}. "
        f"{over_seeds(facts, 'Whiskers')}"
        + (f" The axis is cut: it starts at {start:g}, not at 0." if start else ""),
        alt=describe(
            facts,
            *(
                _class_sentence(model, range(len(model.per_class)))
                for model in facts.models.values()
            ),
            f"The axis starts at {start:g}." if start else "",
        ),
        data={"classes": list(facts.dataset.classes), "axis_start": start, "series": series},
    )


def _class_bars(facts: Facts, model: ModelFacts) -> list[dict[str, Any]]:
    return [
        {
            "value": summary.f1.mean,
            "low": summary.f1.minimum,
            "high": summary.f1.maximum,
            "label": number_label(facts, f"models.{model.slug}.per_class.{i}.f1.mean", "score"),
        }
        for i, summary in enumerate(model.per_class)
    ]


def _class_sentence(model: ModelFacts, order: Sequence[int]) -> str:
    scores = [
        f"{literal(model.per_class[i].name)}: "
        f"{mark(f'models.{model.slug}.per_class.{i}.f1.mean', 'score')}"
        for i in order
    ]
    return f"F1 score of {literal(model.name)}, {listing(scores)}."


def cut_axis(values: Sequence[float]) -> float:
    """Return where an axis up to 1 should start to show `values` well: a round number, or 0.

    It starts at 0 unless that would squeeze every bar into the upper half.
    """
    lowest = min(values)
    if lowest < 0.5:
        return 0.0
    starts = (*(i / 10 for i in range(1, 10)), *(i / 100 for i in range(91, 100)))
    fitting = [start for start in starts if lowest - start >= SHORTEST_BAR * (1 - start)]
    return max(fitting, default=0.0)


def plan_cost(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan accuracy against multiply-adds and against training time, where both are known."""
    identities = identify(facts)
    shown = {slug: m for slug, m in facts.models.items() if m.summary and m.costs}
    if not shown:
        return ()
    points = [_cost_point(facts, slug, identities[slug]) for slug in shown]
    spec = FigureSpec(
        slug="accuracy-cost",
        kind="accuracy-cost",
        title="Accuracy against cost",
        caption=f"Test accuracy against multiply-adds for one {facts.dataset.example} (left) and "
        "training time of one run (right). Vertical whiskers: "
        f"{mark('level', 'percent_whole')} interval from the test {facts.dataset.example}s. "
        + ("Horizontal whiskers: fastest to slowest seed. " if facts.most_runs > 1 else "")
        + f"{_side_by_side(points)}The accuracy axis does not start at 0.",
        alt=describe(facts, *(_cost_sentence(model) for model in shown.values())),
        data={"points": points},
    )
    return (spec,)


def _side_by_side(points: list[dict[str, Any]]) -> str:
    costs = [point["multiply_adds"] for point in points]
    same = len(set(costs)) < len(costs)
    return "Points that share a cost are drawn side by side. " if same else ""


def _cost_point(facts: Facts, slug: str, identity: dict[str, Any]) -> dict[str, Any]:
    model = facts.models[slug]
    seconds, interval = known(model.costs).train_seconds, model.accuracy_interval
    return {
        "model": identity,
        "accuracy": [model.accuracy.mean, interval.low, interval.high],
        "multiply_adds": known(model.summary).multiply_adds,
        "seconds": [seconds.mean, seconds.minimum, seconds.maximum],
    }


def _cost_sentence(model: ModelFacts) -> str:
    path = f"models.{model.slug}"
    return (
        f"{literal(model.name)}: accuracy {mark(f'{path}.accuracy.mean', 'percent')} with "
        f"{mark(f'{path}.summary.multiply_adds', 'integer')} multiply-adds and "
        f"{mark(f'{path}.costs.train_seconds.mean', 'seconds')} of training."
    )


def plan_published(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan published F1 scores beside reproduced ones, where tables of them were published."""
    if facts.audit is None:
        return ()
    tables = dict.fromkeys(
        (figure.table, figure.model)
        for figure in facts.audit.comparison
        if figure.metric == "f1" and figure.class_index is not None
    )
    if not tables:
        return ()
    panels = [_published_panel(facts, facts.audit, table, model) for table, model in tables]
    trained = any(row["train"] for panel in panels for row in panel["rows"])
    spec = FigureSpec(
        slug="published",
        kind="published",
        title="Published and reproduced F1 scores",
        caption=f"F1 score of each class as published in {literal(facts.audit.source)} (diamonds) "
        f"and as reproduced (dots{mean_over_seeds(facts)}). {over_seeds(facts, 'Whiskers')}"
        + (" Hollow triangles: reproduced on the training set." if trained else "")
        + " The axes do not start at 0.",
        alt=describe(facts, *(_published_sentence(facts, *table) for table in tables)),
        data={"classes": list(facts.dataset.classes), "panels": panels},
    )
    return (spec,)


def _published_panel(facts: Facts, audit: AuditFacts, table: str, model: str) -> dict[str, Any]:
    rows = [
        _published_row(figure)
        for figure in audit.comparison
        if (figure.table, figure.model, figure.metric) == (table, model, "f1")
        and figure.class_index is not None
    ]
    return {"table": table, "model": identify(facts)[model], "rows": rows}


def _published_row(figure: PublishedFigure) -> dict[str, Any]:
    ours, train = figure.reproduced, figure.reproduced_on_train
    return {
        "class": figure.class_index,
        "published": figure.value,
        "reproduced": [ours.mean, ours.minimum, ours.maximum],
        "train": [train.mean, train.minimum, train.maximum] if train else None,
    }


def _published_sentence(facts: Facts, table: str, model: str) -> str:
    assert facts.audit is not None
    told = [
        f"{literal(facts.dataset.classes[figure.class_index])}: {figure.printed} and "
        f"{mark(f'audit.comparison.{i}.reproduced.mean', 'score')}"
        for i, figure in enumerate(facts.audit.comparison)
        if (figure.table, figure.model, figure.metric) == (table, model, "f1")
        and figure.class_index is not None
    ]
    name = literal(facts.models[model].name)
    return f"{literal(table)}, published and reproduced F1 score of {name}, {listing(told)}."
