"""Two models' confusion matrices: their difference, and the cells that differ beyond chance."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.facts import ConfusionCell
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.prediction_arrays import Counts, Flags, Floats, PredictionArrays
from reportgen.analysis.significance import adjust_holm, exact_mcnemar


def compare_confusions(
    inputs: AnalysisInputs, first: int, second: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[ConfusionCell, ...]]:
    """Return first minus second, summed over seeds, and the cells that differ beyond chance."""
    sums = inputs.scores.matrices[[first, second]].sum(axis=1)
    adjusted = find_p_values(inputs, first, second)
    beyond = tuple(
        ConfusionCell(
            true=true,
            predicted=predicted,
            first=int(sums[0, true, predicted]),
            second=int(sums[1, true, predicted]),
            p_value=float(adjusted[true, predicted]),
        )
        for true, predicted in np.argwhere(adjusted < 1 - inputs.level).tolist()
    )
    return tuple(map(tuple, (sums[0] - sums[1]).tolist())), beyond


def find_p_values(inputs: AnalysisInputs, first: int, second: int) -> Floats:
    """Return the Holm-adjusted p-value of each cell, `[classes, classes]`.

    An example of the true class counts for a model where more of that model's seeds than of the
    other's predict the class of the cell. These counts are tested with the exact sign test
    (Conover 1999, Practical Nonparametric Statistics, ch. 3.4), which for one seed is McNemar's.
    """
    votes = inputs.votes
    more = _sum_by_class(votes[first] > votes[second], inputs.predictions)
    fewer = _sum_by_class(votes[first] < votes[second], inputs.predictions)
    counts = zip(more.ravel().tolist(), fewer.ravel().tolist(), strict=True)
    tests = [exact_mcnemar(b, c) for b, c in counts]
    return np.array(adjust_holm(tests)).reshape(more.shape)


def _sum_by_class(flags: Flags, predictions: PredictionArrays) -> Counts:
    """Return how many examples of each true class are flagged; `flags`: `[n, classes]`."""
    members = predictions.labels == np.arange(predictions.classes)[:, None]
    # As floating-point numbers, counts this small are exact and the product is much faster.
    return np.asarray(members.astype(np.float64) @ flags.astype(np.float64)).astype(np.int64)
