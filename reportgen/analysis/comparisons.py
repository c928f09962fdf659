"""Pairs of models on the same test examples: differences, tests and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reportgen.analysis.confusions import compare_confusions
from reportgen.analysis.contrasts import (
    Contrast,
    Estimates,
    contrast,
    estimate_accuracy,
    estimate_replicates,
)
from reportgen.analysis.facts import Difference, Judgement, McNemar, PairFacts
from reportgen.analysis.intervals import Bootstrap, percentile_interval
from reportgen.analysis.metrics import Scores
from reportgen.analysis.outcomes import Flags, Floats, Outcomes
from reportgen.analysis.significance import adjust_holm, exact_mcnemar
from reportgen.config.schema import Analysis

NONE = Difference(value=0.0, low=0.0, high=0.0)


@dataclass(frozen=True)
class Material:
    """What all comparisons of one experiment share."""

    outcomes: Outcomes
    accuracy: Estimates
    macro_f1: Estimates
    class_f1: tuple[Estimates, ...]
    bootstrap: Bootstrap
    settings: Analysis

    @property
    def margin(self) -> float:
        """Differences of accuracy smaller than this share count as none."""
        return self.settings.margin / 100


def gather_material(
    outcomes: Outcomes, scores: Scores, bootstrap: Bootstrap, settings: Analysis
) -> Material:
    """Estimate every metric that is compared, with its covariance over test sets."""
    n = len(outcomes.labels)
    return Material(
        outcomes=outcomes,
        accuracy=estimate_accuracy(outcomes.correct),
        macro_f1=estimate_replicates(scores.macro(scores.f1), bootstrap.macro_f1, n),
        class_f1=tuple(
            estimate_replicates(scores.f1[..., index], bootstrap.f1[..., index], n)
            for index in range(outcomes.classes)
        ),
        bootstrap=bootstrap,
        settings=settings,
    )


def judge(interval: Difference, p_adjusted: float, margin: float, level: float) -> Judgement:
    """Return the verdict on a difference.

    *Equivalent* where the whole interval lies inside ±margin: even a difference that is there is
    too small to count. Otherwise *better* where the difference survives Holm's correction, which
    implies that the interval excludes 0; the reverse does not hold, since the interval is about
    this pair alone and the correction about all pairs. Otherwise *undecided*.
    """
    if -margin < interval.low and interval.high < margin:
        return "equivalent"
    return "better" if p_adjusted < 1 - level else "undecided"


def compare_models(material: Material, keys: Sequence[Sequence[str]]) -> dict[str, PairFacts]:
    """Compare all pairs of models; `keys` holds the run keys of each model, in seed order."""
    pairs = list(combinations(range(len(keys)), 2))
    same = [_are_identical(material.outcomes, keys, pair) for pair in pairs]
    contrasts = [_contrast_pair(material.accuracy, pair) for pair in pairs]
    p_values = [
        1.0 if equal else found.p_value for equal, found in zip(same, contrasts, strict=True)
    ]
    adjusted = adjust_holm(p_values)
    facts = (
        _describe_pair(material, pair, found, equal, p_value, p_adjusted, len(pairs))
        for pair, found, equal, p_value, p_adjusted in zip(
            pairs, contrasts, same, p_values, adjusted, strict=True
        )
    )
    return {f"{pair.first}--{pair.second}": pair for pair in facts}


def _are_identical(
    outcomes: Outcomes, keys: Sequence[Sequence[str]], pair: tuple[int, int]
) -> bool:
    first, second = pair
    return tuple(keys[first]) == tuple(keys[second]) and np.array_equal(
        outcomes.predicted[first], outcomes.predicted[second]
    )


def _weights(models: int, pair: tuple[int, int]) -> list[float]:
    return [float(index == pair[0]) - float(index == pair[1]) for index in range(models)]


def _contrast_pair(estimates: Estimates, pair: tuple[int, int]) -> Contrast:
    return contrast(estimates, _weights(len(estimates.values), pair))


def _describe_pair(
    material: Material,
    pair: tuple[int, int],
    found: Contrast,
    identical: bool,
    p_value: float,
    p_adjusted: float,
    family: int,
) -> PairFacts:
    outcomes, level = material.outcomes, material.settings.level
    first, second = (outcomes.slugs[index] for index in pair)
    interval = NONE if identical else found.interval(level)
    verdict = judge(interval, p_adjusted, material.margin, level)
    cells, beyond = compare_confusions(outcomes, pair, level)
    return PairFacts(
        first=first,
        second=second,
        difference=interval,
        sampling_difference=_resampled(material.bootstrap.accuracy, interval.value, pair, level),
        macro_f1_difference=_interval_of(material.macro_f1, pair, identical, level),
        class_f1_differences=tuple(
            _interval_of(estimates, pair, identical, level) for estimates in material.class_f1
        ),
        mcnemar=compare_seeds(outcomes.correct, outcomes.seeds, pair),
        p_value=p_value,
        p_adjusted=p_adjusted,
        verdict=verdict,
        winner=None if verdict != "better" else first if interval.value > 0 else second,
        smallest_detectable=found.smallest_detectable((1 - level) / family),
        identical=identical,
        confusion_difference=cells,
        cells_beyond_chance=beyond,
    )


def _interval_of(
    estimates: Estimates, pair: tuple[int, int], identical: bool, level: float
) -> Difference:
    return NONE if identical else _contrast_pair(estimates, pair).interval(level)


def _resampled(replicates: Floats, value: float, pair: tuple[int, int], level: float) -> Difference:
    """Paired percentile bootstrap of the difference of two models' means over seeds."""
    means = replicates.mean(axis=2)
    interval = percentile_interval(means[:, pair[0]] - means[:, pair[1]], level)
    return Difference(value=value, low=interval.low, high=interval.high)


def compare_seeds(
    correct: Flags, seeds: Sequence[int], pair: tuple[int, int]
) -> tuple[McNemar, ...]:
    """Return McNemar's test of two models for each seed; `correct`: `[models, seeds, n]`."""
    first, second = correct[pair[0]], correct[pair[1]]
    only_first = (first & ~second).sum(axis=1)
    only_second = (second & ~first).sum(axis=1)
    return tuple(
        McNemar(seed=seed, only_first=b, only_second=c, p_value=exact_mcnemar(b, c))
        for seed, b, c in zip(seeds, only_first.tolist(), only_second.tolist(), strict=True)
    )
