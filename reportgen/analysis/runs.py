"""All metrics of each run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.facts import ClassScores, RunMetrics
from reportgen.analysis.metrics import Scores, count_confusions, score_confusions
from reportgen.analysis.prediction_arrays import Classes, Counts, PredictionArrays
from reportgen.results.evidence import ModelRun


@dataclass(frozen=True)
class RunScores:
    """Confusion matrices and scores of one model's runs, `[seeds, …]`."""

    matrices: Counts
    """`[seeds, classes, classes]`"""
    test: Scores
    train: Scores | None
    """None where the runs were not evaluated on the training set."""


def score_runs(predictions: PredictionArrays) -> tuple[RunScores, ...]:
    """Count and score what the runs of each model predicted on both splits."""
    return tuple(
        _score_model(predictions, test, train)
        for test, train in zip(predictions.predicted, predictions.train_predicted, strict=True)
    )


def _score_model(predictions: PredictionArrays, test: Classes, train: Classes | None) -> RunScores:
    matrices = _count(predictions.labels, test, predictions.classes)
    trained = (
        None
        if train is None
        else score_confusions(_count(predictions.train_labels, train, predictions.classes))
    )
    return RunScores(matrices, score_confusions(matrices), trained)


def _count(labels: Classes, predicted: Classes, classes: int) -> Counts:
    return np.array([count_confusions(labels, run, classes) for run in predicted])


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
        macro_precision=float(scores.macro(scores.precision)[seed]),
        macro_recall=float(scores.macro(scores.recall)[seed]),
        macro_f1=float(scores.macro(scores.f1)[seed]),
        # Every example is one prediction: micro F1 is the accuracy.
        micro_f1=accuracy,
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
