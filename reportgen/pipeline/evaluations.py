"""The evaluations that studies ask for: found in the store, or made where it lacks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Reporter, StudyExplanation
from reportgen.results.arrays import UnfitArray, take_classes, unpack_arrays
from reportgen.results.evidence import Evidence, StudiedImages, StudiedSets
from reportgen.results.store import Store
from reportgen.studies import CannotStudy, Study, shipped_studies
from reportgen.studies.assembly import settings_of
from reportgen.studies.study import ImageChanges, ImagePlan


@dataclass(frozen=True)
class StudyEvaluations:
    """The evaluations of one study."""

    study: Study
    plan: ImagePlan
    runs: tuple[PlannedRun, ...]
    """The networks that are evaluated."""
    keys: Mapping[tuple[str, str], str]
    """(name of an image set, key of a run) → key of the evaluation."""
    missing: frozenset[str]
    """Keys of those that the store lacks."""


def plan_evaluations(prepared: Prepared) -> Iterator[StudyEvaluations]:
    """Yield the evaluations that the studies of an experiment need; evaluates nothing."""
    experiment = prepared.loaded.experiment
    compared = {model.slug for model in experiment.models if model.role == "model"}
    runs = tuple(
        run
        for run in prepared.planned
        if run.model in compared and run.ingredients.spec.kind == "network"
    )
    kept = frozenset(prepared.store.keys("evaluation"))
    for name, study in shipped_studies().items():
        settings = settings_of(study, experiment.studies.get(name))
        if study.images is None or settings is None or not runs:
            continue
        try:
            plan = study.images.plan(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        shared = _ingredients(study.images, plan, prepared)
        keys = {
            (each.name, run.key): digest({**shared, "run": run.key, "recipe": each.recipe})
            for each in plan.sets
            for run in runs
        }
        yield StudyEvaluations(study, plan, runs, keys, frozenset(keys.values()) - kept)


def _ingredients(changes: ImageChanges, plan: ImagePlan, prepared: Prepared) -> dict[str, Any]:
    """Return all that can change an evaluation, besides the run and the recipe of the images."""
    return {
        "data": prepared.dataset.record.sha256,
        "positions": sha256(plan.positions.astype("<i4").tobytes()).hexdigest(),
        "code": changes.code_digest(),
        "packages": {name: package_version(name) for name in ("numpy", "scipy", "pillow")},
    }


def explain_evaluations(prepared: Prepared) -> tuple[StudyExplanation, ...]:
    """Return for each study how many evaluations a build would make; makes none."""
    return tuple(
        StudyExplanation(found.study.name, len(found.keys), len(found.missing))
        for found in plan_evaluations(prepared)
    )


def add_evaluations(evidence: Evidence, prepared: Prepared, reporter: Reporter) -> Evidence:
    """Return the evidence with what trained networks predict for the images of its studies.

    Raises TrainingFailed, and StoreError where a result cannot be kept.
    """
    for found in plan_evaluations(prepared):
        inputs = prepared.dataset.test_inputs
        assert inputs is not None
        chosen = inputs[found.plan.positions]
        if found.missing:
            _evaluate(found, chosen, prepared, reporter)
        images = _collect(found, chosen, prepared.store)
        described = StudiedSets(sets=found.plan.sets, shown=found.plan.shown)
        name = found.study.name
        header = evidence.header.model_copy(
            update={"studied": {**evidence.header.studied, name: described}}
        )
        evidence = replace(evidence, header=header, studied={**evidence.studied, name: images})
    return evidence


def _evaluate(
    found: StudyEvaluations, inputs: NDArray[np.uint8], prepared: Prepared, reporter: Reporter
) -> None:
    from reportgen.execution.evaluations import Task, evaluate
    from reportgen.execution.progress import TrainingOptions

    assert found.study.images is not None
    assert prepared.environment is not None
    tasks = []
    for images in found.plan.sets:
        keys = {found.keys[images.name, run.key]: run for run in found.runs}
        lacking = {key: run for key, run in keys.items() if key in found.missing}
        if lacking:
            tasks.append(Task(images, lacking))
    title = found.study.title or found.study.name
    total = len(tasks)

    def notify(done: int) -> None:
        reporter.stage(f"{title}: {done} of {total} sets of changed images evaluated")

    notify(0)
    options = TrainingOptions(prepared.environment.device, prepared.request.workers)
    evaluate(
        tasks, inputs, found.plan.positions, found.study.images, prepared.store, options, notify
    )


def _collect(found: StudyEvaluations, inputs: NDArray[np.uint8], store: Store) -> StudiedImages:
    assert found.study.images is not None
    plan = found.plan
    first, change = plan.positions[:1], found.study.images.load()
    shown = [
        change(inputs[:1], first, each.recipe)[0] for each in plan.sets if each.name in plan.shown
    ]
    predicted = {
        (run.model, run.seed): np.stack(
            [_read(store, found.keys[each.name, run.key], run, len(inputs)) for each in plan.sets]
        )
        for run in found.runs
    }
    return StudiedImages(plan.positions, predicted, np.array(shown, dtype=np.uint8))


def _read(store: Store, key: str, run: PlannedRun, length: int) -> NDArray[Any]:
    from reportgen.errors import StoreError
    from reportgen.execution.evaluations import CLASSES

    entry = store.read("evaluation", key)
    try:
        arrays = unpack_arrays(entry.files[CLASSES]) if entry else {}
        return take_classes(arrays, "test", run.ingredients.spec.classes, length)
    except (UnfitArray, KeyError) as error:
        if entry is not None:
            store.set_aside("evaluation", key, entry, str(error))
        raise StoreError(
            f"the evaluation {key[:12]} was damaged or removed while the report was built; "
            "build again"
        ) from error
