"""Estimates and paired comparisons of models; loads SciPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from reportgen.analysis.comparisons import judge
from reportgen.analysis.contrasts import Contrast, Estimates, contrast
from reportgen.analysis.significance import adjust_holm
from reportgen.studies.comparing import Compared, Estimate


def estimate(estimates: Estimates, place: int, level: float, lowest: float = 0.0) -> Estimate:
    """Return the mean of the model at `place`, with its interval down to `lowest` and up to 1."""
    found = contrast(estimates, _one(len(estimates.seeds), place)).interval(level)
    return Estimate(value=found.value, low=max(found.low, lowest), high=found.high)


def compare(
    estimates: Mapping[str, Estimates],
    slugs: Sequence[str],
    margin: float,
    level: float,
    higher_is_better: bool = False,
) -> dict[tuple[str, str], Compared]:
    """Compare all pairs of models by each of the estimates; Holm's correction over all of them.

    The keys are (pair, name of the estimate).
    """
    found: dict[tuple[str, str], tuple[str, str, Contrast]] = {}
    for one, other in combinations(range(len(slugs)), 2):
        weights = np.array(_one(len(slugs), one)) - _one(len(slugs), other)
        for name, each in estimates.items():
            first, second = slugs[one], slugs[other]
            found[f"{first}--{second}", name] = first, second, contrast(each, weights.tolist())
    adjusted = adjust_holm([each.p_value for _, _, each in found.values()])
    compared = {}
    for (key, (first, second, pair)), p_adjusted in zip(found.items(), adjusted, strict=True):
        difference = pair.interval(level)
        verdict = judge(difference, p_adjusted, margin, level)
        winner = first if (pair.value > 0) == higher_is_better else second
        compared[key] = Compared(
            difference=difference,
            p_value=pair.p_value,
            p_adjusted=p_adjusted,
            verdict=verdict,
            winner=winner if verdict == "better" else None,
        )
    return compared


def _one(count: int, place: int) -> list[float]:
    return [float(place == position) for position in range(count)]
