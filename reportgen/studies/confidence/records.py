"""The numbers of the study of confidence, at `facts.studies.confidence`."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reportgen.analysis.facts import (
    Curve,
    Difference,
    Interval,
    Judgement,
    MetricFacts,
    SeedSummary,
)
from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate


class ReliabilityBin(Record):
    """Test examples whose confidence falls into one bin, all seeds together."""

    low: float
    high: float
    count: int
    confidence: float | None
    """Mean confidence; None where the bin is empty."""
    accuracy: float | None
    interval: Interval | None
    """Wilson interval of the accuracy; an example counts once, however many seeds put it here, and
    clusters of examples (`data.groups`) by the variance between them."""


class MeasuredPair(Record):
    """Two models compared by one measure of confidence."""

    p_value: float
    p_adjusted: float
    """Holm-corrected over all pairs of the report."""
    verdict: Judgement
    """`better` or `undecided`: these measures have no margin of equivalence."""
    winner: str | None


class TemperatureScaling(Record):
    """What temperature scaling does for one model."""

    temperature: SeedSummary
    """Of each run, the geometric mean of those of both halves; above 1, confidence is lowered."""
    gain: Difference
    """Log loss with scaling minus without; the interval covers test examples and seeds."""
    p_adjusted: float
    """Holm-corrected over the models."""
    judgement: Literal["lowers", "raises", "undecided"]


class RecallCurve(Record):
    """Precision at each recall, mean over seeds: the points of a line."""

    recall: tuple[float, ...]
    precision: tuple[float, ...]

    def thin(self, tolerance: float) -> RecallCurve:
        """Return the points from which a line is nowhere further than `tolerance` from the others.

        Vertically (Ramer 1972; Douglas and Peucker 1973). The first and the last are among them.
        """
        xs, ys = np.array(self.recall), np.array(self.precision)
        kept = {0, len(xs) - 1}
        open_parts = [(0, len(xs) - 1)]
        while open_parts:
            first, last = open_parts.pop()
            inside = slice(first, last + 1)
            away = np.abs(ys[inside] - np.interp(xs[inside], xs[[first, last]], ys[[first, last]]))
            furthest = first + int(away.argmax())
            if away.max() > tolerance:
                kept.add(furthest)
                open_parts += [(first, furthest), (furthest, last)]
        places = sorted(kept)
        return RecallCurve(recall=tuple(xs[places].tolist()), precision=tuple(ys[places].tolist()))


class PrecisionRecall(Record):
    """Precision and recall of one model, as the threshold of a class moves."""

    average: SeedSummary
    """Average precision, all classes pooled."""
    classes: tuple[SeedSummary | None, ...]
    """That of each class; None for a class without test examples."""
    pooled: RecallCurve
    """All classes pooled."""
    curves: dict[str, RecallCurve]
    """Number of a class, from 0 → its curve: of all classes, or of the hardest by the mean of the
    average precision over models, the lowest first."""


class Detection(Record):
    """How well one model's confidence tells foreign images from test images."""

    auroc: Estimate
    """Probability that a test image has the higher confidence; ties count half."""
    false_positives: Estimate
    """Share of the foreign images above a threshold that keeps 95 % of the test images."""


class ForeignSet(Record):
    """Foreign images of one kind."""

    title: str
    models: dict[str, Detection]
    """Slug → how well it tells them apart; networks alone."""
    pairs: dict[str, Compared]
    """Pair of models → AUROC compared; Holm's correction over pairs and sets."""


class ForeignFacts(Record):
    """Foreign images among test images."""

    known: int
    """Test images."""
    foreign: int
    """Foreign images of each kind."""
    kept: float
    """Share of the test images that a threshold is to keep."""
    sets: dict[str, ForeignSet]


class ConfidenceFacts(Record):
    """How far the confidence of the models can be trusted.

    Models without class probabilities have no part in it.
    """

    measures: dict[str, MetricFacts]
    """By name, such as `expected_calibration_error`."""
    pairs: dict[str, dict[str, MeasuredPair]]
    """Name of a measure → pair of models → which is better by it."""
    bins: dict[str, tuple[ReliabilityBin, ...]]
    """Slug → its reliability diagram."""
    precision_recall: dict[str, PrecisionRecall]
    coverage: float | None = None
    """What the conformal sets are made for; None, and all below empty, without the extension."""
    risks: dict[str, Curve] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """Slug → share of wrong answers at the coverages 0.01, 0.02, …, 1, over its seeds."""
    scaling: dict[str, TemperatureScaling] = {}  # noqa: RUF012
    foreign: ForeignFacts | None = None
    """None where no network was evaluated on foreign images."""
