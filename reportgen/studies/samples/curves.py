"""Learning curves over the number of training examples: interpolated, inverted, crossed.

Between two sizes a model's accuracy is taken to be linear in the logarithm of the number of
examples. An interval of a number of examples holds all numbers at which the accuracies of two
models are not shown to differ, by the contrasts of the rest of the report: the inversion of a test
(Fieller 1954, J. R. Stat. Soc. B 16, 175-185, for ratios).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from reportgen.analysis.contrasts import Contrast, add_up, contrast, from_covariance
from reportgen.analysis.prediction_arrays import Classes, Flags, Floats

GRID = 8
"""Into how many parts each step from size to size is divided to look for the end of an interval."""


@dataclass(frozen=True)
class Curves:
    """The accuracies of all models at all sizes."""

    sizes: tuple[int, ...]
    """Ascending."""
    accuracies: Floats
    """Of each run, model by model, size by size, seed by seed."""
    covariance: Floats
    """Of these accuracies over test sets, `[runs, runs]`."""
    examples: int
    """Test examples."""
    seeds: tuple[int, ...]
    """How many runs each model has at each size."""
    clusters: int | None = None
    """How many clusters the test examples are in; None where they are independent."""

    def mean(self, model: int) -> Floats:
        """Return a model's accuracy at each size, mean over seeds."""
        return np.asarray(
            self.accuracies[self._own(model)].reshape(len(self.sizes), -1).mean(axis=1)
        )

    def weights(self, model: int, examples: float) -> Floats:
        """Return each run's part in a model's accuracy with so many examples, `[seeds, runs]`."""
        places, seeds = np.arange(len(self.sizes)), self.seeds[model]
        place = np.interp(np.log(examples), np.log(self.sizes), places)
        parts = np.maximum(1 - np.abs(places - place), 0)[:, np.newaxis]
        rows = np.zeros((seeds, len(self.accuracies)))
        rows[:, self._own(model)] = (parts * np.eye(seeds)[:, np.newaxis]).reshape(seeds, -1)
        return rows

    def _own(self, model: int) -> slice:
        start, end = (sum(self.seeds[:count]) * len(self.sizes) for count in (model, model + 1))
        return slice(start, end)

    def difference(self, one: int, examples: float, other: int, others: float) -> Contrast:
        """Return the accuracy of `one` with `examples` minus that of `other` with `others`."""
        rows = np.concatenate([self.weights(one, examples), self.weights(other, others)])
        both = from_covariance(
            rows @ self.accuracies,
            rows @ self.covariance @ rows.T,
            (self.seeds[one], self.seeds[other]),
            self.examples,
            self.clusters,
        )
        return contrast(both, [1.0, -1.0])


def make_curves(
    sizes: Sequence[int], correct: Sequence[Sequence[Flags]], clusters: Classes | None = None
) -> Curves:
    """Return the curves of models from `correct`, of each model and size `[seeds, n]`.

    `clusters`: number of each example's cluster, `[n]`, where examples are not independent.
    """
    runs = np.concatenate([flags for model in correct for flags in model])
    examples, count = runs.shape[1], None
    covariance = np.atleast_2d(np.cov(runs, bias=True)) / examples
    if clusters is not None:
        count = int(clusters.max()) + 1
        sums = add_up(runs - runs.mean(axis=1, keepdims=True), clusters, count)
        # Not a matrix product: BLAS rounds it otherwise with another number of threads.
        covariance = np.einsum("ij,kj->ik", sums, sums) / examples**2
    return Curves(
        sizes=tuple(sizes),
        accuracies=runs.mean(axis=1),
        covariance=covariance,
        examples=examples,
        clusters=count,
        seeds=tuple(len(model[0]) for model in correct),
    )


def first_reaching(sizes: Sequence[int], accuracy: Floats, target: float) -> float | None:
    """Return the fewest examples with which a curve reaches `target`; None where it never does.

    0 where it is above the target with the smallest size already.
    """
    if accuracy[0] > target:
        return 0.0
    logs = np.log(sizes)
    for place in range(len(sizes)):
        if accuracy[place] >= target:
            if place == 0 or accuracy[place] == target:
                return float(sizes[place])
            rise = accuracy[place] - accuracy[place - 1]
            share = (target - accuracy[place - 1]) / rise
            return float(np.exp(logs[place - 1] + share * (logs[place] - logs[place - 1])))
    return None


def range_of_equality(
    sizes: Sequence[int],
    difference: Callable[[float], Contrast],
    level: float,
    equal_at: float | None,
    always_more: bool,
) -> tuple[float | None, float | None]:
    """Return the fewest and the most examples at which a difference is not shown; None: no end.

    `equal_at` is where the difference is 0, if anywhere. Where every size shows one, the numbers
    in question are all above the largest size if it is `always_more`, else below the smallest.
    """

    def excess(examples: float) -> float:
        found = difference(examples).interval(level)
        return max(found.low, -found.high)

    logs = np.log(sizes)
    steps = np.arange((len(sizes) - 1) * GRID + 1) / GRID
    grid = np.exp(np.interp(steps, np.arange(len(sizes)), logs))
    # exp(log(n)) is rounded, and may lie outside the sizes.
    grid[[0, -1]] = sizes[0], sizes[-1]
    if equal_at is not None:
        grid = np.sort(np.append(grid, equal_at))
    end = len(grid) - 1
    first = next((place for place in range(end + 1) if excess(grid[place]) <= 0), None)
    if first is None:
        return (float(sizes[-1]), None) if always_more else (None, float(sizes[0]))
    last = next(place for place in range(end, -1, -1) if excess(grid[place]) <= 0)
    low = None if first == 0 else brentq(excess, grid[first - 1], grid[first])
    high = None if last == end else brentq(excess, grid[last], grid[last + 1])
    return low, high
