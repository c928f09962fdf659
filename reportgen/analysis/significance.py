"""Exact tests and the correction for many of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import bdtr

from reportgen.analysis.prediction_arrays import Counts, Floats


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Return McNemar's exact two-sided p-value: a binomial test of the discordant examples.

    2 P(X ≤ min(b, c)) with X ~ Binomial(b + c, ½), at most 1 (McNemar 1947, Psychometrika 12,
    153-157; exact form: Fagerland et al. 2013, BMC Med. Res. Methodol. 13:91).
    """
    return float(exact_mcnemar_tests(np.array([only_first]), np.array([only_second]))[0])


def exact_mcnemar_tests(only_first: Counts, only_second: Counts) -> Floats:
    """Return the p-values of `exact_mcnemar` for arrays of counts of any shape."""
    fewer, both = np.minimum(only_first, only_second), only_first + only_second
    return np.asarray(np.where(both == 0, 1.0, np.minimum(1.0, 2 * bdtr(fewer, both, 0.5))))


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's step-down adjusted p-values (Holm 1979, Scand. J. Statist. 6, 65-70)."""
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = (len(values) - np.arange(len(values))) * values[order]
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]
