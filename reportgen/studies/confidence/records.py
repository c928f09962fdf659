"""The numbers of the study of confidence, at `facts.studies.confidence`."""

from __future__ import annotations

from reportgen.analysis.facts import Interval, MetricFacts
from reportgen.results.records import Record


class ReliabilityBin(Record):
    """Test examples whose confidence falls into one bin, all seeds together."""

    low: float
    high: float
    count: int
    confidence: float | None
    """Mean confidence; None where the bin is empty."""
    accuracy: float | None
    interval: Interval | None
    """Wilson interval of the accuracy; an example counts once, however many seeds put it here."""


class ConfidenceFacts(Record):
    """How far the confidence of the models can be trusted.

    Models without class probabilities have no part in it.
    """

    measures: dict[str, MetricFacts]
    """By name, such as `expected_calibration_error`."""
    bins: dict[str, tuple[ReliabilityBin, ...]]
    """Slug → its reliability diagram."""
