"""Intervals against statsmodels, and their coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.intervals import score_interval, wilson_interval
from tests.support.predictions import draw_correct, draw_predictions, make_predictions


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_statsmodels(case: tuple[int, int]) -> None:
    """Both bounds are statsmodels', at the ends too."""
    successes, trials = case
    for level in (0.9, 0.95, 0.99):
        ours = wilson_interval(successes, trials, level)
        low, high = proportion_confint(successes, trials, alpha=1 - level, method="wilson")
        assert ours.low == pytest.approx(low, abs=1e-9)
        assert ours.high == pytest.approx(high, abs=1e-9)


def test_wilson_reaches_the_ends_exactly() -> None:
    """No rounding error moves a bound of 0 or 1, and none lies outside."""
    assert wilson_interval(0, 97, 0.95).low == 0.0
    assert wilson_interval(97, 97, 0.95).high == 1.0


def test_wilson_refuses_no_trials() -> None:
    """There is no share of nothing."""
    with pytest.raises(ValueError, match="at least one trial"):
        wilson_interval(0, 0, 0.95)


def test_score_interval_of_a_plain_share_is_wilsons() -> None:
    """With the variance of a binomial share and many errors, it is Wilson's interval."""
    n, share = 4000, 0.9
    ours = score_interval(share, share * (1 - share) / n, 0.95, examples=n, errors=10**7)
    wilson = wilson_interval(share * n, n, 0.95)
    assert ours.low == pytest.approx(wilson.low, abs=1e-6)
    assert ours.high == pytest.approx(wilson.high, abs=1e-6)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_score_interval_of_a_perfect_model_is_no_point(score: float) -> None:
    """A variance of 0 does not make a score certain."""
    interval = score_interval(score, 0.0, 0.95, examples=200, errors=0)
    assert interval == wilson_interval(score * 200, 200, 0.95)
    assert interval.high - interval.low > 0.01


@pytest.mark.parametrize(("n", "share"), [(100, 0.9), (360, 0.97), (10_000, 0.99)])
def test_wilson_covers_on_average(n: int, share: float) -> None:
    """Over shares near the nominal one, coverage is 95 % ± 1, counted exactly."""
    from scipy.stats import binom

    counts = np.arange(n + 1)
    bounds = [wilson_interval(int(count), n, 0.95) for count in counts]
    lows, highs = (np.array([getattr(each, end) for each in bounds]) for end in ("low", "high"))
    shares = share + np.linspace(-0.5, 0.5, 41) * (1 - share)
    coverage = [binom.pmf(counts, n, p)[(lows <= p) & (p <= highs)].sum() for p in shares]
    assert np.mean(coverage) == pytest.approx(0.95, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "error"), [(1, 0.05), (3, 0.05), (3, 0.02)])
def test_intervals_of_macro_f1_cover(seeds: int, error: float) -> None:
    """Over simulated runs the interval of macro F1 holds the truth in 95 % of cases."""
    random, draws, covered = np.random.default_rng(seeds), 400, 0
    labels = (np.arange(400) % 4).astype(np.int32)
    for _ in range(draws):
        correct = draw_correct(random, (1 - error,), seeds, 400)
        predictions = make_predictions(labels, draw_predictions(random, labels, correct, 4), 4)
        macro = estimate_f1(predictions)[0]
        errors = int((~correct).any(axis=(0, 1)).sum())
        score, variance = float(macro.values.mean()), float(macro.covariance_of_means[0, 0])
        interval = score_interval(score, variance, 0.95, 400, errors)
        # All classes are alike, so that the true F1 of each is the accuracy.
        covered += interval.low <= 1 - error <= interval.high
    assert covered / draws == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / draws))
