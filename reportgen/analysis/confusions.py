"""Two models' confusion matrices: their difference, and the cells that differ beyond chance."""

from __future__ import annotations

import numpy as np

from reportgen.analysis.facts import ConfusionCell
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.prediction_arrays import Counts, Floats, PredictionArrays
from reportgen.analysis.significance import adjust_holm, exact_mcnemar_tests


def compare_confusions(
    inputs: AnalysisInputs, first: int, second: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[ConfusionCell, ...]]:
    """Return first minus second, summed over seeds, and the cells that differ beyond chance.

    Of the model with more seeds the first ones count, as many as the other has.
    """
    count = _count_seeds(inputs.predictions, first, second)
    sums = [inputs.scores[model].matrices[:count].sum(axis=0) for model in (first, second)]
    adjusted = find_p_values(inputs, first, second)
    beyond = tuple(
        ConfusionCell(
            true=true,
            predicted=predicted,
            first=int(sums[0][true, predicted]),
            second=int(sums[1][true, predicted]),
            p_value=float(adjusted[true, predicted]),
        )
        for true, predicted in np.argwhere(adjusted < 1 - inputs.level).tolist()
    )
    return tuple(map(tuple, (sums[0] - sums[1]).tolist())), beyond


def find_p_values(inputs: AnalysisInputs, first: int, second: int) -> Floats:
    """Return the Holm-adjusted p-value of each cell, `[classes, classes]`.

    An example of the true class counts for a model where more of that model's seeds than of the
    other's predict the class of the cell. These counts are tested with the exact sign test (Conover
    1999, Practical Nonparametric Statistics, ch. 3.4), which for one seed is McNemar's. It needs
    as many seeds of either model: of two equal models the one with more seeds would else be more
    often the one of which at least one seed predicts the class.
    """
    more, fewer = _count_examples(inputs.predictions, first, second)
    tests = exact_mcnemar_tests(more, fewer)
    return np.array(adjust_holm(tests.ravel().tolist())).reshape(more.shape)


def _count_seeds(predictions: PredictionArrays, first: int, second: int) -> int:
    return min(len(predictions.predicted[first]), len(predictions.predicted[second]))


def _count_examples(
    predictions: PredictionArrays, first: int, second: int
) -> tuple[Counts, Counts]:
    """Return for how many examples of each cell either model has more seeds that predict it."""
    seeds = _count_seeds(predictions, first, second)
    one, other = (predictions.predicted[model][:seeds] for model in (first, second))
    count, size = predictions.classes, len(predictions.labels)
    named = np.concatenate([one, other]) + count * np.arange(size)
    weight = np.repeat([1, -1], [one.size, other.size])
    places, position = np.unique(named.ravel(), return_inverse=True)
    difference = np.bincount(position, weight)
    cells = predictions.labels[places // count].astype(np.int64) * count + places % count
    shape = (count, count)
    more, fewer = (
        np.bincount(cells[chosen], minlength=count * count).reshape(shape)
        for chosen in (difference > 0, difference < 0)
    )
    return more, fewer
