"""What studies need computed with trained networks: planned, explained, and made where missing.

`evaluations` and `examinations` are the two kinds; each result is one entry of the store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from numpy.typing import NDArray

from reportgen.config.plan import PlannedRun
from reportgen.errors import StoreError
from reportgen.execution.progress import TrainingOptions
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Reporter, StudyExplanation
from reportgen.pipeline.runs import load_cluster, require_training
from reportgen.results.arrays import EVALUATION, unpack_arrays
from reportgen.studies import Study

if TYPE_CHECKING:
    from reportgen.execution.study_work import Work

Result = TypeVar("Result")


@dataclass(frozen=True)
class StudyJobs(ABC):
    """What one study needs computed with trained networks."""

    study: Study

    kind: ClassVar[Literal["evaluations", "examinations"]]
    done: ClassVar[str]
    """What progress is counted in, such as `networks examined`."""

    @property
    @abstractmethod
    def results(self) -> Collection[str]:
        """Keys of all results."""


def trained_networks(prepared: Prepared) -> tuple[PlannedRun, ...]:
    """Return the runs whose networks studies look at: no baselines, no estimators."""
    models = prepared.loaded.experiment.models
    compared = {model.slug for model in models if model.role == "model"}
    return tuple(
        run
        for run in prepared.planned
        if run.model in compared and run.ingredients.spec.kind == "network"
    )


def explain_jobs(jobs: Iterable[StudyJobs], prepared: Prepared) -> tuple[StudyExplanation, ...]:
    """Return for each study how much a build would compute; computes nothing."""
    kept = frozenset(prepared.store.keys("evaluation"))
    return tuple(
        StudyExplanation(
            found.study.name, found.kind, len(found.results), len(set(found.results) - kept)
        )
        for found in jobs
    )


def obtain(
    jobs: StudyJobs,
    read: Callable[[dict[str, NDArray[Any]]], Result],
    plan_work: Callable[[set[str], TrainingOptions], Sequence[Work]],
    prepared: Prepared,
    reporter: Reporter,
) -> dict[str, Result]:
    """Return the results of a study by their keys; what the store lacks is made.

    `read` checks the arrays of a result, and raises UnfitArray; `plan_work` divides what is
    missing. Raises TrainingFailed, and StoreError where a result cannot be kept.
    """

    def load(key: str) -> Result | None:
        """Return a result; None where no valid one of this key is kept."""
        return prepared.store.load(
            "evaluation", key, lambda entry: read(unpack_arrays(entry.files[EVALUATION]))
        )

    kept = {key: found for key in jobs.results if (found := load(key)) is not None}
    lacking = set(jobs.results) - kept.keys()
    if lacking:
        _compute(jobs, lambda options: plan_work(lacking, options), prepared, reporter)
    for key in lacking:
        made = load(key)
        if made is None:
            raise StoreError(
                f"the result {key[:12]} of the study {jobs.study.name} was damaged or removed "
                "while the report was built; build again"
            )
        kept[key] = made
    return kept


def _compute(
    jobs: StudyJobs,
    plan_work: Callable[[TrainingOptions], Sequence[Work]],
    prepared: Prepared,
    reporter: Reporter,
) -> None:
    require_training()
    # Loads multiprocessing, which a build that computes nothing does not need.
    from reportgen.execution.study_work import compute

    assert prepared.environment is not None
    request = prepared.request
    options = TrainingOptions(prepared.environment.device, request.workers, request.cluster)
    works = plan_work(options)
    total = sum(work.size for work in works)

    def notify(done: int) -> None:
        reporter.stage(f"{jobs.study.title}: {done} of {total} {jobs.done}")

    notify(0)
    if options.cluster:
        cluster = load_cluster(options.cluster, reporter)
        cluster.compute(works, prepared.store, options, notify, reporter.warn)
    else:
        compute(works, prepared.store, options, notify)
