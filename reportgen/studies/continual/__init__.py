"""Continual learning: what networks forget as they learn classes in groups, one after the other."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import Field

from reportgen.config.plan import fit_to_tasks, read_task_sources
from reportgen.config.spec import Ingredients, Method, TaskSequence
from reportgen.plugins import SHIPPED
from reportgen.results.records import DatasetRecord
from reportgen.studies.continual.claims import continual_claims
from reportgen.studies.continual.figures import continual_figures
from reportgen.studies.continual.records import METHODS, SHARED, ContinualFacts
from reportgen.studies.study import CannotStudy, Deferred, RunVariant, Study, StudySettings

read_sources = cache(read_task_sources)
_RESIZED = frozenset(SHIPPED["architecture"])
"""Networks whose number of outputs is chosen; those of the user's own may state it in a setting."""


class ContinualSettings(StudySettings):
    """The table `[studies.continual]`."""

    classes: Annotated[int, Field(ge=2)] = 2
    """Of each task, in the order of the data set."""
    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    """Of each task."""
    buffer: Annotated[int, Field(ge=1)] = 500
    """Examples of earlier tasks that replay keeps."""
    penalty: Annotated[float, Field(gt=0.0)] = 1000.0
    """Strength of elastic weight consolidation."""
    models: tuple[str, ...] | None = None
    """Slugs of the networks that learn the tasks; by default all."""


def count_tasks(settings: ContinualSettings, dataset: DatasetRecord) -> int:
    """Return how many tasks there are; raises CannotStudy where the classes make none."""
    count, rest = divmod(len(dataset.classes), settings.classes)
    if rest or count < 2:
        raise CannotStudy(
            f"{len(dataset.classes)} classes cannot be divided into two or more tasks of "
            f"{settings.classes}"
        )
    if not dataset.train:
        raise CannotStudy("it trains networks anew, and the training examples are not known")
    return count


def _variants(settings: ContinualSettings, dataset: DatasetRecord) -> tuple[RunVariant, ...]:
    """Return a variant for each method; raises CannotStudy."""
    count = count_tasks(settings, dataset)
    return tuple(
        _by(method, count, settings, shared) for shared in (False, True) for method in METHODS
    )


def _by(method: Method, count: int, settings: ContinualSettings, shared: bool) -> RunVariant:
    """Return how a method learns; with `shared`, the tasks share as many outputs as one has."""
    tasks = TaskSequence(
        method=method,
        classes=settings.classes,
        epochs=settings.epochs,
        buffer=settings.buffer if method == "replay" else 0,
        penalty=settings.penalty if method == "ewc" else 0.0,
    )
    sources = read_sources()

    def change(run: Ingredients, *_: object) -> Ingredients | None:
        if not run.spec.training or (shared and run.spec.reference not in _RESIZED):
            return None
        return fit_to_tasks(run, tasks, count, sources, settings.classes if shared else None)

    numbers = (count,) if method == "joint" else range(1, count + 1)
    kinds = ("after",) if shared else ("after", "known")
    sets = tuple(f"{kind}-{number}" for kind in kinds for number in numbers)
    name = f"{SHARED}{method}" if shared else method
    return RunVariant(name, change, sets, sources, settings.models)


study = Study(
    name="continual",
    title="Continual learning",
    analyse=Deferred("reportgen.studies.continual.measures:measure_continual"),
    settings=ContinualSettings,
    result=ContinualFacts,
    claims=continual_claims,
    figures=continual_figures,
    variants=_variants,
)
