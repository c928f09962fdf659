"""Contrasts of models, with the two sources of their variance: test sample and seeds.

A metric of model m, trained with seed s and evaluated on a random test set, varies with the test
set, which all runs share, and with the seed, which is drawn afresh for every run. That is the
design of multi-reader multi-case studies with readers nested in modalities: examples are cases,
runs are readers. The variance of a contrast Σₘ cₘ θ̄ₘ of means over Sₘ seeds is put together as in
Obuchowski & Rockette (1995), Commun. Statist. Simul. 24, 285-308:

    sampling  E = wᵀ C w + 2 u²            C: covariance of the runs' metrics over test sets
    seeds     Bₘ = cₘ² sₘ² / Sₘ, B = Σ Bₘ  sₘ: sample standard deviation over the seeds
    overlap   R = Σₘ cₘ² (vₘ − uₘ) / Sₘ    what B holds of test sampling: mean variance vₘ less
                                           mean covariance uₘ of the runs of one model
    variance  V = E + max(B − R, 0)
    degrees of freedom  1 / ν = (B / V)^(3/2) / f + (1 − B / V) / (n − 1)
                              f = (min Sₘ − 1) B² / Σ Bₘ²

B is what is drawn anew for every run, the rest of V what all runs share. f are the degrees of
freedom of Welch (1947), Biometrika 34, 28-35, for models that all have as few seeds as the one with
the fewest. Satterthwaite (1946), Biometrics Bull. 2, 110-114, weights reciprocals of degrees of
freedom by squares of shares in V. Where few seeds happen to agree, B and its weight are then too
small at once, and the error rate exceeds the nominal one. Weighting by the shares themselves, as
Cochran & Cox (1950), Experimental Designs, weight quantiles, costs power where seeds matter little.
The exponent 3/2 lies between the two and was chosen by simulation (docs/statistics.md).

Two choices keep the error rate below its nominal value, at some cost in power:

- 2 u², with u the weight of one example, adds an example for and one against, as Bonett & Price
  (2012), J. Educ. Behav. Statist. 37, 479-488, do for paired proportions. Without it, models that
  happen to agree on every example would be known to be equal.
- B − R counts only where it is positive: V is never below the variance of test sampling alone.

`python -m benchmarks coverage` and `python -m benchmarks null` measure the result. With one seed,
B cannot be estimated and V = E: the comparison is about the networks as they were trained, not
about others like them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from reportgen.analysis.facts import Difference
from reportgen.analysis.prediction_arrays import Flags, Floats


@dataclass(frozen=True)
class Estimates:
    """A metric of every run, with its covariance over test sets; the runs model by model."""

    values: Floats
    """`[runs]`"""
    covariance: Floats
    """`[runs, runs]`"""
    seeds: tuple[int, ...]
    """How many runs each model has."""
    examples: int
    """Test examples that the metric is computed from."""
    deterministic: frozenset[int] = frozenset()
    """Positions of the models that give with every seed what their one run gives."""

    @property
    def by_model(self) -> list[Floats]:
        """The values of each model, `[seeds]`."""
        return np.split(self.values, np.cumsum(self.seeds)[:-1])

    def minus(self, other: Estimates) -> Estimates:
        """Return the differences of the same runs on two independent samples of examples.

        Their covariances add up.
        """
        return Estimates(
            values=self.values - other.values,
            covariance=self.covariance + other.covariance,
            seeds=self.seeds,
            examples=min(self.examples, other.examples),
        )

    def block(self, model: int) -> Floats:
        """Return the covariance of one model's runs, `[seeds, seeds]`."""
        start = sum(self.seeds[:model])
        own = slice(start, start + self.seeds[model])
        return self.covariance[own, own]

    @cached_property
    def means(self) -> Floats:
        """The mean of each model over its seeds, `[models]`."""
        return np.array([values.mean() for values in self.by_model])

    @cached_property
    def seed_variances(self) -> Floats:
        """The variance of each model over its seeds, `[models]`; nan for a single seed."""
        return np.array(
            [values.var(ddof=1) if len(values) > 1 else np.nan for values in self.by_model]
        )

    @cached_property
    def unshared_variances(self) -> Floats:
        """The mean variance less the mean covariance of each model's runs; nan for a single run."""
        blocks = map(self.block, range(len(self.seeds)))
        return np.array(
            [_unshared_variance(block) if len(block) > 1 else np.nan for block in blocks]
        )

    @cached_property
    def covariance_of_means(self) -> Floats:
        """The covariance of the models' means over their seeds, `[models, models]`."""
        starts = np.cumsum((0, *self.seeds[:-1]))
        sums = np.add.reduceat(np.add.reduceat(self.covariance, starts, axis=0), starts, axis=1)
        return np.asarray(sums / np.outer(self.seeds, self.seeds))


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of model means and how uncertain it is."""

    value: float
    sampling: float
    """Variance from the test sample."""
    variance: float
    """Variance from test sample and seeds together."""
    degrees_of_freedom: float
    """Degrees of freedom of `variance`."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value of a contrast of 0: under 1 − level just where `interval` is off 0."""
        return float(2 * stdtr(self.degrees_of_freedom, -abs(self.value) / sqrt(self.variance)))

    def interval(self, level: float, largest: float | None = 1.0) -> Difference:
        """Return the t interval that covers test sample and seeds together.

        It ends at ± `largest`, the largest contrast that there can be; None is none.
        """
        half = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * sqrt(self.variance)
        end = inf if largest is None else largest
        low, high = max(self.value - half, -end), min(self.value + half, end)
        return Difference(value=self.value, low=low, high=high)

    def sampling_interval(self, level: float) -> Difference:
        """Return the normal interval that covers the test sample alone, within [−1, 1]."""
        half = float(ndtri((1 + level) / 2)) * sqrt(self.sampling)
        low, high = max(self.value - half, -1.0), min(self.value + half, 1.0)
        return Difference(value=self.value, low=low, high=high)

    def minimum_detectable_difference(self, significance: float, power: float = 0.8) -> float:
        """Return the smallest true contrast that a two-sided test finds with this power.

        (t₁₋α⁄₂ + t_power) × standard error (Bloom 1995, Evaluation Review 19, 547-556), at most 1.
        """
        quantiles = stdtrit(self.degrees_of_freedom, [1 - significance / 2, power])
        return min(float(quantiles.sum()) * sqrt(self.variance), 1.0)


def estimate_accuracy(
    correct: Sequence[Flags | Floats] | Flags, deterministic: frozenset[int] = frozenset()
) -> Estimates:
    """Return the accuracy of all runs from `correct`, `[seeds, n]` of each model.

    Or the mean of any other number in [−1, 1] that each run has for each example.
    """
    flags = np.concatenate(list(correct)).astype(np.float64)
    examples = flags.shape[1]
    shares = flags.mean(axis=1)
    # The test set is a simple random sample: Cov(x̄, ȳ) = (E[xy] − E[x] E[y]) / n.
    covariance = (flags @ flags.T / examples - np.outer(shares, shares)) / examples
    return Estimates(shares, covariance, tuple(map(len, correct)), examples, deterministic)


def contrast(estimates: Estimates, weights: Sequence[float]) -> Contrast:
    """Return the contrast with one weight for each model.

    Where a model that counts has one run, its variance over seeds is not known: the contrast is
    then about the runs as they are, with the variance of test sampling alone. A deterministic model
    is left out of that: its variance over seeds is 0.
    """
    each = np.asarray(weights, dtype=np.float64)
    many = max(estimates.examples - 1, 1)
    value = float(each @ estimates.means)
    sampling = _sampling_variance(estimates, each)
    models = [
        model
        for model, weight in enumerate(each)
        if weight and model not in estimates.deterministic
    ]
    fewest = min((estimates.seeds[model] for model in models), default=1)
    if fewest == 1:
        return Contrast(value, sampling, sampling, float(many))
    shares = np.array([each[model] ** 2 / estimates.seeds[model] for model in models])
    between = shares * estimates.seed_variances[models]
    overlap = shares @ estimates.unshared_variances[models]
    variance = sampling + max(float(between.sum() - overlap), 0.0)
    return Contrast(value, sampling, variance, _degrees(between, variance, fewest, many))


def _degrees(between: Floats, variance: float, fewest: int, many: int) -> float:
    """Return the degrees of freedom of `variance`; `between`: Bₘ, `[models]`."""
    total = float(between.sum())
    if not total:
        return float(many)
    share = min(total / variance, 1.0)
    seeds = (fewest - 1) * total**2 / float(between @ between)
    return float(1 / (share**1.5 / seeds + (1 - share) / many))


def _sampling_variance(estimates: Estimates, each: Floats) -> float:
    example = float(np.abs(each).max()) / max(estimates.examples, 1)
    return max(float(each @ estimates.covariance_of_means @ each), 0.0) + 2 * example**2


def _unshared_variance(covariance: Floats) -> float:
    """Return the mean variance less the mean covariance of a model's runs."""
    seeds = len(covariance)
    diagonal = float(np.trace(covariance))
    shared = (float(covariance.sum()) - diagonal) / (seeds * (seeds - 1))
    return diagonal / seeds - shared
