"""Confidence intervals of one model's metrics: Wilson's, exact or with a metric's variance."""

from __future__ import annotations

from math import exp, sqrt

from scipy.special import ndtri, stdtrit

from reportgen.analysis.facts import Interval


def wilson_interval(successes: float, trials: float, level: float) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson 1927, JASA 22, 209-212).

    Raises ValueError where there are no trials.
    """
    if trials <= 0:
        raise ValueError("a proportion needs at least one trial")
    z = float(ndtri((1 + level) / 2))
    share, shrink = successes / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / shrink
    # At the ends the bound is exactly 0 or 1; rounding must not move it.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low=low, high=high)


def score_interval(
    score: float, variance: float, level: float, examples: int, errors: int
) -> Interval:
    """Return the interval of a score in [0, 1] that is a mean over runs.

    Wilson's interval with the effective number of examples, score (1 − score) / variance, where
    the variance is that of the score over test sets. It is adjusted by (z / t)² for the
    few errors that the variance was estimated from, as Korn & Graubard (1998), Survey Methodology
    24, 193-201, do for survey samples; the sum of squares of `errors` Poisson counts has
    2 × `errors` degrees of freedom. For the accuracy of one run, the effective number is the
    number. Unlike percentiles of a bootstrap, it keeps its coverage near 1 and does not shrink
    to a point where a model makes no error.

    `examples`: the effective number where the variance is 0. `errors`: distinct examples that
    some run gets wrong, as far as the score depends on them.
    """
    binomial = score * (1 - score)
    if variance <= 0 or binomial <= 0:
        return wilson_interval(score * examples, examples, level)
    quantile = (1 + level) / 2
    # Without an error there would be no degree of freedom; t has one at the least.
    shrink = (ndtri(quantile) / stdtrit(max(2 * errors, 1), quantile)) ** 2
    effective = binomial / variance * float(shrink)
    return wilson_interval(score * effective, effective, level)


def bounded_interval(
    value: float,
    variance: float,
    examples: int,
    bounds: tuple[float | None, float | None],
    level: float,
) -> Interval:
    """Return an interval that stays within the metric's bounds.

    Between two bounds it is Wilson's with the effective number of examples, share (1 − share) /
    variance, the value being rescaled to a share. Above a lower bound alone it is symmetric in the
    logarithm of the distance from the bound (delta method), where it does not reach the bound.
    Without bounds it is normal.
    """
    low, high = bounds
    half = float(ndtri((1 + level) / 2)) * sqrt(variance)
    if low is not None and high is not None:
        width = high - low
        share, spread = (value - low) / width, variance / width**2
        effective = share * (1 - share) / spread if spread > 0 else examples
        scaled = wilson_interval(share * max(effective, 1), max(effective, 1), level)
        return Interval(low=low + width * scaled.low, high=low + width * scaled.high)
    if low is None:
        return Interval(low=value - half, high=value + half)
    if half < value - low:
        factor = exp(half / (value - low))
        return Interval(low=low + (value - low) / factor, high=low + (value - low) * factor)
    return Interval(low=low, high=value + half)
