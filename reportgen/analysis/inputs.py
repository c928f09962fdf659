"""What every part of the analysis works on, computed once: the runs, their scores and metrics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.contrasts import Estimates, estimate_accuracy
from reportgen.analysis.facts import ClassScores, RunMetrics
from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.metrics import Scores, count_confusion_matrix, score_confusion_matrices
from reportgen.analysis.prediction_arrays import Classes, Counts, PredictionArrays
from reportgen.config.schema import Analysis
from reportgen.results.evidence import ModelRun


@dataclass(frozen=True)
class RunScores:
    """Confusion matrices and scores of one model's runs, `[seeds, …]`."""

    matrices: Counts
    """`[seeds, classes, classes]`"""
    test: Scores
    train: Scores | None
    """None where the runs were not evaluated on the training set."""


def _score_model(predictions: PredictionArrays, test: Classes, train: Classes | None) -> RunScores:
    matrices = _count(predictions.labels, test, predictions.classes)
    scores = score_confusion_matrices(matrices)
    if train is None:
        return RunScores(matrices, scores, None)
    train_matrices = _count(predictions.train_labels, train, predictions.classes)
    return RunScores(matrices, scores, score_confusion_matrices(train_matrices))


def _count(labels: Classes, predicted: Classes, classes: int) -> Counts:
    return np.array([count_confusion_matrix(labels, run, classes) for run in predicted])


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
        scores=tuple(
            _score_model(predictions, test, train)
            for test, train in zip(predictions.predicted, predictions.train_predicted, strict=True)
        ),
        accuracy=estimate_accuracy(
            predictions.correct, predictions.deterministic, predictions.clusters
        ),
        macro_f1=macro_f1,
        class_f1=class_f1,
    )


def describe_run(
    predictions: PredictionArrays, run_scores: RunScores, model: int, seed: int, run: ModelRun
) -> RunMetrics:
    """Return all metrics of one run; `model` and `seed` are positions."""
    scores, train = run_scores.test, run_scores.train
    correct = predictions.correct[model][seed]
    accuracy = float(scores.accuracy[seed])
    return RunMetrics(
        seed=run.seed,
        key=run.record.key,
        accuracy=accuracy,
        correct=int(correct.sum()),
        # Every example is one prediction: micro F1 is the accuracy.
        micro_f1=accuracy,
        macro_precision=float(scores.macro(scores.precision)[seed]),
        macro_recall=float(scores.macro(scores.recall)[seed]),
        macro_f1=float(scores.macro(scores.f1)[seed]),
        weighted_precision=float(scores.weighted(scores.precision)[seed]),
        weighted_recall=float(scores.weighted(scores.recall)[seed]),
        weighted_f1=float(scores.weighted(scores.f1)[seed]),
        per_class=_per_class(scores, seed),
        confusion_matrix=tuple(map(tuple, run_scores.matrices[seed].tolist())),
        train_accuracy=float(train.accuracy[seed]) if train else None,
        train_macro_f1=float(train.macro(train.f1)[seed]) if train else None,
        train_f1=tuple(train.f1[seed].tolist()) if train else None,
        history=run.record.history,
        costs=run.record.costs,
    )


def _per_class(scores: Scores, seed: int) -> tuple[ClassScores, ...]:
    return tuple(
        ClassScores(precision=precision, recall=recall, f1=f1, support=int(support))
        for precision, recall, f1, support in zip(
            scores.precision[seed].tolist(),
            scores.recall[seed].tolist(),
            scores.f1[seed].tolist(),
            scores.support[seed].tolist(),
            strict=True,
        )
    )
