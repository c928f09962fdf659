"""Figures of confidence: reliability diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.plan.words import describe, identify, mean_over_seeds, number_label
from reportgen.figures.spec import FigureTable
from reportgen.studies.confidence.claims import ERROR, mean_path
from reportgen.studies.confidence.records import ConfidenceFacts

FEWEST = 30
"""Predictions that a bin needs to be drawn as a point."""


def confidence_figures(facts: Facts, found: ConfidenceFacts) -> Iterator[FigureSpec]:
    """Yield the reliability diagrams, one panel for each model that gives probabilities."""
    identities = identify(facts)
    yield FigureSpec(
        slug="reliability",
        kind="reliability",
        title=_reliability_title(facts, found),
        caption="Share of right predictions among those of about equal confidence"
        f"{', all seeds together' if facts.most_runs > 1 else ''}; on the diagonal, confidence is "
        f"right. Whiskers: {mark('level', 'percent_whole')} Wilson intervals. Below, how many "
        f"predictions fall into each bin (logarithmic); bins of fewer than thirty have no "
        f"point. ECE: expected calibration error{mean_over_seeds(facts)}.",
        alt=describe(facts, *(_reliability_sentence(facts, found, slug) for slug in found.bins)),
        data={
            "panels": [
                _reliability_panel(facts, found, slug, identities[slug]) for slug in found.bins
            ],
            "fewest": FEWEST,
        },
        table=_reliability_table(facts, found),
        width=170 if len(found.bins) > 2 else 122,
    )


def _reliability_title(facts: Facts, found: ConfidenceFacts) -> str:
    """Name the model with the lowest calibration error, where there is one."""
    errors = {slug: each.summary.mean for slug, each in found.measures[ERROR].models.items()}
    least = [slug for slug, error in errors.items() if error == min(errors.values())]
    if len(errors) > 1 and len(least) == 1:
        return f"Lowest calibration error: {facts.models[least[0]].name}"
    return "Confidence against accuracy"


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


def _reliability_panel(
    facts: Facts, found: ConfidenceFacts, slug: str, identity: dict[str, Any]
) -> dict[str, Any]:
    return {
        "model": identity,
        "error": number_label(facts, mean_path(ERROR, slug), "score"),
        "bins": [entry.model_dump(mode="json") for entry in found.bins[slug]],
    }


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
