"""Two models' confusion matrices: their difference, and the cells that differ beyond chance."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.facts import ConfusionCell
from reportgen.analysis.outcomes import Counts, Flags, Outcomes
from reportgen.analysis.significance import adjust_holm, exact_mcnemar


def compare_confusions(
    outcomes: Outcomes, pair: tuple[int, int], level: float
) -> tuple[tuple[tuple[int, ...], ...], tuple[ConfusionCell, ...]]:
    """Return first minus second, summed over seeds, and the cells that differ beyond chance.

    In each cell, the examples of the true class on which one model predicts that class with more
    of its seeds than the other are counted for either model, and tested with the exact sign test
    (for one seed: McNemar's). Holm's correction runs over all cells.
    """
    first, second = (_count_votes(outcomes, index) for index in pair)
    sums = [_sum_by_class(votes, outcomes) for votes in (first, second)]
    more, fewer = _sum_by_class(first > second, outcomes), _sum_by_class(first < second, outcomes)
    tests = [
        exact_mcnemar(b, c)
        for b, c in zip(more.ravel().tolist(), fewer.ravel().tolist(), strict=True)
    ]
    adjusted = np.array(adjust_holm(tests)).reshape(more.shape)
    beyond = tuple(
        ConfusionCell(
            true=true,
            predicted=predicted,
            first=int(sums[0][true, predicted]),
            second=int(sums[1][true, predicted]),
            p_value=float(adjusted[true, predicted]),
        )
        for true, predicted in np.argwhere(adjusted < 1 - level).tolist()
    )
    return tuple(map(tuple, (sums[0] - sums[1]).tolist())), beyond


def _count_votes(outcomes: Outcomes, model: int) -> Counts:
    """Return how many seeds predict each class for each example, `[n, classes]`."""
    predicted = outcomes.predicted[model]
    return np.stack([(predicted == index).sum(axis=0) for index in range(outcomes.classes)], axis=1)


def _sum_by_class(votes: Counts | Flags, outcomes: Outcomes) -> Counts:
    """Return the sum of `votes`, `[n, classes]`, over the examples of each true class."""
    members = outcomes.labels == np.arange(outcomes.classes)[:, None]
    return np.asarray(members.astype(np.int64) @ votes.astype(np.int64))
