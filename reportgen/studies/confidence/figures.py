"""Figures of confidence: reliability diagrams, risk–coverage and precision–recall curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.plan.words import (
    columns_by_model,
    describe,
    identify,
    intervals_over,
    mean_over_seeds,
    number_label,
    rows_by_model,
)
from reportgen.figures.spec import FigureTable
from reportgen.formatting import percent_whole
from reportgen.studies.confidence.claims import AREA, ERROR, mean_path, means, precision_path
from reportgen.studies.confidence.records import ConfidenceFacts, PrecisionRecall

FEWEST = 30
"""Predictions that a bin needs to be drawn as a point."""


def confidence_figures(facts: Facts, found: ConfidenceFacts) -> Iterator[FigureSpec]:
    """Yield reliability diagrams, precision–recall and, of the extended study, risk–coverage."""
    yield _reliability_figure(facts, found)
    if found.risks:
        yield _risk_figure(facts, found)
    yield _precision_figure(facts, found)


def _reliability_figure(facts: Facts, found: ConfidenceFacts) -> FigureSpec:
    identities = identify(facts)
    return FigureSpec(
        slug="reliability",
        kind="reliability",
        title=_least(facts, found, ERROR, "Lowest calibration error")
        or "Confidence against accuracy",
        caption="Share of correct predictions among those of about equal confidence"
        f"{', all seeds together' if facts.most_runs > 1 else ''}; on the diagonal, confidence "
        f"equals accuracy. {intervals_over(f'test {facts.dataset.example}s')} Below, how many "
        f"predictions fall into each bin (logarithmic); bins of fewer than thirty have no "
        f"point. ECE: expected calibration error{mean_over_seeds(facts)}.",
        alt=describe(facts, *(_reliability_sentence(facts, found, slug) for slug in found.bins)),
        data={
            "panels": [
                {
                    "model": identities[slug],
                    "error": number_label(facts, mean_path(ERROR, slug), "score"),
                    "bins": [entry.model_dump(mode="json") for entry in bins],
                }
                for slug, bins in found.bins.items()
            ],
            "fewest": FEWEST,
        },
        table=_reliability_table(facts, found),
        width=170 if len(found.bins) > 2 else 122,
    )


def _least(facts: Facts, found: ConfidenceFacts, measure: str, what: str) -> str | None:
    """Name the model shown to have less of a measure than every other; None without one."""
    values = means(found, measure)
    wins = Counter(pair.winner for pair in found.pairs[measure].values())
    shown = [slug for slug in values if len(values) > 1 and wins[slug] == len(values) - 1]
    return f"{what}: {facts.models[shown[0]].name}" if shown else None


def _reliability_table(facts: Facts, found: ConfidenceFacts) -> FigureTable:
    rows = [
        (
            literal(facts.models[slug].name),
            *(
                mark(f"studies.confidence.bins.{slug}.{i}.{field}", form)
                for field, form in (
                    ("confidence", "percent"),
                    ("accuracy", "percent"),
                    ("interval.low", "percent"),
                    ("interval.high", "percent"),
                    ("count", "integer"),
                )
            ),
        )
        for slug, bins in found.bins.items()
        for i, entry in enumerate(bins)
        if entry.count
    ]
    head = ("Model", "Mean confidence", "Accuracy", "from", "to", "Predictions")
    return FigureTable(head=head, rows=tuple(rows))


def _reliability_sentence(facts: Facts, found: ConfidenceFacts, slug: str) -> str:
    bins, path = found.bins[slug], f"studies.confidence.bins.{slug}"
    fullest = max(range(len(bins)), key=lambda i: bins[i].count)
    return (
        f"{literal(facts.models[slug].name)}: expected calibration error "
        f"{mark(mean_path(ERROR, slug), 'score')}; in the fullest bin, of "
        f"{mark(f'{path}.{fullest}.count', 'integer')} answers, mean confidence "
        f"{mark(f'{path}.{fullest}.confidence', 'percent')} and accuracy "
        f"{mark(f'{path}.{fullest}.accuracy', 'percent')}."
    )


SHOWN = (50, 80, 90, 95, 99, 100)
"""Coverages, in percent, that the table below the curves lists."""


def _risk_figure(facts: Facts, found: ConfidenceFacts) -> FigureSpec:
    identities = identify(facts)
    rows = (
        (slug, (mark(_risk_path(slug, percent), "percent") for percent in SHOWN))
        for slug in found.risks
    )
    return FigureSpec(
        slug="risk-coverage",
        kind="risk-coverage",
        title=_least(facts, found, AREA, "Lowest risk–coverage area")
        or "Errors where answers are withheld",
        caption=f"Share of wrong answers where each model answers only the test "
        f"{facts.dataset.example}s that it is surest of{mean_over_seeds(facts)}"
        f"{'; bands reach from the lowest to the highest seed' if facts.most_runs > 1 else ''}. "
        "At full coverage this is the error rate; a lower curve ranks the answers better.",
        alt=describe(facts, *(_risk_sentence(facts, slug) for slug in found.risks)),
        data={
            "series": [
                {"model": identities[slug], "risk": curve.model_dump(mode="json")}
                for slug, curve in found.risks.items()
            ]
        },
        table=rows_by_model(facts, (f"{each} %" for each in SHOWN), rows),
        width=122,
    )


def _risk_path(slug: str, percent: int) -> str:
    return f"studies.confidence.risks.{slug}.mean.{percent - 1}"


def _risk_sentence(facts: Facts, slug: str) -> str:
    listed = ", ".join(
        f"{mark(_risk_path(slug, percent), 'percent')} at {percent} %" for percent in SHOWN
    )
    return f"{literal(facts.models[slug].name)}: share of wrong answers {listed} coverage."


def _precision_figure(facts: Facts, found: ConfidenceFacts) -> FigureSpec:
    identities = identify(facts)
    models = found.precision_recall
    shown_models = [facts.models[slug] for slug in models]
    shown = [int(index) for index in next(iter(models.values())).curves]
    rows = [("All classes", [mark(precision_path(slug), "score") for slug in models])]
    for i, name in enumerate(facts.dataset.classes):
        cells = [
            mark(precision_path(slug, f"classes.{i}"), "score") if each.classes[i] else "–"
            for slug, each in models.items()
        ]
        rows.append((literal(name), cells))
    panels = [("All classes", {slug: each.pooled for slug, each in models.items()})]
    panels += [
        (facts.dataset.classes[i], {slug: each.curves[str(i)] for slug, each in models.items()})
        for i in shown
    ]
    start = _start(models.values())
    return FigureSpec(
        slug="precision-recall",
        kind="precision-recall",
        title=_precision_title(facts, found),
        caption="Precision where the threshold of probability is lowered until each recall is "
        f"reached{mean_over_seeds(facts)}: all classes pooled, then {_which(facts, shown)} against "
        "the rest, that with the lowest average precision first."
        + (" Dashed: trained with dropout." if any(m.dropout for m in shown_models) else "")
        + (f" The axes start at {percent_whole(start)}, not at 0." if start else ""),
        alt=describe(facts, *(_precision_sentence(facts, found, slug) for slug in models)),
        data={
            "start": start,
            "models": [identities[slug] for slug in models],
            "panels": [
                {
                    "title": title,
                    "curves": [
                        curve.thin(VISIBLE * (1 - start)).model_dump(mode="json")
                        for curve in curves.values()
                    ],
                }
                for title, curves in panels
            ],
        },
        table=columns_by_model(facts, "Average precision", list(models), rows),
        width=122,
    )


STARTS = (0.98, 0.95, 0.9, 0.8, 0.5)
"""Where axes of precision and recall may start, other than at 0."""
KNEE = 7.0
"""The axes show at least so many times the distance of the lowest average precision from 1."""


VISIBLE = 0.01
"""Share of an axis that is less than the width of a line."""


def _start(models: Iterable[PrecisionRecall]) -> float:
    """Return where both axes start: as far up as the worst curve that is shown allows."""
    shown = [each.classes[int(index)] for each in models for index in each.curves]
    lowest = min(summary.mean for summary in shown if summary)
    return next((start for start in STARTS if 1 - start >= KNEE * (1 - lowest)), 0.0)


def _which(facts: Facts, shown: Sequence[int]) -> str:
    """State which classes have a panel."""
    if len(shown) == len(facts.dataset.classes):
        return "each class"
    return f"each of the {len(shown)} hardest classes"


def _precision_title(facts: Facts, found: ConfidenceFacts) -> str:
    """Name the class with the lowest average precision, where every model has the same one."""
    lowest = {
        min((each.mean, place) for place, each in enumerate(model.classes) if each)[1]
        for model in found.precision_recall.values()
    }
    if len(lowest) > 1:
        return "Precision at each recall, class by class"
    name = facts.dataset.classes[lowest.pop()]
    scored = [facts.models[slug].name for slug in found.precision_recall]
    who = scored[0] if len(scored) == 1 else "every model"
    if 1 < len(scored) < len(facts.models):
        who += " that gives probabilities"
    return f"{name} has the lowest average precision with {who}"


def _precision_sentence(facts: Facts, found: ConfidenceFacts, slug: str) -> str:
    values = found.precision_recall[slug].classes
    means = [(each.mean, place) for place, each in enumerate(values) if each]
    ends = [end[1] for end in (min(means), max(means))]
    worst, best = (
        f"{mark(precision_path(slug, f'classes.{place}'), 'score')} for "
        f"{literal(facts.dataset.classes[place])}"
        for place in ends
    )
    name, pooled = literal(facts.models[slug].name), mark(precision_path(slug), "score")
    return (
        f"{name}: average precision {pooled} of all classes pooled; of single classes from {worst} "
        f"to {best}."
    )
