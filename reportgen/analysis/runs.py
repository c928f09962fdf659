"""All metrics of each run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.calibration import expected_calibration_error
from reportgen.analysis.facts import ClassScores, RunMetrics
from reportgen.analysis.metrics import Scores, count_confusions, score_confusions
from reportgen.analysis.prediction_arrays import Classes, Counts, PredictionArrays
from reportgen.results.evidence import ModelRun


@dataclass(frozen=True)
class RunScores:
    """Confusion matrices and scores of all runs, `[models, seeds, …]`."""

    matrices: Counts
    """`[models, seeds, classes, classes]`"""
    test: Scores
    train: Scores


def score_runs(predictions: PredictionArrays) -> RunScores:
    """Count and score what every run predicted on both splits."""
    matrices = _count(predictions.labels, predictions.predicted, predictions.classes)
    train = _count(predictions.train_labels, predictions.train_predicted, predictions.classes)
    return RunScores(matrices, score_confusions(matrices), score_confusions(train))


def _count(labels: Classes, predicted: Classes, classes: int) -> Counts:
    return np.array([[count_confusions(labels, run, classes) for run in row] for row in predicted])


def describe_run(
    predictions: PredictionArrays, run_scores: RunScores, model: int, seed: int, run: ModelRun
) -> RunMetrics:
    """Return all metrics of one run; `model` and `seed` are positions."""
    scores, train, at = run_scores.test, run_scores.train, (model, seed)
    correct = predictions.correct[at]
    assert run.record.costs is not None
    accuracy = float(scores.accuracy[at])
    return RunMetrics(
        seed=run.seed,
        key=run.record.key,
        accuracy=accuracy,
        correct=int(correct.sum()),
        macro_precision=float(scores.macro(scores.precision)[at]),
        macro_recall=float(scores.macro(scores.recall)[at]),
        macro_f1=float(scores.macro(scores.f1)[at]),
        # Every example is one prediction: micro F1 is the accuracy.
        micro_f1=accuracy,
        weighted_precision=float(scores.weighted(scores.precision)[at]),
        weighted_recall=float(scores.weighted(scores.recall)[at]),
        weighted_f1=float(scores.weighted(scores.f1)[at]),
        per_class=_per_class(scores, at),
        confusion_matrix=tuple(map(tuple, run_scores.matrices[at].tolist())),
        train_accuracy=float(train.accuracy[at]),
        train_macro_f1=float(train.macro(train.f1)[at]),
        train_f1=tuple(train.f1[at].tolist()),
        expected_calibration_error=expected_calibration_error(predictions.confidence[at], correct),
        brier_score=float(predictions.brier[at].mean()),
        history=run.record.history,
        costs=run.record.costs,
    )


def _per_class(scores: Scores, at: tuple[int, int]) -> tuple[ClassScores, ...]:
    return tuple(
        ClassScores(precision=precision, recall=recall, f1=f1, support=int(support))
        for precision, recall, f1, support in zip(
            scores.precision[at].tolist(),
            scores.recall[at].tolist(),
            scores.f1[at].tolist(),
            scores.support[at].tolist(),
            strict=True,
        )
    )
