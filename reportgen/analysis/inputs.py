"""What every part of the analysis works on, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.bootstrap import Bootstrap, resample
from reportgen.analysis.contrasts import Estimates, estimate_accuracy, estimate_replicates
from reportgen.analysis.overfitting import estimate_gaps
from reportgen.analysis.prediction_arrays import Counts, PredictionArrays
from reportgen.analysis.runs import RunScores, score_runs
from reportgen.config.schema import Analysis


@dataclass(frozen=True)
class AnalysisInputs:
    """The runs of one experiment: predictions, scores, and metrics with their covariance."""

    settings: Analysis
    predictions: PredictionArrays
    scores: RunScores
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
        return self.predictions.slugs


def prepare_inputs(predictions: PredictionArrays, settings: Analysis) -> AnalysisInputs:
    """Compute what the parts of the analysis share."""
    run_scores = score_runs(predictions)
    bootstrap = resample(predictions, settings.resamples, settings.seed)
    scores, total = run_scores.test, len(predictions.labels)
    support = np.bincount(predictions.labels, minlength=predictions.classes).tolist()
    return AnalysisInputs(
        settings=settings,
        predictions=predictions,
        scores=run_scores,
        bootstrap=bootstrap,
        votes=count_votes(predictions),
        accuracy=estimate_accuracy(predictions.correct),
        gaps=estimate_gaps(predictions),
        macro_f1=estimate_replicates(scores.macro(scores.f1), bootstrap.macro_f1, total),
        class_f1=tuple(
            estimate_replicates(scores.f1[..., index], bootstrap.f1[..., index], count)
            for index, count in enumerate(support)
        ),
    )


def count_votes(predictions: PredictionArrays) -> Counts:
    """Return how many seeds of each model predict each class, `[models, n, classes]`."""
    by_class = [
        (predictions.predicted == index).sum(axis=1) for index in range(predictions.classes)
    ]
    return np.stack(by_class, axis=2)
