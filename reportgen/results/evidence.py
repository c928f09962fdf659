"""The evidence of a report: everything that its numbers are computed from, and nothing else.

For every run and evaluation set the evidence contains the labels, the predicted classes and, for
the test set, the class probabilities. The analysis reads only this evidence, in the precision in
which it is stored in the report, so a report contains all that its numbers were computed from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from reportgen.config.registration import CarriedPlan
from reportgen.results.quantisation import quantise, restore
from reportgen.results.records import (
    SCHEMA,
    Dataset,
    DatasetRecord,
    Evaluation,
    Record,
    Run,
    RunRecord,
    number_groups,
)

Classes = NDArray[np.int32]

EXACT_BYTES = 2**21
"""Probabilities that take less than this together, as they are given, are kept unchanged."""


class ModelRun(Record):
    """One run in its place in the experiment."""

    model: str
    """Slug."""
    seed: int
    record: RunRecord


class CustomMetric(Record):
    """A metric of the user's own, as their code computed it when the report was built."""

    reference: str
    """As the experiment file names it, such as `mine.py:my_metric`."""
    name: str
    title: str
    format: str
    difference_format: str
    higher_is_better: bool
    bounds: tuple[float | None, float | None]
    source: str
    digests: dict[str, str]
    """File of the plug-in → its digest."""
    files: dict[str, str] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """File of the plug-in → its text."""
    values: dict[str, tuple[float, ...]]
    """Slug → the value of each run, in the order of the runs."""

    @staticmethod
    def described_by(metric: object) -> dict[str, Any]:
        """Return what this record and `reportgen.metrics.Metric` both state of a metric."""
        names = ("name", "title", "format", "difference_format", "higher_is_better", "bounds")
        return {name: getattr(metric, name) for name in (*names, "source")}


class CustomStudy(Record):
    """A study of the user's own: what its code returned when the report was built."""

    name: str
    """Its table in the experiment file, its place in the facts."""
    reference: str
    """As the experiment file names it, such as `mystudy.py:study`."""
    title: str
    question: str
    section: str
    """The text of its section template; empty where the section is made of claims and figures."""
    digests: dict[str, str]
    """File of the plug-in → its digest."""
    files: dict[str, str]
    """File of the plug-in → its text."""
    result: JsonValue = None
    """Its numbers."""
    claims: tuple[dict[str, JsonValue], ...] = ()
    """Its sentences, as `reportgen.analysis.facts.Claim` is written as JSON."""
    figures: tuple[dict[str, JsonValue], ...] = ()
    """Its figures, as `reportgen.figures.FigureSpec` is written as JSON."""
    left_out: str = ""
    """Why it could not run; empty where it did."""


class ImageSet(Record):
    """Test images that a study changes, for trained networks to classify."""

    name: str
    """Unique within its study."""
    recipe: dict[str, JsonValue]
    """All that determines how the images are changed, besides the images."""


class StudiedSets(Record):
    """Which image sets a study had classified."""

    sets: tuple[ImageSet, ...]
    count: int | None = None
    """How many images each set has; None for one of each position."""
    shown: tuple[str, ...] = ()
    """The sets of which the report shows an image."""
    files: dict[str, str] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """Name of a set that was read from a file → the SHA-256 of the file."""


class Grouping(Record):
    """One way in which the test examples are divided into groups."""

    name: str
    """What is measured, such as `thickness`; `data` for the groups that the data name."""
    names: tuple[str, ...] = ()
    """Of the groups that the data name; empty where a measured quantity is cut into parts."""
    means: tuple[float, ...] = ()
    """Mean of the measured quantity in each group, the lowest first; empty for named groups."""

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.names) or len(self.means)


class StudyRun(Record):
    """A run that a study asked for, beside those of the experiment.

    All else about it follows from the study and the run of the same model and seed.
    """

    model: str
    """Slug."""
    seed: int
    variant: str
    """What was done otherwise, as the study names it."""
    key: str
    sources: dict[str, str] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """Digests of source files that its numbers follow from, besides those of the other run."""


class Trial(Record):
    """One configuration that a sweep tried."""

    values: dict[str, JsonValue]
    """Path of a setting below the model → value."""
    keys: tuple[str, ...]
    """Of its runs, one for each seed."""
    failed: bool = False
    """Whether a run could not be trained, so that the configuration has no score."""


class SweptModel(Record):
    """What a sweep tried of one model."""

    model: str
    """Slug."""
    trials: tuple[Trial, ...]
    """In the order in which they were tried."""

    @property
    def runs(self) -> int:
        """How many runs there are predictions of."""
        return sum(len(trial.keys) for trial in self.trials if not trial.failed)


class SweepRecord(Record):
    """What a sweep tried of all models."""

    data_sha256: str
    """Of the examples that its runs are trained on and those that are held out."""
    models: tuple[SweptModel, ...]


class FailedRun(Record):
    """A run that could not be trained; its model is left out of the report."""

    model: str
    """Name, not slug: the configuration in the report does not contain the model."""
    seed: int


class EvidenceHeader(Record):
    """The JSON part of the evidence."""

    schema_version: int = SCHEMA
    reportgen: str
    """Version of reportgen that wrote the report."""
    experiment: dict[str, Any]
    """The effective configuration, every default filled in."""
    dataset: DatasetRecord
    runs: tuple[ModelRun, ...]
    failed: tuple[FailedRun, ...] = ()
    plan: CarriedPlan | None = None
    """What was planned before the first run, where it was written down."""
    custom_metrics: tuple[CustomMetric, ...] = ()
    custom_studies: tuple[CustomStudy, ...] = ()
    studied: dict[str, StudiedSets] = {}  # noqa: RUF012 - a pydantic field, copied for each record
    """Study → its image sets."""
    groupings: tuple[Grouping, ...] = ()
    """How the test examples are divided into groups."""
    study_runs: dict[str, tuple[StudyRun, ...]] = {}  # noqa: RUF012 - likewise
    """Study → the runs that it asked for."""
    sweep: SweepRecord | None = None
    """None where the settings of all models are those of the experiment file."""
    examined: dict[str, dict[str, tuple[int, ...]]] = {}  # noqa: RUF012 - likewise
    """Study → what it had computed from trained networks: name of each array → its shape."""


@dataclass(frozen=True)
class KeptEvaluation:
    """What one run predicts for one evaluation set, as stored in a report."""

    classes: Classes
    """Predicted classes, `[n]`."""
    stored: NDArray[Any] | None = None
    """Probabilities: float32 or float64 `[n, classes]` as they were given, or uint8
    `[n, classes − 1]` as `quantise` returns them; None where there are none."""

    @property
    def is_rounded(self) -> bool:
        """Whether probabilities are kept in one byte each."""
        return self.stored is not None and self.stored.dtype == np.uint8

    @property
    def probabilities(self) -> NDArray[np.float64] | None:
        """Class probabilities `[n, classes]`, restored at each access; None without any."""
        if self.is_rounded and self.stored is not None:
            return restore(self.stored, self.classes)
        return None if self.stored is None else self.stored.astype(np.float64)


@dataclass(frozen=True)
class StudiedImages:
    """What trained networks predict for the image sets of a study."""

    positions: Classes
    """Which test images were changed: their positions in the test set, `[n]`."""
    predicted: Mapping[tuple[str, int], Classes]
    """(model slug, seed) → predicted classes, `[sets, images]`."""
    shown: NDArray[np.uint8]
    """Images that the report shows, `[shown, channels, height, width]`: the first of each set that
    is shown, or those of the study's gallery."""
    confidence: Mapping[tuple[str, int], NDArray[np.uint8]] = field(default_factory=dict)
    """(model slug, seed) → codes of the confidence (`quantisation.code_odds`), `[sets, images]`;
    empty where it is not kept."""


@dataclass(frozen=True)
class GroupedExamples:
    """To which groups the test examples belong."""

    groups: NDArray[np.uint16]
    """Index of the group of each test example, `[groupings, n]`."""
    shown: NDArray[np.uint8]
    """An image of each group whose quantity is measured, one grouping after the other,
    `[shown, height, width]`."""


@dataclass(frozen=True)
class Evidence:
    """All that the numbers of a report are computed from."""

    header: EvidenceHeader
    labels: Mapping[str, Classes]
    """Evaluation set → true classes, `[n]`: `test` always, `train` where it is known."""
    runs: Mapping[tuple[str, int], Mapping[str, KeptEvaluation]]
    """(model slug, seed) → evaluation set → what was predicted; the pairs of `header.runs`."""
    clusters: Classes | None = None
    """Number of the cluster of each test example, `[n]`: the examples of one (`data.groups`) depend
    on each other. None where each example is independent of all others."""
    train_clusters: Classes | None = None
    """The same of each training example, `[n_train]`."""
    influence: Mapping[tuple[str, str, int], NDArray[np.float32]] = field(default_factory=dict)
    """(custom metric, model slug, seed) → influence value of each test example, `[n]`."""
    studied: Mapping[str, StudiedImages] = field(default_factory=dict)
    """Study → what was predicted for its image sets; the studies of `header.studied`."""
    grouped: GroupedExamples | None = None
    """The groups of `header.groupings`; None where the test examples are not divided."""
    study_runs: Mapping[str, Mapping[tuple[str, int, str], Classes]] = field(default_factory=dict)
    """Study → (model slug, seed, variant) → classes predicted for the test set, `[sets, n]`; the
    runs of `header.study_runs`."""
    swept: Mapping[str, Classes] = field(default_factory=dict)
    """Slug → classes predicted for the held-out training examples, `[runs, n]`: of the trials of
    `header.sweep` that did not fail, seed by seed."""
    examined: Mapping[str, Mapping[str, NDArray[np.uint8]]] = field(default_factory=dict)
    """Study → name → array; those of `header.examined`."""

    @property
    def test_labels(self) -> Classes:
        """True classes of the test set, `[n]`."""
        return self.labels["test"]

    @property
    def train_labels(self) -> Classes:
        """True classes of the training set, `[n_train]`; empty where it is not known."""
        return self.labels.get("train", np.empty(0, dtype=np.int32))

    def with_header(self, **changes: Any) -> Evidence:
        """Return the same evidence with these fields of its header changed."""
        return replace(self, header=self.header.model_copy(update=changes))

    def with_study(
        self,
        part: Literal["studied", "study_runs", "examined"],
        study: str,
        described: Any,
        found: Any,
    ) -> Evidence:
        """Return the evidence with what was found for a study, and its description.

        Both are in the field `part`, of the evidence and of its header.
        """
        described = {**getattr(self.header, part), study: described}
        changes: dict[str, Any] = {part: {**getattr(self, part), study: found}}
        return replace(self.with_header(**{part: described}), **changes)

    def digest(self) -> str:
        """Return the SHA-256 of all that the analysis reads besides the header."""
        total = sha256()
        for name, array in self.arrays():
            total.update(f"{name} {array.dtype} {array.shape};".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield every array with the name that the evidence file has for it."""
        for name, labels in self.labels.items():
            yield f"labels/{name}", labels
        for name, clusters in (("test", self.clusters), ("train", self.train_clusters)):
            if clusters is not None:
                yield f"clusters/{name}", clusters
        for (model, seed), sets in self.runs.items():
            for name, kept in sets.items():
                yield f"runs/{model}/{seed}/{name}/classes", kept.classes
                if kept.stored is not None:
                    yield f"runs/{model}/{seed}/{name}/probabilities", kept.stored
        for (metric, model, seed), values in self.influence.items():
            yield f"metrics/{metric}/{model}/{seed}", values
        yield from self._study_arrays()

    def _study_arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        for study, images in self.studied.items():
            yield f"studies/{study}/positions", images.positions
            yield f"studies/{study}/shown", images.shown
            for (model, seed), predicted in images.predicted.items():
                yield f"studies/{study}/{model}/{seed}", predicted
            for (model, seed), codes in images.confidence.items():
                yield f"studies/{study}/{model}/{seed}/confidence", codes
        if self.grouped is not None:
            yield "groups/test", self.grouped.groups
            yield "groups/shown", self.grouped.shown
        for study, runs in self.study_runs.items():
            for (model, seed, variant), classes in runs.items():
                yield f"studies/{study}/{model}/{seed}/{variant}", classes
        for study, parts in self.examined.items():
            for name, array in parts.items():
                yield f"examined/{study}/{name}", array
        for model, classes in self.swept.items():
            yield f"sweep/{model}", classes


def collect_evidence(
    version: str, experiment: dict[str, Any], dataset: Dataset, runs: Mapping[tuple[str, int], Run]
) -> Evidence:
    """Gather the evidence of one build; `runs` is keyed by (model slug, seed).

    Probabilities are kept as they are where all together are small (`EXACT_BYTES`), and in one
    byte each otherwise. Of baselines, nothing that is reported needs them.
    """
    tests = [run.evaluations["test"].probabilities for run in runs.values()]
    exact = sum(array.nbytes for array in tests if array is not None) <= EXACT_BYTES
    described = tuple(
        ModelRun(model=model, seed=seed, record=run.record) for (model, seed), run in runs.items()
    )
    baselines = {model["slug"] for model in experiment["models"] if model["role"] == "baseline"}
    labels = {"test": dataset.test_labels}
    if len(dataset.train_labels):
        labels["train"] = dataset.train_labels
    return Evidence(
        header=EvidenceHeader(
            reportgen=version, experiment=experiment, dataset=dataset.record, runs=described
        ),
        labels=labels,
        clusters=find_clusters(experiment, dataset.test_groups, dataset.record.is_drawn),
        train_clusters=dataset.train_clusters,
        runs={
            pair: {
                name: keep_evaluation(
                    run.evaluations[name], name == "test" and pair[0] not in baselines, exact
                )
                for name in labels
                if name in run.evaluations
            }
            for pair, run in runs.items()
        },
    )


def find_clusters(
    experiment: Mapping[str, Any], groups: NDArray[np.str_] | None, is_drawn: bool
) -> Classes | None:
    """Return the number of each example's group, from 0, where groups are kept together.

    They are where `data.groups` names them, and where the test set was drawn from them. None
    otherwise: groups that are only studied, such as writers, do not make examples dependent.
    """
    if groups is None or not (is_drawn or experiment.get("data", {}).get("groups")):
        return None
    return number_groups(groups)


def keep_evaluation(
    evaluation: Evaluation, with_probabilities: bool, exact: bool
) -> KeptEvaluation:
    """Return what a report carries of an evaluation."""
    found = evaluation.probabilities
    if found is None or not with_probabilities:
        return KeptEvaluation(evaluation.classes)
    # Some estimators predict another class than the most probable one, which codes cannot express.
    agree = np.array_equal(found.argmax(axis=1), evaluation.classes)
    # In the order in which they are read again: sums of floats depend on it.
    given = found.copy(order="C")
    stored = quantise(given, evaluation.classes) if agree and not exact else given
    return KeptEvaluation(evaluation.classes, stored)
