"""What every part of the analysis works on, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.bootstrap import Bootstrap, resample
from reportgen.analysis.contrasts import Estimates, estimate_accuracy, estimate_replicates
from reportgen.analysis.outcomes import Counts, Outcomes
from reportgen.analysis.overfitting import estimate_gaps
from reportgen.analysis.runs import Measured, measure_runs
from reportgen.config.schema import Analysis


@dataclass(frozen=True)
class Material:
    """The runs of one experiment: outcomes, scores, and metrics with their covariance."""

    settings: Analysis
    outcomes: Outcomes
    measured: Measured
    bootstrap: Bootstrap
    votes: Counts
    """How many seeds of a model predict a class for an example, `[models, n, classes]`."""
    accuracy: Estimates
    gaps: Estimates
    """Training accuracy − test accuracy."""
    macro_f1: Estimates
    class_f1: tuple[Estimates, ...]

    @property
    def level(self) -> float:
        """Coverage of every interval."""
        return self.settings.level

    @property
    def margin(self) -> float:
        """Differences of accuracy smaller than this share count as none."""
        return self.settings.margin / 100

    @property
    def slugs(self) -> tuple[str, ...]:
        """The models, in the order of the experiment file."""
        return self.outcomes.slugs


def gather_material(outcomes: Outcomes, settings: Analysis) -> Material:
    """Compute what the parts of the analysis share."""
    measured = measure_runs(outcomes)
    bootstrap = resample(outcomes, settings.resamples, settings.seed)
    scores, total = measured.scores, len(outcomes.labels)
    support = np.bincount(outcomes.labels, minlength=outcomes.classes).tolist()
    return Material(
        settings=settings,
        outcomes=outcomes,
        measured=measured,
        bootstrap=bootstrap,
        votes=count_votes(outcomes),
        accuracy=estimate_accuracy(outcomes.correct),
        gaps=estimate_gaps(outcomes),
        macro_f1=estimate_replicates(scores.macro(scores.f1), bootstrap.macro_f1, total),
        class_f1=tuple(
            estimate_replicates(scores.f1[..., index], bootstrap.f1[..., index], count)
            for index, count in enumerate(support)
        ),
    )


def count_votes(outcomes: Outcomes) -> Counts:
    """Return how many seeds of each model predict each class, `[models, n, classes]`."""
    by_class = [(outcomes.predicted == index).sum(axis=1) for index in range(outcomes.classes)]
    return np.stack(by_class, axis=2)
