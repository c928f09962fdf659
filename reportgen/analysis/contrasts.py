"""Contrasts of models, with the two sources of their spread: test sample and seeds.

A metric of model m, trained with seed s and evaluated on a random test set, varies with the test
set, which all runs share, and with the seed, which is drawn afresh for every run. That is the
design of multi-reader multi-case studies with readers nested in modalities: examples are cases,
seeds are readers. The variance of a contrast Σₘ cₘ θ̄ₘ of means over S seeds is put together as in
Obuchowski & Rockette (1995), Commun. Statist. Simul. 24, 285-308, with the degrees of freedom of
Hillis (2007), Statist. Med. 26, 596-619:

    sampling  E = wᵀ C w                      C: covariance of the runs' metrics over test sets
    seeds     B = Σₘ cₘ² sₘ² / S              sₘ: sample standard deviation over the seeds
    overlap   R = Σₘ cₘ² (vₘ − uₘ) / S        what B holds of test sampling: mean variance vₘ
                                              less mean covariance uₘ of the runs of one model
    variance  V = E + max(B − R, 0)
    degrees of freedom  V² / (Σₘ (cₘ² sₘ² / S)² / (S − 1) + E² / (n − 1))   (Satterthwaite 1946)

With a single seed, B cannot be estimated and V = E: the comparison is about the two networks as
they were trained, not about others like them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from reportgen.analysis.facts import Difference
from reportgen.analysis.outcomes import Flags, Floats


@dataclass(frozen=True)
class Estimates:
    """A metric of every run, with its covariance over test sets."""

    values: Floats
    """`[models, seeds]`"""
    covariance: Floats
    """`[models, seeds, models, seeds]`"""
    examples: int
    """Test examples behind the covariance."""
    pseudo: bool = False
    """Whether the metric is a share of examples, to which pseudo-examples can be added."""


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of model means and how uncertain it is."""

    value: float
    centre: float
    """Centre of the interval; the value, but for a share of examples pulled slightly to 0."""
    sampling: float
    """Variance from the test sample."""
    variance: float
    """Variance from test sample and seeds together."""
    degrees: float
    """Degrees of freedom of `variance`."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of a contrast of 0; below 1 − level just where `interval` excludes 0."""
        if self.variance <= 0:
            return 1.0 if self.centre == 0 else 0.0
        return float(2 * stdtr(self.degrees, -abs(self.centre) / sqrt(self.variance)))

    def interval(self, level: float) -> Difference:
        """Return the interval that covers test sample and seeds together."""
        return self._spread(float(stdtrit(self.degrees, (1 + level) / 2)) * sqrt(self.variance))

    def _spread(self, half: float) -> Difference:
        return Difference(value=self.value, low=self.centre - half, high=self.centre + half)

    def smallest_detectable(self, significance: float, power: float = 0.8) -> float:
        """Return the smallest true contrast that a two-sided test finds with this power.

        (t₁₋α⁄₂ + t_power) × standard error (Bloom 1995, Evaluation Review 19, 547-556).
        """
        quantiles = stdtrit(self.degrees, [1 - significance / 2, power])
        return float(quantiles.sum()) * sqrt(self.variance)


def estimate_accuracy(correct: Flags) -> Estimates:
    """Return the accuracy of all runs from `correct`, `[models, seeds, n]`."""
    models, seeds, examples = correct.shape
    hits = correct.reshape(-1, examples).astype(np.float64)
    shares = hits.mean(axis=1)
    # The test set is a simple random sample: Var(mean) = (E[xy] − E[x] E[y]) / n.
    covariance = (hits @ hits.T / examples - np.outer(shares, shares)) / examples
    shape = (models, seeds)
    return Estimates(shares.reshape(shape), covariance.reshape(shape * 2), examples, pseudo=True)


def estimate_replicates(values: Floats, replicates: Floats, examples: int) -> Estimates:
    """Return any metric, `[models, seeds]`, with the covariance of its bootstrap replicates,
    `[resamples, models, seeds]`.
    """
    flat = replicates.reshape(len(replicates), -1)
    covariance = np.atleast_2d(np.cov(flat, rowvar=False))
    return Estimates(values, covariance.reshape(values.shape * 2), examples)


def contrast(estimates: Estimates, weights: Sequence[float]) -> Contrast:
    """Return the contrast with one weight for each model."""
    seeds = estimates.values.shape[1]
    each = np.asarray(weights, dtype=np.float64)
    value = float(each @ estimates.values.mean(axis=1))
    centre, sampling = _sampling(estimates, each, value)
    if seeds == 1:
        return Contrast(value, centre, sampling, sampling, float(estimates.examples - 1))
    between = each**2 * estimates.values.var(axis=1, ddof=1) / seeds
    overlap = each**2 * _unshared_variances(estimates) / seeds
    variance = sampling + max(float((between - overlap).sum()), 0.0)
    noise = (between**2).sum() / (seeds - 1) + sampling**2 / (estimates.examples - 1)
    degrees = variance**2 / noise if noise > 0 else float(estimates.examples - 1)
    return Contrast(value, centre, sampling, variance, float(degrees))


def _sampling(estimates: Estimates, each: Floats, value: float) -> tuple[float, float]:
    """Return centre and variance from test sampling.

    For a share of examples, two examples that speak for and against are added, as Bonett & Price
    (2012), J. Educ. Behav. Statist. 37, 479-488, do for paired proportions: without them, models
    that happen to agree on all examples would be known to be equal.
    """
    weights = np.repeat(each, estimates.values.shape[1]) / estimates.values.shape[1]
    covariance = estimates.covariance.reshape(len(weights), -1)
    sampling = float(max(weights @ covariance @ weights, 0.0))
    if not estimates.pseudo:
        return value, sampling
    n, extreme = estimates.examples, float(np.abs(each).max())
    squares = n * n * sampling + n * value**2 + 2 * extreme**2
    centre = n * value / (n + 2)
    return centre, (squares - (n + 2) * centre**2) / (n + 2) ** 2


def _unshared_variances(estimates: Estimates) -> Floats:
    """Return, for each model, mean variance less mean covariance of its runs, `[models]`."""
    models, seeds = estimates.values.shape
    index = np.arange(models)
    blocks = estimates.covariance.transpose(0, 2, 1, 3)[index, index]
    diagonal = np.trace(blocks, axis1=1, axis2=2)
    shared = (blocks.sum(axis=(1, 2)) - diagonal) / (seeds * (seeds - 1))
    return np.asarray(diagonal / seeds - shared)
