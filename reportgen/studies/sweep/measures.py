"""The numbers of a sweep from what its runs predicted for the held-out examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from pydantic import JsonValue
from scipy.special import ndtri, stdtrit

from reportgen.analysis.contrasts import measure
from reportgen.analysis.phrases import capitalise
from reportgen.analysis.prediction_arrays import Floats
from reportgen.config.configurations import swept_models
from reportgen.config.sweep import Choices, Range
from reportgen.data.subsets import draw_held_out
from reportgen.metrics.metric import Metric, Predictions
from reportgen.results.evidence import Classes, Evidence, SweptModel
from reportgen.results.records import number_groups
from reportgen.studies.comparing import Estimate
from reportgen.studies.study import CannotStudy, StudyInputs
from reportgen.studies.sweep.records import ModelSweep, Ranked, Setting, SweepFacts, Tried
from reportgen.studies.sweep.selection import (
    influence_of,
    predictions_of,
    score,
    score_metric,
    select,
)

MOST_SHOWN = 10
PARTS = 4
"""Parts into which a setting's values are divided where each has few configurations."""


def measure_sweep(given: StudyInputs) -> SweepFacts:
    """Return the numbers of a sweep; raises CannotStudy where there was none."""
    evidence, experiment = given.evidence, given.experiment
    record, settings = evidence.header.sweep, experiment.sweep
    if record is None or settings is None:
        raise CannotStudy("the experiment has no sweep")
    fraction = experiment.training.validation_fraction
    clusters = evidence.train_clusters
    positions = draw_held_out(evidence.train_labels, fraction, settings.seed, clusters)
    held_out = number_groups(clusters, positions)
    metric = score_metric(experiment)
    choices = swept_models(experiment)
    names = {model.slug: model.name for model in experiment.models}
    measured = {}
    for each in record.models:
        labels, count = evidence.train_labels[positions], len(evidence.header.dataset.classes)
        predictions = predictions_of(each.trials, list(evidence.swept[each.model]), labels, count)
        tested = Tested(_tested(evidence, each.model, count), evidence.clusters)
        scored = Scored(each, metric, tuple(predictions), held_out, given.inputs.level)
        measured[each.model] = scored.measure(names[each.model], choices[each.model], tested)
    return SweepFacts(
        design=settings.design,
        metric=metric.title,
        format=metric.format,
        difference_format=metric.difference_format,
        higher_is_better=metric.higher_is_better,
        held_out=len(positions),
        fitted=len(evidence.train_labels) - len(positions),
        seeds=settings.seeds,
        configurations=sum(len(each.trials) for each in record.models),
        runs=sum(len(trial.keys) for each in record.models for trial in each.trials),
        models=measured,
    )


def _tested(evidence: Evidence, slug: str, count: int) -> tuple[Predictions, ...]:
    """Return what the runs of a model predict for the test set."""
    return tuple(
        Predictions(evidence.test_labels, sets["test"].classes, None, count)
        for (model, _), sets in evidence.runs.items()
        if model == slug
    )


@dataclass(frozen=True)
class Tested:
    """What the runs of a model predicted for the test set."""

    predictions: tuple[Predictions, ...]
    clusters: Classes | None
    """Cluster of each test example, `[n]`; None where they are independent."""


@dataclass(frozen=True)
class Scored:
    """The trials of one model with what they predicted."""

    swept: SweptModel
    metric: Metric
    predictions: tuple[tuple[Predictions, ...], ...]
    """Of each trial, one for each seed; none of a trial that failed."""
    clusters: Classes | None
    """Cluster of each held-out example, `[n]`; None where they are independent."""
    level: float

    def measure(self, name: str, choices: dict[str, Choices], tested: Tested) -> ModelSweep:
        """Return the numbers of the model; raises ValueError where all trials failed."""
        scores = [score(self.metric, each) for each in self.predictions]
        place = select(scores, self.metric.higher_is_better)
        on_test = score(self.metric, tested.predictions)
        if place is None or on_test is None:
            raise ValueError(f"the sweep of {name} has no configuration that was trained")
        best = self._rank(scores, place)
        held_out = influence_of(self.metric, self.predictions[place]), self.clusters
        on_both = held_out, (influence_of(self.metric, tested.predictions), tested.clusters)
        trials = self.swept.trials
        return ModelSweep(
            name=name,
            settings=tuple(self._describe(path, each, scores) for path, each in choices.items()),
            trials=tuple(
                Tried(configuration=tuple(trial.values.values()), score=each)
                for trial, each in zip(trials, scores, strict=True)
            ),
            failed=sum(trial.failed for trial in trials),
            best=tuple(best[:MOST_SHOWN]),
            alike=sum(not _is_worse(each.behind, self.metric) for each in best[1:]),
            test=on_test,
            optimism=self._estimate(best[0].score - on_test, *on_both),
        )

    def _rank(self, scores: Sequence[float | None], selected: int) -> list[Ranked]:
        """Return the configurations that have a score, the best first."""
        sign = -1 if self.metric.higher_is_better else 1
        known = [(each, place) for place, each in enumerate(scores) if each is not None]
        best = scores[selected] or 0.0
        return [
            Ranked(
                place=place,
                configuration=tuple(self.swept.trials[place].values.values()),
                score=each,
                behind=None if place == selected else self._behind(each - best, place, selected),
            )
            for each, place in sorted(known, key=lambda pair: (sign * pair[0], pair[1]))
        ]

    def _behind(self, difference: float, place: int, selected: int) -> Estimate:
        """Return how far a score is from the selected one, both on the same examples."""
        one, other = (influence_of(self.metric, self.predictions[p]) for p in (place, selected))
        return self._estimate(difference, (one - other, self.clusters))

    def _estimate(self, value: float, *samples: tuple[Floats, Classes | None]) -> Estimate:
        """Return a value with its interval over examples.

        `samples`: influence values, `[n]`, and clusters of each independent sample.
        """
        # Only the variance is taken from `measure`, so that any value will do.
        measured = [measure(np.zeros(1), values[None], clusters) for values, clusters in samples]
        error = sqrt(sum(float(each.variances[0]) for each in measured))
        degrees = [each.clusters - 1 for each in measured if each.clusters is not None]
        place = 0.5 + self.level / 2
        reach = float(stdtrit(min(degrees), place) if degrees else ndtri(place)) * error
        return Estimate(value=value, low=value - reach, high=value + reach)

    def _describe(self, path: str, choices: Choices, scores: Sequence[float | None]) -> Setting:
        values = [
            (trial.values[path], each)
            for trial, each in zip(self.swept.trials, scores, strict=True)
            if each is not None
        ]
        found = [value for value, _ in values]
        return Setting(
            path=path,
            title=title_of(path),
            scale=_scale_of(choices),
            share=explained_share(_group(found), [each for _, each in values]),
        )


def title_of(path: str) -> str:
    """Return what tables call a setting: `training.learning_rate` is `Learning rate`.

    An option of a model is called as its code calls it.
    """
    start, _, name = path.partition(".")
    if start == "options":
        return name
    return capitalise((name or start).replace("_", " ").replace(".", " "))


def _is_worse(behind: Estimate | None, metric: Metric) -> bool:
    if behind is None:
        return False
    return behind.high < 0 if metric.higher_is_better else behind.low > 0


def _scale_of(choices: Choices) -> Literal["linear", "log", "names"]:
    if isinstance(choices, Range):
        return "log" if choices.log else "linear"
    numbers = [each for each in choices if isinstance(each, int | float)]
    if len(numbers) < len(choices) or any(isinstance(each, bool) for each in choices):
        return "names"
    ordered = sorted(float(each) for each in numbers)
    spread_out = ordered[0] > 0 and ordered[-1] / ordered[0] >= 10
    return "log" if spread_out else "linear"


def _group(values: Sequence[JsonValue]) -> list[int]:
    """Return the group of each value: that of the value itself, or of its quarter of all values.

    Values are divided into quarters where each is tried about once, as in a random design.
    """
    texts = [repr(each) for each in values]
    different = list(dict.fromkeys(texts))
    if 2 * len(different) <= len(values):
        return [different.index(each) for each in texts]
    order = np.argsort(np.argsort([float(str(each)) for each in values], kind="stable"))
    return [int(place) for place in order * PARTS // len(values)]


def explained_share(groups: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the share of the variance of scores that groups account for, corrected for chance.

    ε² = 1 − (SSW / (n − k)) / (SST / (n − 1)), the adjusted R² of a one-way analysis of variance
    (Kelley 1935, Proc. Natl. Acad. Sci. 21, 554-559), at least 0. None where scores do not vary, or
    no group has more than one.
    """
    values, members = np.asarray(scores, dtype=np.float64), np.asarray(groups)
    total, left = ((values - values.mean()) ** 2).sum(), len(values) - len(set(groups))
    if left <= 0 or len(set(groups)) < 2 or total == 0:
        return None
    within = sum(
        ((values[members == each] - values[members == each].mean()) ** 2).sum()
        for each in set(groups)
    )
    return max(0.0, float(1 - (within / left) / (total / (len(values) - 1))))
