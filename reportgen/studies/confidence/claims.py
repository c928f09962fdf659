"""Claims about confidence: which model is calibrated best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.analysis.claims.models import extremes, named_models
from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import name
from reportgen.studies.confidence.records import ConfidenceFacts, ReliabilityBin

ERROR = "expected_calibration_error"


def confidence_claims(facts: Facts, found: ConfidenceFacts) -> Iterator[Claim]:
    """Yield the claim `calibration`."""
    yield Claim(
        id="calibration",
        text=_calibration(facts, found),
        rests_on="expected calibration error over the test examples, mean over seeds",
    )


def mean_path(measure: str, slug: str) -> str:
    """Return the path of a model's mean over its seeds."""
    return f"studies.confidence.measures.{measure}.models.{slug}.summary.mean"


def _calibration(facts: Facts, found: ConfidenceFacts) -> str:
    errors = {slug: each.summary.mean for slug, each in found.measures[ERROR].models.items()}
    ends = extremes(errors)
    if ends is None:
        slug = next(iter(errors))
        return (
            f"The confidence of {named_models(facts, list(errors))} is {_error(slug)} percentage "
            "points away from its accuracy on average (expected calibration error)"
            f"{_direction(found.bins[slug])}."
        )
    best, worst = ends
    return (
        f"{name(facts, best)} is calibrated best: its confidence is {_error(best)} percentage "
        "points away from its accuracy on average (expected calibration error). "
        f"{name(facts, worst)} is calibrated worst ({_error(worst)} points)"
        f"{_direction(found.bins[worst])}."
    )


def _error(slug: str) -> str:
    return mark(mean_path(ERROR, slug), "size_in_points")


def _direction(bins: Sequence[ReliabilityBin]) -> str:
    """State whether a model's confidence exceeds its accuracy; nothing where both are equal."""
    excess = sum(
        each.count * (each.confidence - each.accuracy)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    )
    if not excess:
        return ""
    return " and overconfident" if excess > 0 else " and underconfident"
