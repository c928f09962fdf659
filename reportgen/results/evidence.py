"""The evidence of a report: the little that all its numbers can be recomputed from.

A run's class probabilities are reduced to the predicted class, the confidence in it and the Brier
score of each test example, in the precision in which they travel inside the report. The analysis
reads this reduced evidence and nothing else, so whoever holds a report holds all that its numbers
were computed from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.results import records
from reportgen.results.records import (
    SCHEMA,
    Costs,
    Dataset,
    DatasetRecord,
    Epoch,
    ModelSummary,
    Outcome,
    Provenance,
    Record,
    Run,
    RunOutcome,
    RunSpec,
)

FIXED_POINT = 65535
"""Confidences and Brier scores travel as 16-bit fixed-point numbers: multiples of 1/65535."""


class RunRecord(Record):
    """The JSON part of one run's evidence."""

    model: str
    """Slug."""
    seed: int
    key: str
    outcome: Outcome
    spec: RunSpec
    summary: ModelSummary
    history: tuple[Epoch, ...]
    costs: Costs
    provenance: Provenance


class EvidenceHeader(Record):
    """The JSON part of the evidence."""

    schema_version: int = SCHEMA
    reportgen: str
    """Version of reportgen that wrote the report."""
    experiment: dict[str, Any]
    """The effective configuration, every default filled in."""
    dataset: DatasetRecord
    runs: tuple[RunRecord, ...]


@dataclass(frozen=True)
class RunPredictions:
    """What one run predicted."""

    predicted: NDArray[np.int32]
    """Predicted classes on the test set, `[n]`."""
    confidence: NDArray[np.uint16]
    """Probability of the predicted class × 65535, `[n]`."""
    brier: NDArray[np.uint16]
    """Half the squared distance of the probabilities from the one-hot label × 65535, `[n]`."""
    train_predicted: NDArray[np.int32]
    """Predicted classes on the training set, `[n_train]`."""


@dataclass(frozen=True)
class Evidence:
    """All that the numbers of a report are computed from."""

    header: EvidenceHeader
    test_labels: NDArray[np.int32]
    train_labels: NDArray[np.int32]
    runs: Mapping[tuple[str, int], RunPredictions]
    """(model slug, seed) → predictions; the same pairs, in the same order, as `header.runs`."""
    baselines: Mapping[str, NDArray[np.int32]]
    """Baseline slug → predicted classes on the test set."""

    def digest(self) -> str:
        """Return the SHA-256 of all arrays, in a fixed order."""
        total = sha256()
        for array in self._arrays():
            total.update(f"{array.dtype} {array.shape};".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    def _arrays(self) -> Iterator[NDArray[Any]]:
        yield from (self.test_labels, self.train_labels)
        for run in self.runs.values():
            yield from (run.predicted, run.confidence, run.brier, run.train_predicted)
        yield from self.baselines.values()


def reduce_predictions(run: Run, test_labels: NDArray[np.int32]) -> RunPredictions:
    """Reduce a run's class probabilities to what a report carries.

    The Brier score of an example is Σₖ (pₖ − yₖ)² (Brier 1950), which lies in [0, 2]; half of it is
    kept, so that it fits the fixed point.
    """
    test = run.evaluations["test"]
    assert test.probabilities is not None
    probabilities = test.probabilities.astype(np.float64)
    rows = np.arange(len(test_labels))
    distance = (probabilities**2).sum(axis=1) - 2 * probabilities[rows, test_labels] + 1
    return RunPredictions(
        predicted=test.classes,
        confidence=_fixed_point(probabilities[rows, test.classes]),
        brier=_fixed_point(distance / 2),
        train_predicted=run.evaluations["train"].classes,
    )


def _fixed_point(values: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.rint(np.clip(values, 0.0, 1.0) * FIXED_POINT).astype(np.uint16)


def collect_evidence(
    version: str,
    experiment: dict[str, Any],
    dataset: Dataset,
    results: Mapping[tuple[str, int], Run],
    outcomes: Mapping[tuple[str, int], RunOutcome],
) -> Evidence:
    """Gather the evidence of one build; both mappings are keyed by (model slug, seed)."""
    described = tuple(
        _describe_run(model, seed, result.record, outcomes[model, seed].outcome)
        for (model, seed), result in results.items()
    )
    return Evidence(
        header=EvidenceHeader(
            reportgen=version, experiment=experiment, dataset=dataset.record, runs=described
        ),
        test_labels=dataset.test_labels,
        train_labels=dataset.train_labels,
        runs={
            pair: reduce_predictions(result, dataset.test_labels)
            for pair, result in results.items()
        },
        baselines=dataset.baseline_predictions,
    )


def _describe_run(model: str, seed: int, record: records.RunRecord, outcome: Outcome) -> RunRecord:
    assert record.summary is not None
    assert record.costs is not None
    assert record.provenance is not None
    return RunRecord(
        model=model,
        seed=seed,
        key=record.key,
        outcome=outcome,
        spec=record.spec,
        summary=record.summary,
        history=record.history,
        costs=record.costs,
        provenance=record.provenance,
    )
