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

from reportgen.analysis.contrasts import Estimates, add_up
from reportgen.analysis.prediction_arrays import Classes, Counts, Floats, PredictionArrays
from reportgen.metrics.rates import divide


def estimate_f1(predictions: PredictionArrays) -> tuple[Estimates, tuple[Estimates, ...]]:
    """Return macro F1, and the F1 of each class, of all runs.

    The influence of an example on F1 = 2 TP / (S + P) is (2 tp − F1 (s + p)) / (S + P), where S is
    the support of the class, P how often it is predicted, and s, p and tp are 1 where the example
    counts among them.
    """
    # Class by class, so that the examples of each are beside each other.
    order = np.argsort(predictions.labels, kind="stable")
    labels = predictions.labels[order]
    clusters = None if predictions.clusters is None else predictions.clusters[order]
    support = np.bincount(labels, minlength=predictions.classes)
    models = [_F1(labels, predicted[:, order], support) for predicted in predictions.predicted]

    def estimate(
        scores: list[Floats], influence: list[Floats], rows: Counts | slice, count: int
    ) -> Estimates:
        if clusters is None:
            variances, of_means = _covariance(influence, labels[rows], support)
        else:
            sums = [add_up(runs, clusters[rows], predictions.independent) for runs in influence]
            variances, of_means = _products(sums)
        return Estimates(
            values=np.concatenate(scores),
            variances=variances,
            covariance_of_means=of_means,
            seeds=tuple(map(len, scores)),
            examples=count,
            deterministic=predictions.deterministic,
            clusters=None if clusters is None else predictions.independent,
        )

    macro = [model.scores.mean(axis=1) for model in models]
    of_macro = [model.macro_influence() for model in models]
    each = (
        estimate(
            [model.scores[:, index] for model in models],
            [model.influence(index, rows) for model in models],
            rows,
            int(support[index]),
        )
        for index, rows in enumerate(_relevant_examples(labels, models))
    )
    return estimate(macro, of_macro, slice(None), len(labels)), tuple(each)


class _F1:
    """The F1 of all classes of one model's runs, `[seeds, classes]`."""

    def __init__(self, labels: Classes, predicted: Classes, support: Counts) -> None:
        classes = len(support)
        self.labels, self.predicted = labels, predicted
        right = [np.bincount(run[run == labels], minlength=classes) for run in predicted]
        size = support + [np.bincount(run, minlength=classes) for run in predicted]
        self.scores = divide(2 * np.array(right), size)
        self._hit = divide(2 - 2 * self.scores, size)
        # Of an example that is of the class, or is predicted to be, but not both.
        self._miss = divide(0 - self.scores, size)

    def influence(self, index: int, rows: Counts) -> Floats:
        """Return the influence of the examples `rows` on the F1 of a class, `[seeds, rows]`."""
        member, chosen = self.labels[rows] == index, self.predicted[:, rows] == index
        hit, miss = self._hit[:, [index]], self._miss[:, [index]]
        return np.asarray(np.where(member & chosen, hit, np.where(member | chosen, miss, 0.0)))

    def macro_influence(self) -> Floats:
        """Return the influence of each example on the mean over the classes, `[seeds, n]`."""
        hit, miss = (each / each.shape[1] for each in (self._hit, self._miss))
        missed = miss[:, self.labels] + np.take_along_axis(miss, self.predicted, axis=1)
        return np.asarray(np.where(self.predicted == self.labels, hit[:, self.labels], missed))


def _covariance(influence: list[Floats], labels: Classes, support: Counts) -> tuple[Floats, Floats]:
    """Return what `_products` does, over test sets of the same classes.

    `influence`: of each model `[seeds, t]`, of the examples on which any score depends, divided by
    the number of all; `labels`: their classes, ascending, `[t]`; `support`: of all, `[classes]`.
    """
    strata, starts = np.unique(labels, return_index=True)
    sums = [np.add.reduceat(runs, starts, axis=1) for runs in influence]
    within = [(each**2 / support[strata]).sum(axis=1) for each in sums]
    mean_sums = np.array([each.mean(axis=0) for each in sums])
    variances, of_means = _products(influence)
    return (
        variances - np.concatenate(within),
        of_means - np.einsum("ij,kj->ik", mean_sums / support[strata], mean_sums),
    )


def _products(influence: list[Floats]) -> tuple[Floats, Floats]:
    """Return the variance of each run, `[runs]`, and the covariance of the models' means.

    `influence`: of each model `[seeds, t]`, of examples or, added up, of clusters. Clusters hold
    several classes, so there are no strata.
    """
    means = np.array([runs.mean(axis=0) for runs in influence])
    variances = np.concatenate([np.einsum("ij,ij->i", runs, runs) for runs in influence])
    # Not a matrix product: BLAS rounds it otherwise with another number of threads.
    return variances, np.einsum("ij,kj->ik", means, means)


def _relevant_examples(labels: Classes, models: list[_F1]) -> Iterator[Counts]:
    """Yield the examples that have a class, or for which some run predicts it, class by class."""
    named = np.zeros((models[0].scores.shape[1], len(labels)), dtype=np.bool_)
    for row in (labels, *(run for model in models for run in model.predicted)):
        named[row, np.arange(len(labels))] = True
    return map(np.flatnonzero, named)
