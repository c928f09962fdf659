"""Contrasts of models, with the two sources of their spread: test sample and seeds.

A metric of model m, trained with seed s and evaluated on a random test set, varies with the test
set, which all runs share, and with the seed, which is drawn afresh for every run. That is the
design of multi-reader multi-case studies with readers nested in modalities: examples are cases,
runs are readers. The variance of a contrast Σₘ cₘ θ̄ₘ of means over S seeds is put together as in
Obuchowski & Rockette (1995), Commun. Statist. Simul. 24, 285-308, with degrees of freedom in the
manner of Hillis (2007), Statist. Med. 26, 596-619:

    sampling  E = wᵀ C w + 2 u²          C: covariance of the runs' metrics over test sets
    seeds     B = Σₘ cₘ² sₘ² / S         sₘ: sample standard deviation over the seeds
    overlap   R = Σₘ cₘ² (vₘ − uₘ) / S   what B holds of test sampling: mean variance vₘ less
                                         mean covariance uₘ of the runs of one model
    variance  V = E + max(B − R, 0)
    degrees of freedom  V² / (B² / (S − 1) + E² / (n − 1))     (Satterthwaite 1946)

Three choices keep the error rate below its nominal value, at some cost in power:

- 2 u², with u the weight of one example, adds an example for and one against, as Bonett & Price
  (2012), J. Educ. Behav. Statist. 37, 479-488, do for paired proportions. Without it, models that
  happen to agree on every example would be known to be equal.
- B − R counts only where it is positive: V is never below the variance of test sampling alone.
- B has S − 1 degrees of freedom, as few as any one model gives (Hsu 1938, Statist. Res. Mem. 2,
  1-24), since seeds may matter more to one model than to another.

`python -m benchmarks coverage` shows by simulation what comes of it. With three seeds or more,
fewer than 5 % of null cases are rejected even where one model's seed variance is four times the
other's. With two, up to 6 % are, where the seeds spread several times more than the test sample
does. With one seed, B cannot be estimated and V = E: the comparison is about the networks as they
were trained, not about others like them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from reportgen.analysis.facts import Difference
from reportgen.analysis.prediction_arrays import Flags, Floats


@dataclass(frozen=True)
class Estimates:
    """A metric of every run, with its covariance over test sets."""

    values: Floats
    """`[models, seeds]`"""
    covariance: Floats
    """`[models, seeds, models, seeds]`"""
    examples: int
    """Test examples that the metric is computed from."""


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of model means and how uncertain it is."""

    value: float
    sampling: float
    """Variance from the test sample."""
    variance: float
    """Variance from test sample and seeds together."""
    degrees: float
    """Degrees of freedom of `variance`."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of a contrast of 0: under 1 − level just where `interval` is off 0."""
        return float(2 * stdtr(self.degrees, -abs(self.value) / sqrt(self.variance)))

    def interval(self, level: float, largest: float | None = 1.0) -> Difference:
        """Return the t interval that covers test sample and seeds together.

        It ends at ± `largest`, the largest contrast that there can be; None is none.
        """
        half = float(stdtrit(self.degrees, (1 + level) / 2)) * sqrt(self.variance)
        end = inf if largest is None else largest
        low, high = max(self.value - half, -end), min(self.value + half, end)
        return Difference(value=self.value, low=low, high=high)

    def minimum_detectable_difference(self, significance: float, power: float = 0.8) -> float:
        """Return the smallest true contrast that a two-sided test finds with this power.

        (t₁₋α⁄₂ + t_power) × standard error (Bloom 1995, Evaluation Review 19, 547-556), at most 1.
        """
        quantiles = stdtrit(self.degrees, [1 - significance / 2, power])
        return min(float(quantiles.sum()) * sqrt(self.variance), 1.0)


def estimate_accuracy(correct: Flags) -> Estimates:
    """Return the accuracy of all runs from `correct`, `[models, seeds, n]`."""
    models, seeds, examples = correct.shape
    hits = correct.reshape(-1, examples).astype(np.float64)
    shares = hits.mean(axis=1)
    # The test set is a simple random sample: Cov(x̄, ȳ) = (E[xy] − E[x] E[y]) / n.
    covariance = (hits @ hits.T / examples - np.outer(shares, shares)) / examples
    shape = (models, seeds)
    return Estimates(shares.reshape(shape), covariance.reshape(shape * 2), examples)


def estimate_replicates(values: Floats, replicates: Floats, examples: int) -> Estimates:
    """Return any metric, `[models, seeds]`, with the covariance of its bootstrap replicates.

    `replicates`: `[resamples, models, seeds]`.
    """
    flat = replicates.reshape(len(replicates), -1)
    covariance = np.atleast_2d(np.cov(flat, rowvar=False))
    return Estimates(values, covariance.reshape(values.shape * 2), examples)


def contrast(estimates: Estimates, weights: Sequence[float]) -> Contrast:
    """Return the contrast with one weight for each model."""
    seeds, many = estimates.values.shape[1], max(estimates.examples - 1, 1)
    each = np.asarray(weights, dtype=np.float64)
    value = float(each @ estimates.values.mean(axis=1))
    sampling = _sampling_variance(estimates, each)
    if seeds == 1:
        return Contrast(value, sampling, sampling, float(many))
    between = float(each**2 @ estimates.values.var(axis=1, ddof=1)) / seeds
    overlap = float(each**2 @ _unshared_variances(estimates)) / seeds
    variance = sampling + max(between - overlap, 0.0)
    degrees = variance**2 / (between**2 / (seeds - 1) + sampling**2 / many)
    return Contrast(value, sampling, variance, degrees)


def _sampling_variance(estimates: Estimates, each: Floats) -> float:
    seeds = estimates.values.shape[1]
    weights = np.repeat(each, seeds) / seeds
    covariance = estimates.covariance.reshape(len(weights), -1)
    example = float(np.abs(each).max()) / max(estimates.examples, 1)
    return max(float(weights @ covariance @ weights), 0.0) + 2 * example**2


def _unshared_variances(estimates: Estimates) -> Floats:
    """Return, for each model, mean variance less mean covariance of its runs, `[models]`."""
    models, seeds = estimates.values.shape
    index = np.arange(models)
    blocks = estimates.covariance.transpose(0, 2, 1, 3)[index, index]
    diagonal = np.trace(blocks, axis1=1, axis2=2)
    shared = (blocks.sum(axis=(1, 2)) - diagonal) / (seeds * (seeds - 1))
    return np.asarray(diagonal / seeds - shared)
