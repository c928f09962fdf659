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

Where examples come in clusters, such as the rows of one patient, a test set is a sample of
clusters. With g of them, the sum Σᵢ Uᵢ over each takes the place of the influence values of its
examples, times g / (g − 1) in the variance (Liang & Zeger 1986, Biometrika 73, 13-22; Cameron &
Miller 2015, J. Hum. Resour. 50, 317-372), and n − 1 becomes g − 1.

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
from reportgen.analysis.prediction_arrays import Classes, Flags, Floats


@dataclass(frozen=True)
class Estimates:
    """A metric of every run, with its variance over test sets; the runs model by model."""

    values: Floats
    """`[runs]`"""
    variances: Floats
    """Variance of each run over test sets, `[runs]`."""
    covariance_of_means: Floats
    """Covariance over test sets of the models' means over their seeds, `[models, models]`."""
    seeds: tuple[int, ...]
    """How many runs each model has."""
    examples: int
    """Test examples that the metric is computed from."""
    deterministic: frozenset[int] = frozenset()
    """Positions of the models whose one run stands for all seeds, which would give the same."""
    clusters: int | None = None
    """How many clusters the examples are in; None where they are independent."""

    @property
    def independent(self) -> int:
        """How many examples, or clusters of them, are independent of each other."""
        return self.examples if self.clusters is None else self.clusters

    @property
    def by_model(self) -> list[Floats]:
        """The values of each model, `[seeds]`."""
        return _split(self.values, self.seeds)

    def minus(self, other: Estimates) -> Estimates:
        """Return the differences of the same runs on two independent samples of examples.

        Their variances add up.
        """
        return Estimates(
            values=self.values - other.values,
            variances=self.variances + other.variances,
            covariance_of_means=self.covariance_of_means + other.covariance_of_means,
            seeds=self.seeds,
            examples=min(self.examples, other.examples),
            clusters=None
            if self.clusters is other.clusters is None
            else min(self.independent, other.independent),
        )

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
        # The variance of a mean is the mean over all pairs of runs, each with itself included.
        pairs = zip(
            _split(self.variances, self.seeds), self.covariance_of_means.diagonal(), strict=True
        )
        return np.array(
            [
                (own.mean() - of_mean) * len(own) / (len(own) - 1) if len(own) > 1 else np.nan
                for own, of_mean in pairs
            ]
        )


def _split(runs: Floats, seeds: tuple[int, ...]) -> list[Floats]:
    return np.split(runs, np.cumsum(seeds)[:-1])


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
    sampling_degrees: float = inf
    """Degrees of freedom of `sampling`: few where examples come in few clusters."""

    @property
    def p_value(self) -> float:
        """Two-sided p-value for a contrast of 0; below 1 − level where `interval` excludes 0."""
        return float(2 * stdtr(self.degrees_of_freedom, -abs(self.value) / sqrt(self.variance)))

    def interval(self, level: float, largest: float | None = 1.0) -> Difference:
        """Return the t interval that covers test sample and seeds together.

        It ends at ± `largest`, the largest possible contrast; None where there is no largest one.
        """
        half = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * sqrt(self.variance)
        end = inf if largest is None else largest
        low, high = max(self.value - half, -end), min(self.value + half, end)
        return Difference(value=self.value, low=low, high=high)

    def sampling_interval(self, level: float) -> Difference:
        """Return the interval that covers the test sample alone, within [−1, 1].

        It is normal, or by t where examples come in clusters.
        """
        quantile, degrees = (1 + level) / 2, self.sampling_degrees
        ends = ndtri(quantile) if degrees == inf else stdtrit(degrees, quantile)
        half = float(ends) * sqrt(self.sampling)
        low, high = max(self.value - half, -1.0), min(self.value + half, 1.0)
        return Difference(value=self.value, low=low, high=high)

    def minimum_detectable_difference(self, significance: float, power: float = 0.8) -> float:
        """Return the smallest true contrast that a two-sided test finds with this power.

        (t₁₋α⁄₂ + t_power) × standard error (Bloom 1995, Evaluation Review 19, 547-556), at most 1.
        """
        quantiles = stdtrit(self.degrees_of_freedom, [1 - significance / 2, power])
        return min(float(quantiles.sum()) * sqrt(self.variance), 1.0)


@dataclass(frozen=True)
class Measured:
    """A metric of one model's runs, and how much each of n test examples moves it."""

    values: Floats
    """`[seeds]`"""
    variances: Floats
    """Variance of each run over test sets, `[seeds]`."""
    influence: Floats
    """Influence values, mean over the seeds, `[n]`, or of the clusters, `[clusters]`."""
    examples: int
    clusters: int | None


def measure(values: Floats, influence: Floats, clusters: Classes | None = None) -> Measured:
    """Return what is needed of `values`, `[seeds]`, and their influence values, `[seeds, n]`."""
    examples, count = influence.shape[1], None
    if clusters is not None:
        count = int(clusters.max()) + 1
        influence = add_up(influence, clusters, count)
    variances = np.einsum("ij,ij->i", influence, influence) / examples**2
    return Measured(values, variances, influence.mean(axis=0), examples, count)


def add_up(influence: Floats, clusters: Classes, count: int) -> Floats:
    """Return what the examples of each of `count` clusters add to a score, `[seeds, count]`.

    `influence` is `[seeds, n]`. The sums are multiplied by the root of g / (g − 1), for g clusters,
    so that their products are those of the variance.
    """
    sums = np.array([np.bincount(clusters, weights=run, minlength=count) for run in influence])
    return np.asarray(sums * sqrt(count / max(count - 1, 1)))


def combine(models: Sequence[Measured], deterministic: frozenset[int] = frozenset()) -> Estimates:
    """Return a metric of all runs: Cov(θₐ, θ_b) = Σᵢ Uₐᵢ U_bᵢ / n², U being influence values."""
    influence = np.array([model.influence for model in models])
    examples = models[0].examples
    return Estimates(
        values=np.concatenate([model.values for model in models]),
        variances=np.concatenate([model.variances for model in models]),
        # A matrix product is rounded otherwise where BLAS has another number of threads.
        covariance_of_means=np.einsum("ij,kj->ik", influence, influence) / examples**2,
        seeds=tuple(len(model.values) for model in models),
        examples=examples,
        deterministic=deterministic,
        clusters=models[0].clusters,
    )


def estimate_accuracy(
    correct: Sequence[Flags | Floats] | Flags,
    deterministic: frozenset[int] = frozenset(),
    clusters: Classes | None = None,
) -> Estimates:
    """Return the accuracy of all runs from `correct`, `[seeds, n]` of each model.

    Or the mean of any other number in [−1, 1] that each run has for each example. `clusters`:
    number of each example's cluster, `[n]`, where examples are not independent.
    """
    shares = [model.mean(axis=1) for model in correct]
    measured = [
        measure(share, model - share[:, None], clusters)
        for model, share in zip(correct, shares, strict=True)
    ]
    return combine(measured, deterministic)


def from_covariance(
    values: Floats,
    covariance: Floats,
    seeds: tuple[int, ...],
    examples: int,
    clusters: int | None = None,
) -> Estimates:
    """Return a metric of all runs from their covariance over test sets, `[runs, runs]`."""
    starts = np.cumsum((0, *seeds[:-1]))
    sums = np.add.reduceat(np.add.reduceat(covariance, starts, axis=0), starts, axis=1)
    of_means = sums / np.outer(seeds, seeds)
    variances = covariance.diagonal()
    return Estimates(values, variances, of_means, seeds, examples, clusters=clusters)


def difference(estimates: Estimates, first: int, second: int) -> Contrast:
    """Return the first of two models minus the second, by their positions."""
    weights = [0.0] * len(estimates.seeds)
    weights[first], weights[second] = 1.0, -1.0
    return contrast(estimates, weights)


def contrast(estimates: Estimates, weights: Sequence[float]) -> Contrast:
    """Return the contrast with one weight for each model.

    Where a model that counts has one run, its variance over seeds is not known: the contrast is
    then about the runs as they are, with the variance of test sampling alone. A deterministic model
    is left out of that: its variance over seeds is 0.
    """
    each = np.asarray(weights, dtype=np.float64)
    many = max(estimates.independent - 1, 1)
    value = float(each @ estimates.means)
    sampling = _sampling_variance(estimates, each)
    of_sampling = inf if estimates.clusters is None else float(many)
    models = [
        model
        for model, weight in enumerate(each)
        if weight and model not in estimates.deterministic
    ]
    fewest = min((estimates.seeds[model] for model in models), default=1)
    if fewest == 1:
        return Contrast(value, sampling, sampling, float(many), of_sampling)
    shares = np.array([each[model] ** 2 / estimates.seeds[model] for model in models])
    between = shares * estimates.seed_variances[models]
    overlap = shares @ estimates.unshared_variances[models]
    variance = sampling + max(float(between.sum() - overlap), 0.0)
    degrees = _degrees(between, variance, fewest, many)
    return Contrast(value, sampling, variance, degrees, of_sampling)


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
