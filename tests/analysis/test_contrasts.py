"""Contrasts of models against brute force, known methods and simulation."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy.stats import norm, t, ttest_1samp, ttest_ind
from threadpoolctl import threadpool_limits

from reportgen.analysis.contrasts import Contrast, contrast, estimate_accuracy, from_covariance
from reportgen.analysis.significance import exact_mcnemar
from tests.support.predictions import draw_correct

DRAWS = 500


def test_variances_equal_brute_force() -> None:
    """Sampling, seeds and overlap are what plain loops over runs and examples give."""
    correct = draw_correct(np.random.default_rng(1), (0.8, 0.7, 0.6), 3, 200, 0.3)
    found = contrast(estimate_accuracy(correct), [1.0, -1.0, 0.0])
    n, seeds = 200, 3
    differences = correct[0].mean(axis=0) - correct[1].mean(axis=0)
    sampling = differences.var() / n + 2 / n**2
    parts = [np.var(run.mean(axis=1), ddof=1) / seeds for run in correct[:2]]
    between, overlap = sum(parts), 0.0
    for runs in correct[:2]:
        covariance = np.cov(runs, bias=True) / n
        shared = np.mean([covariance[i, j] for i in range(3) for j in range(3) if i != j])
        overlap += (np.trace(covariance) / 3 - shared) / seeds
    variance = sampling + max(between - overlap, 0)
    assert found.value == pytest.approx(differences.mean(), abs=1e-12)
    assert found.sampling == pytest.approx(sampling, abs=1e-12)
    assert found.variance == pytest.approx(variance, abs=1e-12)
    assert between < variance
    welch = 2 * between**2 / (parts[0] ** 2 + parts[1] ** 2)
    share = between / variance
    degrees = 1 / (share**1.5 / welch + (1 - share) / (n - 1))
    assert found.degrees_of_freedom == pytest.approx(degrees, rel=1e-9)
    assert found.p_value == pytest.approx(
        2 * t.sf(abs(found.value) / sqrt(variance), degrees), abs=1e-9
    )
    interval = found.interval(0.95)
    half = t.ppf(0.975, degrees) * sqrt(variance)
    assert (interval.low, interval.high) == pytest.approx((found.value - half, found.value + half))


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_seeds_alone_give_welchs_test(seeds: int) -> None:
    """Where test sampling adds nothing, it is Welch's t test of the two models' runs."""
    one, other = np.random.default_rng(seeds).normal(
        [[0.90], [0.91]], [[0.004], [0.01]], (2, seeds)
    )
    runs = 2 * seeds
    estimates = from_covariance(
        np.concatenate([one, other]), np.zeros((runs, runs)), (seeds, seeds), 10**9
    )
    found, welch = contrast(estimates, [1.0, -1.0]), ttest_ind(one, other, equal_var=False)
    assert found.p_value == pytest.approx(welch.pvalue, abs=1e-6)
    assert found.degrees_of_freedom == pytest.approx(welch.df, rel=1e-6)


@pytest.mark.parametrize("seeds", [2, 3, 10])
def test_a_deterministic_rival_gives_the_t_test_of_one_sample(seeds: int) -> None:
    """Where test sampling adds nothing, the runs are compared with a number that is known."""
    values = np.r_[np.random.default_rng(8).normal(0.9, 0.01, seeds), 0.895]
    zero = np.zeros((seeds + 1, seeds + 1))
    estimates = from_covariance(values, zero, (seeds, 1), 10**9)
    estimates = replace(estimates, deterministic=frozenset({1}))
    found = contrast(estimates, [1.0, -1.0])
    known = ttest_1samp(values[:-1], 0.895)
    assert found.degrees_of_freedom == pytest.approx(known.df, rel=1e-6)
    assert found.p_value == pytest.approx(known.pvalue, rel=1e-4)


def test_two_deterministic_models_differ_by_the_test_sample_alone() -> None:
    """Nothing is unknown of other seeds; the contrast is that of two single runs."""
    correct = draw_correct(np.random.default_rng(4), (0.9, 0.85), 1, 300)
    fixed = estimate_accuracy(correct, frozenset({0, 1}))
    assert contrast(fixed, [1.0, -1.0]) == contrast(estimate_accuracy(correct), [1.0, -1.0])


def test_test_sample_alone_gives_its_own_degrees_of_freedom() -> None:
    """Where all runs of a model agree, only the test examples count, and they always do."""
    runs = draw_correct(np.random.default_rng(3), (0.9, 0.8), 1, 300).repeat(3, axis=1)
    found = contrast(estimate_accuracy(runs), [1.0, -1.0])
    assert found.variance == found.sampling > 0
    assert found.degrees_of_freedom == 299


def test_more_seeds_of_one_model_alone_add_no_degrees_of_freedom() -> None:
    """Each model counts as if it had as few seeds as the one with the fewest."""
    random, zero = np.random.default_rng(6), np.zeros((13, 13))
    few, many = random.normal(0.9, 0.01, 3), random.normal(0.9, 0.01, 10)
    found = contrast(from_covariance(np.r_[few, many], zero, (3, 10), 10**9), [1.0, -1.0])
    parts = few.var(ddof=1) / 3, many.var(ddof=1) / 10
    assert found.degrees_of_freedom == pytest.approx(
        2 * sum(parts) ** 2 / (parts[0] ** 2 + parts[1] ** 2)
    )


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_p_value_and_interval_agree(seeds: int) -> None:
    """The p-value is below 1 − level exactly where the interval excludes 0."""
    random = np.random.default_rng(seeds)
    seen = set()
    for _ in range(150):
        correct = draw_correct(random, (0.9, 0.85), seeds, 300, 0.05)
        found = contrast(estimate_accuracy(correct), [1.0, -1.0])
        interval = found.interval(0.95)
        excludes = interval.low > 0 or interval.high < 0
        assert excludes == (found.p_value < 0.05)
        seen.add(excludes)
    assert seen == {True, False}


def compare_one_seed(n: int, b: int, c: int) -> Contrast:
    """Compare two models, of which the first alone is right on `b` examples, the second on `c`."""
    first, second = np.ones((2, n), dtype=bool)
    second[:b], first[b : b + c] = False, False
    return contrast(estimate_accuracy(np.stack([first, second])[:, None]), [1.0, -1.0])


@pytest.mark.parametrize(("b", "c"), [(10, 2), (9, 2), (25, 10), (60, 41), (6, 0), (5, 0)])
def test_one_seed_agrees_with_mcnemar(b: int, c: int) -> None:
    """For one seed the p-value stays near McNemar's exact one."""
    found = compare_one_seed(1000, b, c)
    assert found.p_value == pytest.approx(exact_mcnemar(b, c), rel=0.25)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (3, 1), (12, 30)])
def test_one_seed_is_near_bonett_and_price(b: int, c: int) -> None:
    """For one seed the interval is the adjusted Wald interval but for terms of order 1 / n."""
    n, z = 500, norm.ppf(0.975)
    found = compare_one_seed(n, b, c)
    p1, p2 = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = z * sqrt((p1 + p2 - (p1 - p2) ** 2) / (n + 2))
    interval = found.interval(0.95)
    assert interval.low == pytest.approx(p1 - p2 - half, abs=5e-4)
    assert interval.high == pytest.approx(p1 - p2 + half, abs=5e-4)


def test_variance_over_seeds_widens_the_interval() -> None:
    """With seeds that vary, the whole variance exceeds that of test sampling."""
    correct = draw_correct(np.random.default_rng(4), (0.8, 0.8), 3, 2000, 0.5)
    found = contrast(estimate_accuracy(correct), [1.0, -1.0])
    assert found.variance > 3 * found.sampling
    assert found.degrees_of_freedom < 10


def test_models_that_agree_by_chance_are_not_known_to_be_equal() -> None:
    """Without a single disagreement the interval still has a width."""
    correct = np.ones((2, 1, 200), dtype=bool)
    interval = contrast(estimate_accuracy(correct), [1.0, -1.0]).interval(0.95)
    assert interval.low < -0.01 < 0.01 < interval.high


def test_interval_stays_within_what_a_difference_can_be() -> None:
    """On two examples nothing is known, but a difference lies in [−1, 1]."""
    correct = np.array([[[True, True]], [[False, False]]])
    interval = contrast(estimate_accuracy(correct), [1.0, -1.0]).interval(0.95)
    assert (interval.value, interval.high) == (1.0, 1.0)
    assert interval.low >= -1.0


@pytest.mark.parametrize("counts", [(2, 5), (5, 3)])
def test_models_may_have_different_numbers_of_seeds(counts: tuple[int, int]) -> None:
    """Each model's part of the variance is divided by its own number of seeds."""
    both = draw_correct(np.random.default_rng(8), (0.8, 0.7), 5, 300, 0.4)
    runs = [model[:count] for model, count in zip(both, counts, strict=True)]
    found = contrast(estimate_accuracy(runs), [1.0, -1.0])
    differences = runs[0].mean(axis=0) - runs[1].mean(axis=0)
    between = sum(np.var(run.mean(axis=1), ddof=1) / len(run) for run in runs)
    overlap = 0.0
    for run in runs:
        covariance = np.cov(run, bias=True) / 300
        shared = covariance[~np.eye(len(run), dtype=bool)].mean()
        overlap += (np.trace(covariance) / len(run) - shared) / len(run)
    sampling = differences.var() / 300 + 2 / 300**2
    assert found.value == pytest.approx(differences.mean())
    assert found.sampling == pytest.approx(sampling)
    assert found.variance == pytest.approx(sampling + max(between - overlap, 0))


def test_one_run_of_a_model_leaves_the_test_sample_alone() -> None:
    """Where one model has a single run, the contrast is about the runs as they are."""
    both = draw_correct(np.random.default_rng(9), (0.8, 0.7, 0.9), 3, 300, 0.4)
    found = contrast(estimate_accuracy([both[0], both[1][:1], both[2]]), [1.0, -1.0, 0.0])
    assert found.variance == found.sampling
    assert found.degrees_of_freedom == 299
    # The model with one run does not count here.
    assert (
        contrast(
            estimate_accuracy([both[0], both[1][:1], both[2]]), [1.0, 0.0, -1.0]
        ).degrees_of_freedom
        < 299
    )


def test_any_metric_comes_with_its_covariance() -> None:
    """The variance of a contrast follows from the covariance that is given."""
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]]) * 1e-6
    estimates = from_covariance(np.array([0.91, 0.90]), covariance, (1, 1), 10_000)
    found = contrast(estimates, [1.0, -1.0])
    assert found.value == pytest.approx(0.01)
    assert found.variance == pytest.approx((4 + 9 - 2) * 1e-6 + 2e-8, rel=1e-9)


def test_variances_are_the_same_with_any_number_of_threads() -> None:
    """Machines with other numbers of cores give the same bits, of a long training set too."""
    correct = draw_correct(np.random.default_rng(0), (0.9,), 3, 60_000)
    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            found.append(estimate_accuracy(correct).covariance_of_means.item())
    assert len(set(found)) == 1


def test_minimum_detectable_difference_is_detected_four_times_in_five() -> None:
    """At the minimum detectable difference, the power is 80 %."""
    n, random = 2000, np.random.default_rng(7)
    pilot = contrast(estimate_accuracy(draw_correct(random, (0.9, 0.9), 1, n)), [1.0, -1.0])
    size = pilot.minimum_detectable_difference(0.05)
    found = [
        contrast(
            estimate_accuracy(draw_correct(random, (0.9 + size / 2, 0.9 - size / 2), 1, n)),
            [1.0, -1.0],
        ).p_value
        for _ in range(400)
    ]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.8, abs=0.08)


def test_null_cases_have_the_error_rate_of_one_seed() -> None:
    """With one seed, which varies with nothing, the test has its nominal size."""
    rejected = reject_null_cases((1, 1), (0.0, 0.0))
    assert rejected < 0.05 + 3 * sqrt(0.05 * 0.95 / DRAWS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "spread"),
    [
        ((2, 2), (0.1, 0.1)),
        ((3, 3), (0.1, 0.1)),
        ((3, 3), (0.3, 0.15)),
        ((5, 5), (0.1, 0.1)),
        ((2, 5), (0.05, 0.05)),
    ],
)
def test_null_cases_are_rejected_in_under_five_percent(
    seeds: tuple[int, int], spread: tuple[float, float]
) -> None:
    """Equally accurate models are told apart by accident in fewer than 5 % of simulations."""
    assert reject_null_cases(seeds, spread) < 0.05


@pytest.mark.slow
def test_null_cases_against_a_deterministic_model() -> None:
    """The error rate is the nominal one, which is exceeded where the rival's seeds are left out."""
    random = np.random.default_rng(12)
    rejected = {frozenset({1}): 0, frozenset[int](): 0}
    for _ in range(DRAWS):
        drawn = draw_correct(random, (0.95, 0.95), 3, 2000, (0.15, 0.0))
        for known in rejected:
            estimates = estimate_accuracy([drawn[0], drawn[1][:1]], known)
            rejected[known] += contrast(estimates, [1.0, -1.0]).p_value < 0.05
    counted, left_out = rejected.values()
    assert counted / DRAWS < 0.05 + 3 * sqrt(0.05 * 0.95 / DRAWS) < left_out / DRAWS


def reject_null_cases(seeds: tuple[int, int], spread: tuple[float, float]) -> float:
    """Return how often two models of the same accuracy are called different."""
    random = np.random.default_rng(sum(seeds))
    rejected = []
    for _ in range(DRAWS):
        drawn = draw_correct(random, (0.95, 0.95), max(seeds), 400, spread)
        correct = [runs[:count] for runs, count in zip(drawn, seeds, strict=True)]
        rejected.append(contrast(estimate_accuracy(correct), [1.0, -1.0]).p_value < 0.05)
    return float(np.mean(rejected))
