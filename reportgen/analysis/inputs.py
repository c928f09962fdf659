"""What every part of the analysis works on, computed once."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.analysis.contrasts import Estimates, estimate_accuracy
from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.prediction_arrays import PredictionArrays
from reportgen.analysis.runs import RunScores, score_runs
from reportgen.config.schema import Analysis


@dataclass(frozen=True)
class AnalysisInputs:
    """The runs of one experiment: predictions, scores, and metrics with their covariance."""

    settings: Analysis
    predictions: PredictionArrays
    scores: tuple[RunScores, ...]
    """One for each model."""
    accuracy: Estimates
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

    def sampling_variance(self, estimates: Estimates, model: int) -> float:
        """Return the variance over test sets of a model's mean over its seeds."""
        return float(estimates.block(model).mean())

    @property
    def slugs(self) -> tuple[str, ...]:
        """The models, in the order of the experiment file."""
        return self.predictions.slugs


def prepare_inputs(predictions: PredictionArrays, settings: Analysis) -> AnalysisInputs:
    """Compute what the parts of the analysis share."""
    macro_f1, class_f1 = estimate_f1(predictions)
    return AnalysisInputs(
        settings=settings,
        predictions=predictions,
        scores=score_runs(predictions),
        accuracy=estimate_accuracy(predictions.correct),
        macro_f1=macro_f1,
        class_f1=class_f1,
    )
