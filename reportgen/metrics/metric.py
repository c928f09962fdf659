"""What a metric is: a measure of one run's predictions, with its sampling error.

A metric is one function from `Predictions` to a number. Its sampling error over test sets comes
from its influence values (Hampel 1974, J. Am. Stat. Assoc. 69, 383-393): Uᵢ is how much example i
moves the metric, and for any two runs on the same n examples Cov(θₐ, θ_b) ≈ Σᵢ Uₐᵢ U_bᵢ / n²
(the infinitesimal jackknife, Efron 1982, The Jackknife, the Bootstrap and Other Resampling Plans,
ch. 6). The shipped metrics have influence values in closed form; for others they are estimated by a
jackknife over groups of examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.formatting import FORMATS

Floats = NDArray[np.float64]
Classes = NDArray[np.int32]

GROUPS = 200
"""Groups that the jackknife leaves out, one at a time."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What one run predicted for the examples of one evaluation set.

    Attributes:
        labels: true classes, `[n]`, whole numbers in [0, `class_count`).
        predicted: predicted classes, `[n]`.
        probabilities: class probabilities, `[n, class_count]`, rows sum to 1; None where the run
            has predicted classes alone.
        class_count: number of classes.
        clusters: number of each example's cluster (`data.groups`), `[n]`; None where the examples
            are independent of each other.
    """

    labels: Classes
    predicted: Classes
    probabilities: Floats | None
    class_count: int
    clusters: Classes | None = None

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each prediction is right, `[n]`."""
        return np.equal(self.labels, self.predicted)

    @cached_property
    def class_probabilities(self) -> Floats:
        """The probabilities; raises ValueError where the run has none."""
        if self.probabilities is None:
            raise ValueError("this metric needs class probabilities, and this run has none")
        return self.probabilities

    def select(self, rows: NDArray[np.intp]) -> Predictions:
        """Return the predictions for the examples in `rows`."""
        probabilities = None if self.probabilities is None else self.probabilities[rows]
        clusters = None if self.clusters is None else self.clusters[rows]
        labels, predicted = self.labels[rows], self.predicted[rows]
        return Predictions(labels, predicted, probabilities, self.class_count, clusters)


@dataclass(frozen=True)
class Metric:
    """A registered metric; made with `@metric`.

    Attributes:
        name: how experiment files, results.json and paths call it, such as `balanced_accuracy`.
        title: how tables and prose call it, such as `Balanced accuracy`.
        compute: from predictions to the value.
        influence: from predictions to the influence value of each example, `[n]`; None estimates
            them by a jackknife.
        higher_is_better: the direction.
        needs_probabilities: whether predicted classes alone are not enough.
        bounds: smallest and largest possible value; None where there is none.
        format: how a value is printed, a name in `reportgen.formatting.FORMATS`.
        difference_format: how a difference of two values is printed.
        source: where the definition comes from, for the report.
    """

    name: str
    title: str
    compute: Callable[[Predictions], float]
    influence: Callable[[Predictions], Floats] | None = None
    higher_is_better: bool = True
    needs_probabilities: bool = False
    bounds: tuple[float | None, float | None] = (0.0, 1.0)
    format: str = "score"
    difference_format: str = "signed_score"
    source: str = ""

    @property
    def largest_difference(self) -> float | None:
        """The largest difference of two values; None where there is no largest."""
        low, high = self.bounds
        return None if low is None or high is None else high - low

    def influence_values(self, predictions: Predictions) -> Floats:
        """Return how much each example moves the metric, `[n]`; the mean is 0."""
        if self.influence is not None:
            return self.influence(predictions)
        return jackknife_influence(self.compute, predictions)


def metric(
    title: str,
    *,
    name: str | None = None,
    influence: Callable[[Predictions], Floats] | None = None,
    direction: Literal["higher", "lower"] = "higher",
    needs: Literal["classes", "probabilities"] = "classes",
    bounds: tuple[float | None, float | None] = (0.0, 1.0),
    format: str = "score",  # noqa: A002 - the word that experiment files and templates use
    difference_format: str = "signed_score",
    source: str = "",
) -> Callable[[Callable[[Predictions], float]], Metric]:
    """Make a metric of the function below; its name is the metric's name unless `name` is given.

    Raises ValueError where a format is not one of `reportgen.formatting.FORMATS`.
    """
    for each in (format, difference_format):
        if each not in FORMATS:
            raise ValueError(f"no format is called {each!r}; allowed are {', '.join(FORMATS)}")

    def make(compute: Callable[[Predictions], float]) -> Metric:
        return Metric(
            name=name or compute.__name__,
            title=title,
            compute=compute,
            influence=influence,
            higher_is_better=direction == "higher",
            needs_probabilities=needs == "probabilities",
            bounds=bounds,
            format=format,
            difference_format=difference_format,
            source=source,
        )

    return make


def mean_influence(values: Floats) -> Floats:
    """Return the influence values of the mean of `values`, `[n]`."""
    return np.asarray(values - values.mean())


def jackknife_influence(
    compute: Callable[[Predictions], float], predictions: Predictions
) -> Floats:
    """Estimate influence values by leaving out groups of examples, `[n]`.

    With n/g examples in each of g groups, the pseudo-value of a group is g θ − (g − 1) θ₋ⱼ (Tukey
    1958; Shao & Tu 1995, The Jackknife and Bootstrap, ch. 2.3). Each example of a group gets the
    group's deviation × √(n / (g − 1)), so that Σ U² / n² is the grouped jackknife's variance. All
    runs on the same examples have the same groups, which makes covariances between runs right too.

    Where the examples come in c clusters, a group has c/g whole ones, and the examples of a cluster
    share the deviation × n/c × √((c − 1) / (g − 1)): their sum stands for it in the variance
    (`reportgen.analysis.contrasts`).
    """
    count, clusters = len(predictions.labels), predictions.clusters
    units = count if clusters is None else int(clusters.max()) + 1
    groups = min(GROUPS, units)
    member = np.random.default_rng(0).permutation(units) % groups
    if clusters is not None:
        member = member[clusters]
    without = np.array(
        [compute(predictions.select(np.flatnonzero(member != group))) for group in range(groups)]
    )
    deviations = (groups - 1) * (without.mean() - without)
    if clusters is not None:
        shares = count / (units * np.bincount(clusters)[clusters])
        return np.asarray(deviations[member] * shares * np.sqrt((units - 1) / max(groups - 1, 1)))
    return np.asarray(deviations * np.sqrt(count / max(groups - 1, 1)))[member]
