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
    RunOutcome,
    RunResult,
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


def reduce_predictions(result: RunResult, test_labels: NDArray[np.int32]) -> RunPredictions:
    """Reduce a run's class probabilities to what a report carries.

    The Brier score of an example is Σₖ (pₖ − yₖ)² (Brier 1950), which lies in [0, 2]; half of it is
    kept, so that it fits the fixed point.
    """
    probabilities = result.probabilities.astype(np.float64)
    rows = np.arange(len(test_labels))
    predicted = probabilities.argmax(axis=1)
    distance = (probabilities**2).sum(axis=1) - 2 * probabilities[rows, test_labels] + 1
    return RunPredictions(
        predicted=predicted.astype(np.int32),
        confidence=_fixed_point(probabilities[rows, predicted]),
        brier=_fixed_point(distance / 2),
        train_predicted=result.train_predictions,
    )


def _fixed_point(values: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.rint(np.clip(values, 0.0, 1.0) * FIXED_POINT).astype(np.uint16)


def collect_evidence(
    version: str,
    experiment: dict[str, Any],
    dataset: Dataset,
    results: Mapping[tuple[str, int], RunResult],
    outcomes: Mapping[tuple[str, int], RunOutcome],
) -> Evidence:
    """Gather the evidence of one build; both mappings are keyed by (model slug, seed)."""
    records = tuple(
        RunRecord(
            model=model,
            seed=seed,
            key=result.key,
            outcome=outcomes[model, seed].outcome,
            spec=result.spec,
            summary=result.summary,
            history=result.history,
            costs=result.costs,
            provenance=result.provenance,
        )
        for (model, seed), result in results.items()
    )
    return Evidence(
        header=EvidenceHeader(
            reportgen=version, experiment=experiment, dataset=dataset.record, runs=records
        ),
        test_labels=dataset.test_labels,
        train_labels=dataset.train_labels,
        runs={
            pair: reduce_predictions(result, dataset.test_labels)
            for pair, result in results.items()
        },
        baselines=dataset.baseline_predictions,
    )
