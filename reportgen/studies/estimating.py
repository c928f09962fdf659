"""Estimates and paired comparisons of models; loads SciPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

from reportgen.analysis.comparisons import judge
from reportgen.analysis.contrasts import (
    Contrast,
    Estimates,
    contrast,
    difference,
    estimate_accuracy,
)
from reportgen.analysis.intervals import score_interval
from reportgen.analysis.prediction_arrays import Classes, Flags, Floats
from reportgen.analysis.significance import adjust_holm
from reportgen.studies.comparing import Compared, Estimate

Key = TypeVar("Key")


def adjust(found: Mapping[Key, Contrast]) -> dict[Key, float]:
    """Return the p-value of each contrast, with Holm's correction over all of them."""
    adjusted = adjust_holm([each.p_value for each in found.values()])
    return dict(zip(found, adjusted, strict=True))


def estimate_mean(
    values: Floats | Flags, level: float, clusters: Classes | None = None, lowest: float = -1.0
) -> Estimate:
    """Return the mean of `values`, `[seeds, n]`, with its interval down to `lowest` and up to 1."""
    return estimate(estimate_accuracy([values], clusters=clusters), 0, level, lowest)


def estimate(estimates: Estimates, place: int, level: float, lowest: float = 0.0) -> Estimate:
    """Return the mean of the model at `place`, with its interval down to `lowest` and up to 1."""
    weights = np.eye(len(estimates.seeds))[place]
    found = contrast(estimates, weights.tolist()).interval(level)
    return Estimate(value=found.value, low=max(found.low, lowest), high=found.high)


def estimate_share(
    mean: float, values: Floats | Flags, level: float, clusters: Classes | None = None
) -> Estimate:
    """Return `mean`, that of `values`, `[seeds, n]`, each in [0, 1], with its interval.

    `clusters`: number of each example's cluster, `[n]`, where examples are not independent.
    """
    estimates, wrong = estimate_accuracy([values], clusters=clusters), (values < 1).any(axis=0)
    interval = score_interval(
        mean,
        contrast(estimates, [1.0]).variance,
        level,
        examples=estimates.independent,
        errors=int(wrong.sum()) if clusters is None else len(np.unique(clusters[wrong])),
    )
    return Estimate(value=mean, low=interval.low, high=interval.high)


def compare(
    estimates: Mapping[str, Estimates],
    slugs: Sequence[str],
    margin: float,
    level: float,
    higher_is_better: bool = False,
) -> dict[str, dict[str, Compared]]:
    """Return name of an estimate → `first--second` → the two models compared by it.

    Holm's correction is over all pairs and estimates.
    """
    found = {
        (name, first, second): difference(each, one, other)
        for (one, first), (other, second) in combinations(enumerate(slugs), 2)
        for name, each in estimates.items()
    }
    adjusted = adjust(found)
    compared: dict[str, dict[str, Compared]] = {name: {} for name in estimates}
    for (name, first, second), pair in found.items():
        interval, p_adjusted = pair.interval(level), adjusted[name, first, second]
        verdict = judge(interval, p_adjusted, margin, level)
        winner = first if (pair.value > 0) == higher_is_better else second
        compared[name][f"{first}--{second}"] = Compared(
            difference=interval,
            p_value=pair.p_value,
            p_adjusted=p_adjusted,
            verdict=verdict,
            winner=winner if verdict == "better" else None,
        )
    return compared


def by_pair(compared: Mapping[str, Mapping[str, Compared]]) -> dict[str, dict[str, Compared]]:
    """Return `first--second` → name of an estimate → what `compare` found."""
    turned: dict[str, dict[str, Compared]] = {}
    for name, pairs in compared.items():
        for pair, each in pairs.items():
            turned.setdefault(pair, {})[name] = each
    return turned
