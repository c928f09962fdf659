"""Two models' confusion matrices: their difference, and the cells that differ beyond chance."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.facts import ConfusionCell
from reportgen.analysis.material import Material
from reportgen.analysis.outcomes import Counts, Flags, Floats, Outcomes
from reportgen.analysis.significance import adjust_holm, exact_mcnemar


def compare_confusions(
    material: Material, first: int, second: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[ConfusionCell, ...]]:
    """Return first minus second, summed over seeds, and the cells that differ beyond chance."""
    sums = material.measured.matrices[[first, second]].sum(axis=1)
    adjusted = find_p_values(material, first, second)
    beyond = tuple(
        ConfusionCell(
            true=true,
            predicted=predicted,
            first=int(sums[0, true, predicted]),
            second=int(sums[1, true, predicted]),
            p_value=float(adjusted[true, predicted]),
        )
        for true, predicted in np.argwhere(adjusted < 1 - material.level).tolist()
    )
    return tuple(map(tuple, (sums[0] - sums[1]).tolist())), beyond


def find_p_values(material: Material, first: int, second: int) -> Floats:
    """Return the Holm-adjusted p-value of each cell, `[classes, classes]`.

    An example of the true class counts for a model where more of that model's seeds than of the
    other's predict the class of the cell. These counts are tested with the exact sign test
    (Conover 1999, Practical Nonparametric Statistics, ch. 3.4), which for one seed is McNemar's.
    """
    votes = material.votes
    more = _sum_by_class(votes[first] > votes[second], material.outcomes)
    fewer = _sum_by_class(votes[first] < votes[second], material.outcomes)
    counts = zip(more.ravel().tolist(), fewer.ravel().tolist(), strict=True)
    tests = [exact_mcnemar(b, c) for b, c in counts]
    return np.array(adjust_holm(tests)).reshape(more.shape)


def _sum_by_class(flags: Flags, outcomes: Outcomes) -> Counts:
    """Return how many examples of each true class are flagged; `flags`: `[n, classes]`."""
    members = outcomes.labels == np.arange(outcomes.classes)[:, None]
    # As floating-point numbers, counts this small are exact and the product is much faster.
    return np.asarray(members.astype(np.float64) @ flags.astype(np.float64)).astype(np.int64)
