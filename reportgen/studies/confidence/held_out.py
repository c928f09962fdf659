"""What is fitted to one half of the test examples and judged on the other, and the reverse.

The evidence of a report holds no probabilities of a validation split. The test set is therefore
cut into two halves at random, alike for all runs, and each is judged by what was fitted to the
other: no example takes part in what it is judged by, and no other one of its cluster.

Temperature scaling divides the logarithms of the probabilities by a temperature T and normalises
them again (Guo et al. 2017, ICML, section 4.2); T minimises the log loss of the other half. The
predicted classes stay.

Split conformal prediction gives each example the set of classes whose probability reaches a
threshold, so that the sets hold the true class with a chosen probability, the coverage, whatever
the model (Vovk et al. 2005, Algorithmic Learning in a Random World; Sadinle, Lei & Wasserman 2019,
J. Am. Stat. Assoc. 114, 223-234: least ambiguous sets). The coverage holds on average over test
sets, for examples as exchangeable as those of a random split; where they come in clusters, about.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, exp, inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from reportgen.analysis.prediction_arrays import Classes, Floats
from reportgen.metrics.metric import Metric, Predictions, mean_influence

FLOOR = float(np.finfo(np.float64).eps)
"""A smaller probability counts as this one, as in the log loss."""
LARGEST = 100.0
"""Temperatures lie between one hundredth and one hundred."""

Rows = NDArray[np.intp]


def cross_halves(
    count: int, clusters: Classes | None = None
) -> tuple[tuple[Rows, Rows], tuple[Rows, Rows]]:
    """Return the positions of the examples in two random halves: one to fit to, one to judge.

    Then the same two the other way round. `clusters`: number of each example's cluster, `[n]`,
    where they are not independent; half of the clusters are then in each half.
    """
    units = count if clusters is None else int(clusters.max()) + 1
    order = np.random.default_rng(0).permutation(units)
    halves = order[: units // 2], order[units // 2 :]
    if clusters is not None:
        first, second = (np.flatnonzero(np.isin(clusters, half)) for half in halves)
    else:
        first, second = map(np.sort, halves)
    return (first, second), (second, first)


def scale(predictions: Predictions) -> tuple[Predictions, float]:
    """Return the predictions with scaled probabilities, and the geometric mean of both T."""
    logarithms = np.log(np.maximum(predictions.class_probabilities, FLOOR))
    scaled = np.empty_like(logarithms)
    temperatures: list[float] = []
    for fit, judged in cross_halves(len(logarithms), predictions.clusters):
        temperatures.append(fit_temperature(logarithms[fit], predictions.labels[fit]))
        scaled[judged] = soften(logarithms[judged], temperatures[-1])
    return replace(predictions, probabilities=scaled), exp(float(np.log(temperatures).mean()))


def fit_temperature(logarithms: Floats, labels: NDArray[np.int32]) -> float:
    """Return the temperature with the lowest log loss; `logarithms` of probabilities, `[n, k]`."""
    rows = np.arange(len(labels))

    def loss(log_inverse: float) -> float:
        scaled = exp(log_inverse) * logarithms
        largest = scaled.max(axis=1)
        total = np.log(np.exp(scaled - largest[:, None]).sum(axis=1)) + largest
        return float((total - scaled[rows, labels]).mean())

    end = float(np.log(LARGEST))
    found = minimize_scalar(loss, bounds=(-end, end), method="bounded", options={"xatol": 1e-6})
    return exp(-float(found.x))


def soften(logarithms: Floats, temperature: float) -> Floats:
    """Return the probabilities at a temperature, `[n, k]`; rows sum to 1."""
    scaled = logarithms / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def conformal_sets(predictions: Predictions, coverage: float) -> NDArray[np.bool_]:
    """Return which classes are in the set of each example, `[n, k]`."""
    scores = 1 - predictions.class_probabilities
    own = scores[np.arange(len(scores)), predictions.labels]
    sets = np.empty(scores.shape, dtype=np.bool_)
    for fit, judged in cross_halves(len(scores), predictions.clusters):
        sets[judged] = scores[judged] <= threshold(own[fit], coverage)
    return sets


def threshold(scores: Floats, coverage: float) -> float:
    """Return the ⌈(n + 1) · coverage⌉-th smallest of n scores; infinite where there are too few."""
    # 100 · 0.99 is 99 but for rounding, which must not raise the rank.
    rank = ceil((len(scores) + 1) * coverage - 1e-9)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else inf


def set_metrics(coverage: float) -> tuple[Metric, Metric]:
    """Return the measures of the sets made for this coverage: mean size, and share that is right.

    The interval of the share takes the thresholds as they are.
    """

    def covered(predictions: Predictions) -> Floats:
        sets = conformal_sets(predictions, coverage)
        return np.asarray(sets[np.arange(len(sets)), predictions.labels], dtype=np.float64)

    return (
        Metric(
            name="set_size",
            title="Mean size of the conformal sets",
            compute=lambda predictions: float(_sizes(predictions, coverage).mean()),
            influence=lambda predictions: _size_influence(
                predictions, coverage, covered(predictions)
            ),
            higher_is_better=False,
            bounds=(0.0, None),
            source="Sadinle et al. 2019",
        ),
        Metric(
            name="set_coverage",
            title="Coverage of the conformal sets",
            compute=lambda predictions: float(covered(predictions).mean()),
            influence=lambda predictions: mean_influence(covered(predictions)),
            format="percent",
            difference_format="points",
            source="Vovk et al. 2005",
        ),
    )


def _sizes(predictions: Predictions, coverage: float) -> Floats:
    return np.asarray(conformal_sets(predictions, coverage).sum(axis=1), dtype=np.float64)


def _size_influence(predictions: Predictions, coverage: float, covered: Floats) -> Floats:
    """Return the influence values of the mean size, `[n]`.

    An example counts with the size of its own set and moves the threshold of the others: one more
    example outside its set raises their coverage, and with it their size by d size / d coverage,
    which is taken between the coverages two standard errors below and above.
    """
    scores = 1 - predictions.class_probabilities
    count = len(scores)
    own = np.sort(scores[np.arange(count), predictions.labels])
    margin = max(1, round(2 * np.sqrt(count * coverage * (1 - coverage))))
    rank = round(coverage * count)
    ends = own[max(rank - margin, 1) - 1], own[min(rank + margin, count) - 1]
    size = [float((scores <= end).sum()) for end in ends]
    within = [float((own <= end).sum()) for end in ends]
    slope = (size[1] - size[0]) / max(within[1] - within[0], 1.0)
    values = mean_influence(_sizes(predictions, coverage))
    return np.asarray(values - slope * mean_influence(covered))
