"""Class probabilities in one byte each.

Of a row of probabilities, the logarithm r_k = ln(p_max / p_k) of the ratio of the largest to each
other one is kept, on a scale that is fine where both are close and coarse where one is many powers
of ten smaller:

    code k = round(STEPS · √r_k)                            r_k ≤ FINE
             round(STEPS · √FINE · (1 + ln(r_k / FINE) / 2))  r_k > FINE, as steep at FINE

The class with the largest probability is not coded: it is the predicted class, which is kept by
itself. Rows that are restored sum to one, and their first largest probability is that of the
predicted class. A confidence p is restored to within p (1 − p) · √ln(p / (1 − p)) / STEPS where two
classes share the probability, less than 0.006, and a p_k of 10⁻⁶ to within 15 % of itself;
p_k = 0 stays 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Classes = NDArray[np.int32]
Floats = NDArray[np.float64]

STEPS = 36
FINE = 8.0
"""Where the scale turns from the root of r to its logarithm: at 0.03 % of the largest."""
ZERO = 255
"""The code of a probability of exactly 0."""
SMALLEST = 254
"""The code of all others below 1e-69 times the largest: log loss clips at 2⁻⁵² = 2.2e-16."""

ORDERED = 10
"""How many of the largest probabilities of a row never tie unless they did before."""

_VALUES = 2**21
"""Probabilities that are processed at a time, to limit the memory for many classes."""


def quantise(probabilities: NDArray[np.floating], classes: Classes) -> Codes:
    """Return the codes of probabilities `[n, classes]`: `[n, classes − 1]`.

    `classes`: the predicted class of each row, `[n]`; its first largest probability. The columns
    are those of the other classes, in their order.
    """
    codes = np.empty((len(classes), probabilities.shape[1] - 1), dtype=np.uint8)
    for part in _parts(probabilities.shape):
        codes[part] = _quantise_rows(probabilities[part].astype(np.float64), classes[part])
    return codes


def _quantise_rows(probabilities: Floats, classes: Classes) -> Codes:
    others = other_classes(probabilities.shape[1], classes)
    largest = probabilities[np.arange(len(classes)), classes]
    with np.errstate(divide="ignore"):
        ratios = np.log(largest)[:, None] - np.log(np.take_along_axis(probabilities, others, 1))
    # A class before the predicted one must not tie with it: the first largest is predicted.
    ratios = np.maximum(ratios, np.where(others < classes[:, None], np.finfo(np.float64).tiny, 0))
    codes = np.rint(to_scale(ratios))
    codes = np.minimum(_keep_order(codes, ratios), SMALLEST)
    return np.where(np.isinf(ratios), ZERO, codes).astype(np.uint8)


def to_scale(ratios: Floats) -> Floats:
    """Return where ratios r are on the scale of the codes."""
    coarse = np.sqrt(FINE) * (1 + np.log(np.maximum(ratios, FINE) / FINE) / 2)
    return STEPS * np.where(ratios <= FINE, np.sqrt(ratios), coarse)


def from_scale(codes: Floats) -> Floats:
    """Return the ratios r of places on the scale."""
    roots = codes / STEPS
    coarse = FINE * np.exp(2 * (np.maximum(roots / np.sqrt(FINE), 1) - 1))
    return np.where(roots <= np.sqrt(FINE), roots**2, coarse)


def _keep_order(codes: Floats, ratios: Floats) -> Floats:
    """Raise codes so that the `ORDERED` largest probabilities of a row differ where they did.

    Otherwise rounding would make ties, which top-k accuracy and the predicted class depend on.
    """
    order = np.argsort(ratios, axis=1, kind="stable")
    ascending = np.take_along_axis(ratios, order, 1)
    rises = ascending > np.pad(ascending[:, :-1], ((0, 0), (1, 0)))
    rank = np.minimum(np.cumsum(rises, axis=1), ORDERED)
    raised = np.maximum.accumulate(np.take_along_axis(codes, order, 1) - rank, axis=1)
    kept = np.empty_like(codes)
    np.put_along_axis(kept, order, np.maximum(raised, 0.0) + rank, 1)
    return kept


def restore(codes: Codes, classes: Classes) -> Floats:
    """Return the probabilities that the codes encode, `[n, classes]`; rows sum to 1."""
    probabilities = np.ones((len(classes), codes.shape[1] + 1))
    ratios = np.exp(-from_scale(np.arange(256.0)))
    ratios[ZERO] = 0.0
    for part in _parts(probabilities.shape):
        rows = probabilities[part]
        others = np.arange(rows.shape[1]) != classes[part, None]
        rows[others] = ratios[codes[part]].ravel()
        rows /= rows.sum(axis=1, keepdims=True)
    return probabilities


def _parts(shape: tuple[int, ...]) -> Iterator[slice]:
    step = max(1, _VALUES // shape[1])
    yield from (slice(start, start + step) for start in range(0, shape[0], step))


def other_classes(count: int, classes: Classes) -> NDArray[np.int64]:
    """Return the classes but the predicted one, in their order, `[n, count − 1]`."""
    columns = np.arange(count - 1)
    return np.asarray(columns + (columns >= classes[:, None]), dtype=np.int64)


ODDS_STEPS, LOWEST_ODDS = 4, -8.0
"""Codes of a confidence by its log-odds alone: a quarter each, from code 0 on."""


def code_odds(log_odds: NDArray[np.floating]) -> Codes:
    """Return the codes of confidences p by their log-odds ln(p / (1 − p)), `[n]`: 1 to 255.

    Code 0 means that there is no prediction; of at most 1,000 classes, the largest probability has
    log-odds of −7 or more.
    """
    steps = np.rint(ODDS_STEPS * (log_odds.astype(np.float64) - LOWEST_ODDS))
    return np.clip(steps, 1, 255).astype(np.uint8)


def restore_odds(codes: Codes) -> Floats:
    """Return the log-odds that codes encode; their order is that of the confidences."""
    return codes / ODDS_STEPS + LOWEST_ODDS
