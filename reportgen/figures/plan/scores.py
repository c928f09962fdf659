"""Figures of scores: F1 for each class, accuracy against cost, published beside reproduced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from reportgen.analysis.facts import Facts, ModelFacts, PublishedFigure, known
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.words import (
    columns_by_model,
    describe,
    identify,
    look_sentence,
    mean_over_seeds,
    model_row,
    number_label,
    numbers_by_model,
    over_seeds,
    pick_ends,
    span_of,
    starts_above_zero,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.formatting import score, words
from reportgen.wording import join

SHORTEST_BAR = 0.3
"""An axis is cut so that the shortest bar still takes this share of it."""
LOG_RATIO = 5.0
"""Costs that differ by more than this factor are drawn on a logarithmic axis."""
HARDEST = 26
"""Of many classes, how many of the hardest are shown; the rest of the room is for the easiest."""


def plan_class_scores(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the dot plot of F1 for each class, and bars where the experiment asks for them."""
    identities = identify(facts)
    order = hardest_first(facts)
    groups = pick_ends(order, HARDEST)
    shown = [index for group in groups for index in group]
    yield FigureSpec(
        slug="class-f1",
        kind="class-f1",
        title=_hardest_title(facts, order),
        caption=f"F1 score{mean_over_seeds(facts)}: above, the macro average of "
        f"{'each model' if len(facts.models) > 1 else 'the model'}; below, "
        f"{_which_classes(facts, groups)}. {over_seeds(facts, 'Whiskers')} "
        f"{look_sentence(facts)}".rstrip()
        + _start_sentence(facts, shown),
        alt=describe(facts, *(_class_sentence(model, shown) for model in facts.models.values())),
        data={
            "axis": "F1 score",
            "ticks": "score",
            "heading": "macro F1",
            "groups": [
                [_macro_row(facts, identity) for identity in identities.values()],
                *([_class_row(facts, index, identities) for index in group] for group in groups),
            ],
        },
        table=_score_table(facts, order),
        width=170 if len(groups) > 1 else 122,
    )
    if facts.class_bars:
        yield _plan_bars(facts, sorted(shown))


def _start_sentence(facts: Facts, shown: Sequence[int]) -> str:
    """State that the axis does not start at 0, unless the scores reach down to it."""
    scores = [
        score
        for model in facts.models.values()
        for score in (model.macro_f1, *(model.per_class[i].f1 for i in shown))
    ]
    low, high = min(s.minimum for s in scores), max(s.maximum for s in scores)
    return " The axis does not start at 0." if starts_above_zero(low, high) else ""


def _which_classes(facts: Facts, groups: Sequence[Sequence[int]]) -> str:
    """State which classes are shown, and where all of them are."""
    if len(groups) == 1:
        tested = "" if all(facts.test_counts) else f" with test {facts.dataset.example}s"
        return f"each class{tested}, the hardest first"
    hardest, easiest = map(len, groups)
    return (
        f"the {hardest} hardest classes and the {easiest} easiest, by the mean over models; the "
        "HTML report lists all of them below the figure"
    )


def _hardest_title(facts: Facts, order: Sequence[int]) -> str:
    """Name the class that is the hardest for all models, or for most of them."""
    models = list(facts.models.values())
    found = Counter(_hardest(model) for model in models)
    count = found[order[0]]
    name = facts.dataset.classes[order[0]]
    if 2 * count <= len(models):
        return "F1 score of each class, the hardest first"
    who = f"{words(count)} of {words(len(models))} models"
    if count == len(models):
        who = "every model" if len(models) > 1 else models[0].name
    return f"Class ‘{name}’ is the hardest for {who}"


def _hardest(model: ModelFacts) -> int | None:
    """Return the class with the lowest F1 score, None where others are printed alike."""
    scores = [score(each.f1.mean) for each in model.per_class if each.support]
    lowest = score(model.per_class[model.hardest_class].f1.mean)
    return model.hardest_class if scores.count(lowest) == 1 else None


def _score_table(facts: Facts, order: Sequence[int]) -> FigureTable:
    names = ["Macro average", *(literal(facts.dataset.classes[i]) for i in order)]
    scores = ["macro_f1", *(f"per_class.{i}.f1" for i in order)]
    rows = (
        (name, [mark(f"models.{slug}.{score}.mean", "score") for slug in facts.models])
        for name, score in zip(names, scores, strict=True)
    )
    return columns_by_model(facts, "Class", facts.models, rows)


def hardest_first(facts: Facts) -> list[int]:
    """Return the classes that were tested by the mean of their F1 over all models, lowest first."""
    models = facts.models.values()
    mean = {
        index: sum(model.per_class[index].f1.mean for model in models) / len(models)
        for index, count in enumerate(facts.test_counts)
        if count
    }
    return sorted(mean, key=mean.__getitem__)


def _macro_row(facts: Facts, identity: dict[str, Any]) -> dict[str, Any]:
    slug = identity["slug"]
    label = number_label(facts, f"models.{slug}.macro_f1.mean", "score")
    return model_row(identity, span_of(facts.models[slug].macro_f1), label)


def _class_row(facts: Facts, index: int, identities: dict[str, dict[str, Any]]) -> dict[str, Any]:
    points = [
        {"model": identities[slug], "span": span_of(model.per_class[index].f1)}
        for slug, model in facts.models.items()
    ]
    return {"name": facts.dataset.classes[index], "points": points, "label": None}


def _plan_bars(facts: Facts, shown: Sequence[int]) -> FigureSpec:
    identities = identify(facts)
    lows = [m.per_class[i].f1.minimum for m in facts.models.values() for i in shown]
    start = cut_axis(lows)
    every = len(shown) == len(facts.dataset.classes)
    series = [
        {"model": identities[slug], "bars": _class_bars(facts, model, shown)}
        for slug, model in facts.models.items()
    ]
    return FigureSpec(
        slug="class-f1-bars",
        kind="class-f1-bars",
        title="F1 score of each class, as bars",
        caption=f"F1 score of {'each class' if every else 'the classes of the figure before'} "
        f"as bars{mean_over_seeds(facts)}. "
        f"{over_seeds(facts, 'Whiskers')}"
        + (f" The axis is cut: it starts at {start:g}, not at 0." if start else ""),
        alt=describe(
            facts,
            *(_class_sentence(model, shown) for model in facts.models.values()),
            f"The axis starts at {start:g}." if start else "",
        ),
        data={
            "classes": [facts.dataset.classes[i] for i in shown],
            "axis_start": start,
            "series": series,
        },
        table=_score_table(facts, shown),
    )


def _class_bars(facts: Facts, model: ModelFacts, shown: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
            "value": model.per_class[i].f1.mean,
            "low": model.per_class[i].f1.minimum,
            "high": model.per_class[i].f1.maximum,
            "label": number_label(facts, f"models.{model.slug}.per_class.{i}.f1.mean", "score"),
        }
        for i in shown
    ]


def _class_sentence(model: ModelFacts, order: Sequence[int]) -> str:
    scores = [
        f"{literal(model.per_class[i].name)}: "
        f"{mark(f'models.{model.slug}.per_class.{i}.f1.mean', 'score')}"
        for i in order
    ]
    return f"F1 score of {literal(model.name)}, {join(scores)}."


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


def plan_cost(facts: Facts) -> Iterator[FigureSpec]:
    """Plan accuracy against multiply-adds and against training time, where both are known."""
    shown = [slug for slug, model in facts.models.items() if model.summary and model.costs]
    if not shown:
        return
    order = sorted(shown, key=lambda slug: -facts.models[slug].accuracy.mean)
    example = facts.dataset.example
    panels = _cost_panels(facts, order)
    yield FigureSpec(
        slug="accuracy-cost",
        kind="accuracy-cost",
        title=_cost_title(facts, order),
        caption=f"Test accuracy, multiply-adds for one {example} and training time of one run, "
        "the most accurate model first. Whiskers of accuracy: "
        f"{mark('level', 'percent_whole')} intervals over test {example}s. "
        + ("Whiskers of time: fastest to slowest seed. " if facts.most_runs > 1 else "")
        + f"{look_sentence(facts)}The axes do not start at 0"
        + ("; those of costs are logarithmic." if any(panel["log"] for panel in panels) else "."),
        alt=describe(facts, *(_cost_sentence(facts.models[slug]) for slug in order)),
        data={"panels": panels},
        table=numbers_by_model(
            facts,
            order,
            {
                "Accuracy": "accuracy.mean|percent",
                "from": "accuracy_interval.low|percent",
                "to": "accuracy_interval.high|percent",
                "Multiply-adds": "summary.multiply_adds|integer",
                "Training time": "costs.train_seconds.mean|seconds",
            },
        ),
    )


def _cost_title(facts: Facts, order: Sequence[str]) -> str:
    """State whether the model with the highest accuracy is the dearest, or the cheapest, to run.

    Which model is the most accurate, beyond chance, is for the verdict to say.
    """
    costs = [known(facts.models[slug].summary).multiply_adds for slug in order]
    start = "" if len(order) == len(facts.models) else "Of the networks, "
    start += f"{facts.models[order[0]].name} has the highest accuracy and needs"
    if len(order) > 1 and costs[0] > max(costs[1:]):
        return f"{start} the most multiply-adds"
    if len(order) > 1 and costs[0] < min(costs[1:]):
        return f"{start} the fewest multiply-adds"
    return "Accuracy and what it costs"


def _cost_panels(facts: Facts, order: Sequence[str]) -> list[dict[str, Any]]:
    """Return the three panels, for `drawing.dots`."""
    identities = identify(facts)
    models = [facts.models[slug] for slug in order]
    accuracy = [
        [m.accuracy.mean, m.accuracy_interval.low, m.accuracy_interval.high] for m in models
    ]
    adds = [[float(known(m.summary).multiply_adds)] * 3 for m in models]
    seconds = [span_of(known(m.costs).train_seconds) for m in models]
    panels = []
    for axis, ticks, spans in (
        ("Accuracy", "share", accuracy),
        ("Multiply-adds", "count", adds),
        ("Training time (s)", "count", seconds),
    ):
        low, high = min(map(min, spans)), max(map(max, spans))
        log = ticks == "count" and low > 0 and high / low > LOG_RATIO
        rows = [model_row(identities[m.slug], span) for m, span in zip(models, spans, strict=True)]
        panel = {"axis": axis, "ticks": ticks, "heading": "", "log": log, "groups": [rows]}
        panels.append(panel)
    return panels


def _cost_sentence(model: ModelFacts) -> str:
    path = f"models.{model.slug}"
    return (
        f"{literal(model.name)}: accuracy {mark(f'{path}.accuracy.mean', 'percent')} with "
        f"{mark(f'{path}.summary.multiply_adds', 'integer')} multiply-adds and "
        f"{mark(f'{path}.costs.train_seconds.mean', 'seconds')} of training."
    )


def plan_published(facts: Facts) -> Iterator[FigureSpec]:
    """Plan published F1 scores beside reproduced ones, where tables of them were published."""
    if facts.audit is None:
        return
    tables: dict[tuple[str, str], Published] = {}
    for place, figure in enumerate(facts.audit.comparison):
        if figure.metric == "f1" and figure.class_index is not None:
            tables.setdefault((figure.table, figure.model), {})[place] = figure
    if not tables:
        return
    identities = identify(facts)
    every = {place: figure for each in tables.values() for place, figure in each.items()}
    on_train = any(figure.reproduced_on_train for figure in every.values())
    yield FigureSpec(
        slug="published",
        kind="published",
        title="Published and reproduced F1 scores",
        caption=f"F1 score of each class as published in {literal(facts.audit.source)} (bar: "
        "what rounds to the printed value, widened if too thin to see) and as "
        f"reproduced{mean_over_seeds(facts)}. {over_seeds(facts, 'Whiskers')} "
        f"{_chance_of_another(facts)}"
        "Tables about one model have the same axis; none starts at 0."
        + (" Crosses: as reproduced on the training set." if on_train else ""),
        alt=describe(facts, *(_published_sentence(facts, *each) for each in tables.items())),
        data={
            "classes": list(facts.dataset.classes),
            "panels": [
                {
                    "table": table,
                    "model": identities[model],
                    "rows": list(map(_published_row, figures.values())),
                }
                for (table, model), figures in tables.items()
            ],
        },
        table=_published_rows(facts, every),
    )


Published = dict[int, PublishedFigure]
"""F1 scores of classes, by their places in `audit.comparison`."""


def _published_rows(facts: Facts, figures: Published) -> FigureTable:
    rows = [
        (
            literal(figure.table),
            literal(facts.dataset.classes[known(figure.class_index)]),
            figure.printed,
            mark(f"audit.comparison.{place}.reproduced.mean", "score"),
            mark(f"audit.comparison.{place}.difference", "signed_score"),
            "within the range of the seeds" if figure.agrees else "outside it",
        )
        for place, figure in figures.items()
    ]
    head = ("Table", "Class", "Published", "Reproduced", "Reproduced minus published", "Judgement")
    return FigureTable(head=head, names=2, rows=tuple(rows))


def _chance_of_another(facts: Facts) -> str:
    """State how often one more run lies outside the range of the others: 2 of n + 1 times.

    Any of n + 1 independent runs is as likely as the others to be the lowest or the highest.
    """
    fewest = min(len(model.accuracy.values) for model in facts.models.values())
    if fewest == 1:
        return "A published value that differs need not be wrong: another seed may give it. "
    return (
        "A published value outside the range of the seeds need not be wrong: of the values that "
        f"another seed gives, 2 of {fewest + 1} are outside the range of {fewest}. "
    )


def _published_row(figure: PublishedFigure) -> dict[str, Any]:
    train = figure.reproduced_on_train
    return {
        "class": figure.class_index,
        # With half a unit of the last digit that is printed.
        "published": [figure.value, 0.5 * 10.0 ** -len(figure.printed.partition(".")[2])],
        "agrees": figure.agrees,
        "reproduced": span_of(figure.reproduced),
        "train": span_of(train) if train else None,
    }


def _published_sentence(facts: Facts, about: tuple[str, str], figures: Published) -> str:
    table, model = about
    sentences = [
        f"{literal(facts.dataset.classes[known(figure.class_index)])}: {figure.printed} and "
        f"{mark(f'audit.comparison.{place}.reproduced.mean', 'score')}"
        for place, figure in figures.items()
    ]
    name = literal(facts.models[model].name)
    return f"{literal(table)}, published and reproduced F1 score of {name}, {join(sentences)}."
