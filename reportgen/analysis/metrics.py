"""Classification metrics from confusion matrices, as scikit-learn defines them.

Every ratio whose denominator is zero is 0 (`zero_division=0` in scikit-learn). All functions take
matrices of shape `[..., classes, classes]`, rows true and columns predicted classes, and work on
all leading axes at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.analysis.prediction_arrays import Classes, Counts, Floats
from reportgen.metrics.rates import divide


def count_confusion_matrix(labels: Classes, predicted: Classes, classes: int) -> Counts:
    """Return the confusion matrix, `[classes, classes]`; rows are true classes."""
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class Scores:
    """Scores per class, `[..., classes]`, and their averages, `[...]`.

    Precision = TP / (TP + FP), recall = TP / (TP + FN), F1 = 2 TP / (2 TP + FP + FN)
    (van Rijsbergen 1979, Information Retrieval, ch. 7). Macro: mean over classes; weighted: mean
    over classes weighted by support; micro: of the counts summed over classes, which in
    single-label classification is the accuracy.
    """

    precision: Floats
    recall: Floats
    f1: Floats
    support: Floats
    accuracy: Floats

    def macro(self, scores: Floats) -> Floats:
        """Return the mean over classes."""
        return np.asarray(scores.mean(axis=-1))

    def weighted(self, scores: Floats) -> Floats:
        """Return the mean over classes, weighted by support."""
        return divide((scores * self.support).sum(axis=-1), self.support.sum(axis=-1))


def score_confusion_matrices(matrices: Counts) -> Scores:
    """Return the scores of confusion matrices `[..., classes, classes]`."""
    true_positives = np.diagonal(matrices, axis1=-2, axis2=-1)
    support, chosen = matrices.sum(axis=-1), matrices.sum(axis=-2)
    return Scores(
        precision=divide(true_positives, chosen),
        recall=divide(true_positives, support),
        f1=divide(2 * true_positives, support + chosen),
        support=support.astype(np.float64),
        accuracy=divide(true_positives.sum(axis=-1), support.sum(axis=-1)),
    )
