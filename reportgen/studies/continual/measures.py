"""Accuracies on each task after each task, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reportgen.analysis.contrasts import Estimates, estimate_accuracy
from reportgen.analysis.prediction_arrays import Floats
from reportgen.config.spec import Method
from reportgen.results.evidence import Classes, Evidence
from reportgen.studies.comparing import Compared, Estimate
from reportgen.studies.continual import count_tasks
from reportgen.studies.continual.records import (
    METHODS,
    SHARED,
    ContinualFacts,
    MethodFacts,
    Scenario,
)
from reportgen.studies.estimating import compare, estimate_mean
from reportgen.studies.study import CannotStudy, StudyInputs


@dataclass(frozen=True)
class Outcomes:
    """What one model gets right with one method in one scenario."""

    right: Floats
    """Whether each test example is right, `[stages, seeds, n]`."""
    weights: Floats
    """`[tasks, n]`: the mean of `right` times a row is the accuracy on that task."""

    @property
    def matrix(self) -> Floats:
        """R of each seed, `[seeds, stages, tasks]`."""
        examples = self.right.shape[2]
        return np.asarray(np.einsum("lsn,jn->slj", self.right, self.weights) / examples)

    def average(self) -> Floats:
        """Return what the average accuracy is the mean of, `[seeds, n]`."""
        return np.asarray(self.right[-1] * self.weights.mean(axis=0))

    def transfer(self) -> Floats:
        """Return what backward transfer is the mean of, `[seeds, n]`."""
        before = range(len(self.weights) - 1)
        gains = [(self.right[-1] - self.right[task]) * self.weights[task] for task in before]
        return np.asarray(np.mean(gains, axis=0))

    def forgetting(self) -> Floats:
        """Return what forgetting is the mean of, `[seeds, n]`, with the best stage of each seed."""
        best = self.matrix[:, :-1].argmax(axis=1)  # [seeds, tasks]
        seeds = np.arange(self.right.shape[1])
        losses = [
            (self.right[best[:, task], seeds] - self.right[-1]) * self.weights[task]
            for task in range(len(self.weights) - 1)
        ]
        return np.asarray(np.mean(losses, axis=0))


def measure_continual(given: StudyInputs) -> ContinualFacts:
    """Return the numbers of the study.

    Raises CannotStudy where no network learned tasks, or a task has no test example.
    """
    evidence, level, settings = given.evidence, given.inputs.level, given.settings
    count = count_tasks(settings, evidence.header.dataset)
    slugs = list(given.by_model(evidence.study_runs.get("continual", {})))
    if not slugs:
        raise CannotStudy("it trains networks anew, and there is none that is trained here")
    of_task = evidence.test_labels // settings.classes
    if len(np.unique(of_task)) < count:
        raise CannotStudy("the test set lacks examples of some tasks")
    weights = np.array([(of_task == j) / (of_task == j).mean() for j in range(count)])
    outcomes = {
        (slug, scenario, method): Outcomes(right, weights)
        for slug in slugs
        for method in METHODS
        for scenario, right in _right(evidence, slug, method, settings.classes)
    }
    classes = evidence.header.dataset.classes
    averages = {place: each.average() for place, each in outcomes.items()}
    forgotten = {
        place: each.forgetting() for place, each in outcomes.items() if place[2] != "joint"
    }
    margin = given.inputs.margin
    return ContinualFacts(
        tasks=tuple(
            tuple(classes[start : start + settings.classes])
            for start in range(0, len(classes), settings.classes)
        ),
        epochs=settings.epochs,
        buffer=settings.buffer,
        penalty=settings.penalty,
        models={
            slug: {
                scenario: {
                    method: _describe(outcomes[slug, scenario, method], level, evidence.clusters)
                    for method in METHODS
                }
                for scenario in _scenarios(outcomes, slug)
            }
            for slug in slugs
        },
        pairs=_compare(averages, slugs, margin, level, evidence.clusters, higher_is_better=True),
        forgetting=_compare(
            forgotten, slugs, margin, level, evidence.clusters, higher_is_better=False
        ),
    )


def _scenarios(measured: Iterable[tuple[str, Scenario, Method]], slug: str) -> list[Scenario]:
    """Return the scenarios of a model."""
    return list(dict.fromkeys(scenario for model, scenario, _ in measured if model == slug))


def _right(
    evidence: Evidence, slug: str, method: str, classes: int
) -> Iterator[tuple[Scenario, Floats]]:
    """Yield each scenario with whether each run is right after each stage, `[stages, seeds, n]`."""
    runs, labels = evidence.study_runs["continual"], evidence.test_labels
    seeds = [seed for model, seed in evidence.runs if model == slug]

    def right(variant: str, truth: Classes) -> Floats:
        predicted = [runs[slug, seed, variant] for seed in seeds]
        return np.array([each == truth for each in predicted], dtype=np.float64).swapaxes(0, 1)

    both = np.split(right(method, labels), 2)
    yield "class", both[0]
    yield "task", both[1]
    if (slug, seeds[0], f"{SHARED}{method}") in runs:
        yield "domain", right(f"{SHARED}{method}", labels % classes)


def _describe(found: Outcomes, level: float, clusters: Classes | None) -> MethodFacts:
    def mean(values: Floats, lowest: float = -1.0) -> Estimate:
        return estimate_mean(values, level, clusters, lowest)

    sequential = len(found.right) > 1
    return MethodFacts(
        matrix=tuple(map(tuple, found.matrix.mean(axis=0).tolist())),
        average=mean(found.average(), 0.0),
        transfer=mean(found.transfer()) if sequential else None,
        forgetting=mean(found.forgetting()) if sequential else None,
    )


def _compare(
    measured: Mapping[tuple[str, Scenario, Method], Floats],
    slugs: Sequence[str],
    margin: float,
    level: float,
    clusters: Classes | None,
    higher_is_better: bool,
) -> dict[str, dict[Scenario, dict[str, Compared]]]:
    """Compare all pairs of methods of each model in each scenario, corrected together."""
    methods = list(dict.fromkeys(method for _, _, method in measured))
    estimates: dict[str, Estimates] = {
        f"{slug}/{scenario}": estimate_accuracy(
            [measured[slug, scenario, method] for method in methods], clusters=clusters
        )
        for slug in slugs
        for scenario in _scenarios(measured, slug)
    }
    found = compare(estimates, methods, margin, level, higher_is_better)
    return {
        slug: {scenario: found[f"{slug}/{scenario}"] for scenario in _scenarios(measured, slug)}
        for slug in slugs
    }
