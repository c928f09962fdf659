"""Pairs of models on the same test examples: differences, tests, a verdict, confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reportgen.analysis.contrasts import Contrast, Estimates, difference
from reportgen.analysis.facts import ConfusionCell, Difference, Judgement, McNemar, PairFacts
from reportgen.analysis.inputs import AnalysisInputs
from reportgen.analysis.prediction_arrays import Counts, Floats, PredictionArrays
from reportgen.analysis.significance import adjust_holm, exact_mcnemar, exact_mcnemar_tests
from reportgen.metrics import Metric

NO_DIFFERENCE = Difference(value=0.0, low=0.0, high=0.0)


@dataclass(frozen=True)
class _Pair:
    """Two models by position, and their difference in the primary metric."""

    first: int
    second: int
    identical: bool
    difference: Contrast

    @property
    def p_value(self) -> float:
        return 1.0 if self.identical else self.difference.p_value


def judge(interval: Difference, p_adjusted: float, margin: float, level: float) -> Judgement:
    """Return the verdict on a difference in the primary metric.

    *Equivalent* where the whole interval lies inside ±margin, whether or not it holds 0: what is
    there is too small to count. (Both bounds inside are the two one-sided tests of Schuirmann 1987,
    J. Pharmacokin. Biopharm. 15, 657-680, at half the usual error rate.) Otherwise *better* where
    the difference survives Holm's correction. Then the interval excludes 0; the reverse does not
    hold, since the interval is about this pair alone and the correction about all pairs of the
    report. Otherwise *undecided*.
    """
    if -margin < interval.low and interval.high < margin:
        return "equivalent"
    return "better" if p_adjusted < 1 - level else "undecided"


def compare_models(
    inputs: AnalysisInputs,
    keys: Sequence[Sequence[str]],
    metric: Metric,
    estimates: Estimates,
) -> dict[str, PairFacts]:
    """Compare all pairs of models by the primary metric.

    `keys` holds the run keys of each model, in seed order; `estimates` the metric of all runs.
    """
    predicted = inputs.predictions.predicted
    pairs = [
        _Pair(
            first,
            second,
            # The same runs: one network, trained in the same way with the same seeds.
            identical=list(keys[first]) == list(keys[second])
            and np.array_equal(predicted[first], predicted[second]),
            difference=difference(estimates, first, second),
        )
        for first, second in combinations(range(len(keys)), 2)
    ]
    adjusted = adjust_holm([pair.p_value for pair in pairs])
    facts = [
        _describe_pair(inputs, pair, p_adjusted, len(pairs), metric)
        for pair, p_adjusted in zip(pairs, adjusted, strict=True)
    ]
    return {f"{pair.first}--{pair.second}": pair for pair in facts}


def mcnemar_by_seed(predictions: PredictionArrays, first: int, second: int) -> tuple[McNemar, ...]:
    """Return McNemar's test for each seed that both models have.

    Models with one run each are compared whatever their seeds are called. None where examples are
    in clusters: the test takes them for independent.
    """
    if predictions.clusters is not None:
        return ()
    seeds = predictions.seeds[first], predictions.seeds[second]
    shared = [(seed, seed) for seed in seeds[0] if seed in seeds[1]]
    if len(seeds[0]) == len(seeds[1]) == 1:
        shared = [(seeds[0][0], seeds[1][0])]
    tests = []
    for one, other in shared:
        first_right = predictions.correct[first][seeds[0].index(one)]
        second_right = predictions.correct[second][seeds[1].index(other)]
        # The two kinds of discordant pairs.
        b, c = int((first_right & ~second_right).sum()), int((second_right & ~first_right).sum())
        tests.append(McNemar(seed=one, only_first=b, only_second=c, p_value=exact_mcnemar(b, c)))
    return tuple(tests)


def _describe_pair(
    inputs: AnalysisInputs, pair: _Pair, p_adjusted: float, family: int, metric: Metric
) -> PairFacts:
    predictions, level = inputs.predictions, inputs.level
    first, second = inputs.slugs[pair.first], inputs.slugs[pair.second]
    found = pair.difference
    interval = NO_DIFFERENCE if pair.identical else found.interval(level, metric.largest_difference)
    verdict = judge(interval, p_adjusted, inputs.margin, level)
    cells, beyond = compare_confusion_matrices(inputs, pair.first, pair.second)
    return PairFacts(
        first=first,
        second=second,
        difference=interval,
        sampling_difference=NO_DIFFERENCE if pair.identical else found.sampling_interval(level),
        macro_f1_difference=_score_difference(inputs.macro_f1, pair, level),
        class_f1_differences=tuple(
            _score_difference(estimates, pair, level) for estimates in inputs.class_f1
        ),
        mcnemar=mcnemar_by_seed(predictions, pair.first, pair.second),
        p_value=pair.p_value,
        p_adjusted=p_adjusted,
        verdict=verdict,
        winner=None
        if verdict != "better"
        else first
        if (interval.value > 0) == metric.higher_is_better
        else second,
        # The level of Holm's first step: a pair that is undecided stays below this size.
        minimum_detectable_difference=found.minimum_detectable_difference((1 - level) / family),
        identical=pair.identical,
        confusion_difference=cells,
        cells_beyond_chance=beyond,
    )


def _score_difference(estimates: Estimates, pair: _Pair, level: float) -> Difference:
    if pair.identical:
        return NO_DIFFERENCE
    return difference(estimates, pair.first, pair.second).interval(level)


def compare_confusion_matrices(
    inputs: AnalysisInputs, first: int, second: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[ConfusionCell, ...]]:
    """Return first minus second, summed over seeds, and the cells that differ beyond chance.

    Of the model with more seeds the first ones count, as many as the other has. Where examples are
    in clusters, no cell is tested: the test takes them for independent.
    """
    count = _count_seeds(inputs.predictions, first, second)
    sums = [inputs.scores[model].matrices[:count].sum(axis=0) for model in (first, second)]
    if inputs.predictions.clusters is not None:
        return tuple(map(tuple, (sums[0] - sums[1]).tolist())), ()
    adjusted = cell_p_values(inputs, first, second)
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


def cell_p_values(inputs: AnalysisInputs, first: int, second: int) -> Floats:
    """Return the Holm-adjusted p-value of each cell, `[classes, classes]`.

    An example of the true class counts for a model where more of that model's seeds than of the
    other's predict the class of the cell. These counts are tested with the exact sign test (Conover
    1999, Practical Nonparametric Statistics, ch. 3.4), which for one seed is McNemar's. It needs
    as many seeds of either model: otherwise, of two equal models, the one with more seeds would
    more often have at least one that predicts the class.
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
    one, other = (predictions.count_votes(model, seeds) for model in (first, second))
    count = predictions.classes
    # Two ascending rows after each other, which a stable sort merges.
    named = np.concatenate([one.places, other.places])
    order = np.argsort(named, kind="stable")
    votes = np.concatenate([one.votes, -other.votes])[order]
    starts = np.flatnonzero(np.diff(named[order], prepend=-1))
    places, difference = named[order][starts], np.add.reduceat(votes, starts)
    cells = predictions.labels[places // count].astype(np.int64) * count + places % count
    shape = (count, count)
    more, fewer = (
        np.bincount(cells[chosen], minlength=count * count).reshape(shape)
        for chosen in (difference > 0, difference < 0)
    )
    return more, fewer
