"""Accuracy in each group of the test examples, the gaps between groups, and models compared.

The gap of a model is the accuracy of its best group minus that of its worst. Which groups these are
is chosen by the same numbers, so the interval is made of intervals for the differences of all pairs
of groups that hold together (Bonferroni, over pairs of groups, divisions and models): the largest
lower end and the largest upper end of these enclose the true gap wherever they all hold (Hochberg &
Tamhane 1987, Multiple Comparison Procedures, ch. 2). Differences of groups are those of independent
samples of test examples; the seeds are the same in both (`analysis/contrasts.py`).

Where test examples come in clusters (`data.groups`), such as the images of one writer, these are
the sample: a writer whose strokes are of all kinds is in several groups, and makes their accuracies
rise and fall together. A group that is one cluster is a given one, as where the data name it: then
the question is about that writer, of whom the examples are an independent sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.contrasts import Estimates, combine, contrast, estimate_accuracy, measure
from reportgen.analysis.facts import Difference
from reportgen.analysis.prediction_arrays import Classes, Flags
from reportgen.results.evidence import GroupedExamples, Grouping
from reportgen.results.records import number_groups
from reportgen.studies.comparing import Compared
from reportgen.studies.estimating import compare, estimate_share
from reportgen.studies.groups.records import ENDS, TITLES, Division, GroupsFacts, ModelGroups
from reportgen.studies.study import CannotStudy, StudyInputs

_ORDINALS = ("", "second ", "third ", "fourth ", "fifth ")

Members = NDArray[np.bool_]
"""Whether each test example belongs to each group, `[groups, n]`."""


def measure_groups(given: StudyInputs) -> GroupsFacts:
    """Return the numbers of the study.

    Raises CannotStudy where the test examples are in no groups.
    """
    grouped, groupings = given.evidence.grouped, given.evidence.header.groupings
    if grouped is None:
        raise CannotStudy(
            "it needs at least two groups of twenty test examples or more, of grey images or named "
            "by the data"
        )
    correct = dict(zip(given.inputs.slugs, given.inputs.predictions.correct, strict=True))
    members = {
        grouping.name: np.arange(grouping.count)[:, None] == of
        for grouping, of in zip(groupings, grouped.groups, strict=True)
    }
    family = len(correct) * sum(len(each) * (len(each) - 1) // 2 for each in members.values())
    clusters = given.inputs.predictions.clusters
    models = {
        name: {
            slug: _describe_model(
                runs, each, find_units(clusters, each), given.inputs.level, family
            )
            for slug, runs in correct.items()
        }
        for name, each in members.items()
    }
    compared = _compare_models(given, correct, members, models)
    titles = {**TITLES, "data": given.experiment.data.groups or TITLES["data"]}
    divisions = {
        grouping.name: Division(
            title=titles[grouping.name],
            labels=label_groups(grouping),
            sizes=tuple(members[grouping.name].sum(axis=1).tolist()),
            means=grouping.means,
            models=models[grouping.name],
            hardest=_hardest(models[grouping.name]),
            pairs=compared[grouping.name],
            best=_best(
                {slug: m.accuracies[m.worst].value for slug, m in models[grouping.name].items()}
            ),
        )
        for grouping in groupings
    }
    gaps = [each.gap for division in divisions.values() for each in division.models.values()]
    return GroupsFacts(
        divisions=divisions,
        overall=_best({slug: float(runs.mean()) for slug, runs in correct.items()}),
        gaps=len(gaps),
        shown_gaps=sum(gap.low > 0 for gap in gaps),
        shown=_shown(groupings, grouped),
    )


def label_groups(grouping: Grouping) -> tuple[str, ...]:
    """Return what the groups are called: `thinnest`, `second thinnest`, …, `thickest`."""
    if grouping.names:
        return grouping.names
    count, (low, high) = grouping.count, ENDS[grouping.name]
    below = [f"{_ORDINALS[place]}{low}" for place in range(count // 2)]
    above = [f"{_ORDINALS[place]}{high}" for place in range(count // 2)]
    return (*below, *(["middle"] if count % 2 else []), *reversed(above))


def find_units(clusters: Classes | None, members: Members) -> Classes | None:
    """Return the number of what is independent within each group, `[n]`; None for each example.

    Those are the clusters; in a group that is one cluster, the examples.
    """
    if clusters is None:
        return None
    units = clusters.copy()
    for own in members:
        if len(np.unique(clusters[own])) == 1:
            units[own] = clusters.max() + 1 + np.flatnonzero(own)
    return units


def _describe_model(
    correct: Flags, members: Members, units: Classes | None, level: float, family: int
) -> ModelGroups:
    values = [float(correct[:, own].mean(axis=1).mean()) for own in members]
    gaps = [subtract_groups(correct, *pair, units) for pair in combinations(members, 2)]
    return ModelGroups(
        accuracies=tuple(
            estimate_share(value, correct[:, own], level, number_groups(units, own))
            for value, own in zip(values, members, strict=True)
        ),
        worst=values.index(min(values)),
        best=values.index(max(values)),
        gap=enclose_gap(gaps, 1 - (1 - level) / family),
    )


def subtract_groups(
    correct: Flags, one: Flags, other: Flags, units: Classes | None = None
) -> Estimates:
    """Return the accuracy in a group minus that in another; `correct` is `[seeds, n]`.

    `one`, `other`: which examples are in each group, `[n]`; `units`: number of what is independent,
    `[n]`, and may be in both groups; None for each example.
    """
    parts = [estimate_accuracy([correct[:, own]]) for own in (one, other)]
    apart = parts[0].minus(parts[1])
    if units is None:
        return apart
    rows = np.flatnonzero(one | other)
    influence = np.zeros((len(correct), len(rows)))
    for own, part, sign in zip((one, other), parts, (1, -1), strict=True):
        residuals = correct[:, own] - part.values[:, None]
        influence[:, own[rows]] += sign * len(rows) / own.sum() * residuals
    measured = measure(apart.values, influence, number_groups(units, rows))
    fewest = min(len(np.unique(units[own])) for own in (one, other))
    return replace(combine([measured]), examples=apart.examples, clusters=fewest)


def enclose_gap(differences: Sequence[Estimates], level: float) -> Difference:
    """Return the gap between the best and the worst group; `level`: of each pair of groups."""
    found = [contrast(each, [1.0]) for each in differences]
    intervals = [each.interval(level) for each in found]
    return Difference(
        value=max(abs(each.value) for each in found),
        low=max(0.0, *(max(each.low, -each.high) for each in intervals)),
        high=max(max(each.high, -each.low) for each in intervals),
    )


def _best(values: Mapping[str, float]) -> str:
    return max(values, key=values.__getitem__)


def _hardest(models: Mapping[str, ModelGroups]) -> int:
    values = [[group.value for group in each.accuracies] for each in models.values()]
    return int(np.mean(values, axis=0).argmin())


def _compare_models(
    given: StudyInputs,
    correct: Mapping[str, Flags],
    members: Mapping[str, Members],
    models: Mapping[str, Mapping[str, ModelGroups]],
) -> dict[str, dict[str, Compared]]:
    """Compare all pairs of models in the hardest group of each division."""
    estimates, inputs = {}, given.inputs
    fixed = inputs.predictions.deterministic
    for name, groups in members.items():
        own = groups[_hardest(models[name])]
        clusters = number_groups(find_units(inputs.predictions.clusters, groups), own)
        runs = [each[:, own] for each in correct.values()]
        estimates[name] = estimate_accuracy(runs, fixed, clusters)
    return compare(estimates, inputs.slugs, inputs.margin, inputs.level, higher_is_better=True)


def _shown(
    groupings: Sequence[Grouping], grouped: GroupedExamples
) -> dict[str, tuple[tuple[tuple[int, ...], ...], ...]]:
    if not len(grouped.shown):
        return {}
    shown, start = {}, 0
    for grouping in groupings:
        end = start + len(grouping.means)
        if grouping.means:
            shown[grouping.name] = grouped.shown[start:end].tolist()
        start = end
    return shown
