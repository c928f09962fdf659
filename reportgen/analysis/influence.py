"""Variance of a score over test sets, from what each example adds to it.

To first order a score changes by Uᵢ when example i is drawn once more (its influence value, Hampel
1974, J. Am. Stat. Assoc. 69, 383-393), so that over test sets with the same number of examples of
each class

    Cov(θₐ, θ_b) = Σ over classes of [Σᵢ Uₐᵢ U_bᵢ − (Σᵢ Uₐᵢ)(Σᵢ U_bᵢ) / n of the class]

which is what the stratified bootstrap gives as its number of resamples grows (Efron 1982, The
Jackknife, the Bootstrap and Other Resampling Plans, ch. 6). All runs see the same examples: the
covariances make comparisons paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reportgen.analysis.contrasts import Estimates
from reportgen.analysis.metrics import divide
from reportgen.analysis.prediction_arrays import Classes, Counts, Floats, PredictionArrays


def stratified_covariance(influence: Floats, labels: Classes, support: Counts) -> Floats:
    """Return the covariance of scores over test sets of the same classes, `[runs, runs]`.

    `influence`: `[runs, t]` of the examples on which any score depends, divided by their number n;
    `labels`: their classes, `[t]`; `support`: of all examples, `[classes]`.
    """
    strata, position = np.unique(labels, return_inverse=True)
    sums = np.stack([np.bincount(position, row, len(strata)) for row in influence])
    return np.asarray(influence @ influence.T - (sums / support[strata]) @ sums.T)


def estimate_f1(predictions: PredictionArrays) -> tuple[Estimates, tuple[Estimates, ...]]:
    """Return macro F1, and the F1 of each class, of all runs.

    The influence of an example on F1 = 2 TP / (S + P) is (2 tp − F1 (s + p)) / (S + P), where S is
    the support of the class, P how often it is predicted, and s, p and tp are 1 where the example
    counts among them.
    """
    predicted = np.concatenate(predictions.predicted)
    counts, fixed = tuple(map(len, predictions.seeds)), predictions.deterministic
    support = np.bincount(predictions.labels, minlength=predictions.classes)
    total = np.zeros(predicted.shape)
    values, estimates = [], []
    for index, rows in enumerate(_relevant_examples(predictions.labels, predicted, len(support))):
        score, influence = _f1_influence(predictions.labels[rows], predicted[:, rows], index)
        covariance = stratified_covariance(influence, predictions.labels[rows], support)
        for row, added in zip(total, influence, strict=True):
            row[rows] += added / len(support)
        values.append(score)
        estimates.append(Estimates(score, covariance, counts, int(support[index]), fixed))
    covariance = stratified_covariance(total, predictions.labels, support)
    count = len(predictions.labels)
    macro = Estimates(np.mean(values, axis=0), covariance, counts, count, fixed)
    return macro, tuple(estimates)


def _f1_influence(labels: Classes, predicted: Classes, index: int) -> tuple[Floats, Floats]:
    """Return the F1 of a class, `[runs]`, and the influence values, `[runs, t]`."""
    member, chosen = labels == index, predicted == index
    size = (member.sum() + chosen.sum(axis=1)).astype(np.float64)
    score = divide(2 * (member & chosen).sum(axis=1), size)
    hit = divide(2 - 2 * score, size)[:, None]
    # Of an example that is of the class, or is predicted to be, but not both.
    miss = divide(0 - score, size)[:, None]
    influence = np.where(chosen, miss, 0.0)
    influence[:, member] = np.where(chosen[:, member], hit, miss)
    return score, influence


def _relevant_examples(labels: Classes, predicted: Classes, classes: int) -> Iterator[Counts]:
    """Yield the examples that have a class, or for which some run predicts it, class by class."""
    named = np.zeros((classes, len(labels)), dtype=np.bool_)
    for row in (labels, *predicted):
        named[row, np.arange(len(labels))] = True
    return map(np.flatnonzero, named)
