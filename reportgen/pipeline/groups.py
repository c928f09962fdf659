"""The groups that a study divides the test examples into, as part of the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Experiment
from reportgen.data.arrays import DataArrays
from reportgen.results.evidence import (
    Classes,
    Evidence,
    GroupedExamples,
    Grouping,
    find_clusters,
)
from reportgen.results.records import Dataset
from reportgen.studies import asked_studies


def add_groups(evidence: Evidence, experiment: Experiment, dataset: Dataset) -> Evidence:
    """Return the evidence with the groups of its test examples, where a study asks for them."""
    found = _divide(experiment, dataset.test_inputs, dataset.test_labels, dataset.test_groups)
    if found is None:
        return evidence
    return replace(evidence.with_header(groupings=found[0]), grouped=found[1])


def _divide(
    experiment: Experiment,
    inputs: NDArray[Any] | None,
    labels: NDArray[np.int32],
    groups: NDArray[np.str_] | None,
) -> tuple[tuple[Grouping, ...], GroupedExamples] | None:
    for study, settings in asked_studies(experiment):
        if study.divide is not None:
            return study.divide(settings, inputs, labels, groups)
    return None


def compare_groups(evidence: Evidence, experiment: Experiment, arrays: DataArrays) -> Iterator[str]:
    """Yield how the groups in a report differ from those of the data."""
    settings = evidence.header.experiment
    tested = find_clusters(settings, arrays.test_groups, arrays.is_drawn)
    sets = {
        "test": (tested, evidence.clusters),
        "training": (arrays.train_clusters, evidence.train_clusters),
    }
    for name, (clusters, carried) in sets.items():
        if not _are_equal(clusters, carried):
            yield f"its groups of dependent {name} examples are not those of the data"
    if evidence.grouped is None:
        return
    inputs = arrays.test_inputs if arrays.are_images else None
    found = _divide(experiment, inputs, arrays.test_labels, arrays.test_groups)
    kept, again = evidence.header.groupings, found[0] if found else ()
    described = [[(each.name, each.names, each.count) for each in side] for side in (kept, again)]
    if described[0] != described[1]:
        yield "its groups of test examples are not those of the data"
        return
    assert found is not None
    for grouping, other, ours, theirs in zip(
        kept, again, evidence.grouped.groups, found[1].groups, strict=True
    ):
        # A measured value may lie at the edge of two groups, where rounding decides.
        count = int((ours != theirs).sum())
        if count > len(ours) // 1000 or not np.allclose(grouping.means, other.means, atol=0.01):
            yield f"{count:,} test examples are in other groups by {grouping.name} than in the data"
    if not np.array_equal(evidence.grouped.shown, found[1].shown):
        yield "the images of its groups are not those of the data"


def _are_equal(one: Classes | None, other: Classes | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
