"""Which configuration a sweep selects: the one with the best score on the held-out examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Experiment
from reportgen.metrics import shipped_metrics
from reportgen.metrics.metric import Metric, Predictions
from reportgen.results.evidence import Classes, Trial


def score_metric(experiment: Experiment) -> Metric:
    """Return the metric that configurations are compared by.

    The primary metric where predicted classes determine it and it is a shipped one, else accuracy.
    """
    metrics = shipped_metrics()
    primary = metrics.get(experiment.analysis.primary)
    if primary is None or primary.needs_probabilities:
        return metrics["accuracy"]
    return primary


def predictions_of(
    trials: Sequence[Trial], classes: Sequence[Classes], labels: Classes, class_count: int
) -> Iterator[tuple[Predictions, ...]]:
    """Yield the predictions of each trial, one for each seed; none of a trial that failed.

    `classes`, `[n]` for each run, are those of the trials that did not fail, `labels` are `[n]`.
    """
    start = 0
    for trial in trials:
        end = start if trial.failed else start + len(trial.keys)
        yield tuple(Predictions(labels, row, None, class_count) for row in classes[start:end])
        start = end


def score(metric: Metric, predictions: Sequence[Predictions]) -> float | None:
    """Return the mean of a metric over seeds; None where there are no predictions."""
    if not predictions:
        return None
    return float(np.mean([metric.compute(each) for each in predictions]))


def select(scores: Sequence[float | None], higher_is_better: bool) -> int | None:
    """Return the place of the best score, the first of equal ones; None where there is none."""
    known = [place for place, each in enumerate(scores) if each is not None]
    sign = -1 if higher_is_better else 1
    return min(known, key=lambda place: sign * (scores[place] or 0.0), default=None)


def influence_of(metric: Metric, predictions: Sequence[Predictions]) -> NDArray[np.float64]:
    """Return how much each example moves a score, `[n]` (`reportgen.metrics.metric`)."""
    return np.asarray(np.mean([metric.influence_values(each) for each in predictions], axis=0))
