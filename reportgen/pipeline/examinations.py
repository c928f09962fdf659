"""What studies have computed from trained networks: found in the store, or made where it lacks it.

What `measure` of a study finds depends on the network and on test images that are known before
anything is trained; what `show` finds depends on all networks, whose predictions choose the images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun
from reportgen.errors import ReportgenError, StoreError
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Reporter, StudyExplanation
from reportgen.results.arrays import EVALUATION, UnfitArray, unpack_arrays
from reportgen.results.evidence import Evidence
from reportgen.studies import CannotStudy, Study, shipped_studies
from reportgen.studies.study import Examination, StudySettings

SCHEMA = 1
"""Version of what the store keeps of an examination."""


@dataclass(frozen=True)
class StudyExaminations:
    """The examinations of one study."""

    study: Study
    examination: Examination
    settings: StudySettings
    positions: NDArray[np.int32]
    measured: Mapping[str, PlannedRun]
    """Key of the examination → the run, for `measure`."""
    shown: Mapping[str, PlannedRun]
    """The same for `show`: the first run of each model."""
    missing: int
    """How many of both the store lacks."""


def plan_examinations(prepared: Prepared) -> Iterator[StudyExaminations]:
    """Yield the examinations that the studies of an experiment need; computes nothing.

    Raises ReportgenError where the package is not installed that one needs.
    """
    experiment = prepared.loaded.experiment
    compared = {model.slug for model in experiment.models if model.role == "model"}
    runs = [
        run
        for run in prepared.planned
        if run.model in compared and run.ingredients.spec.kind == "network"
    ]
    first = {run.model: run for run in reversed(runs)}
    kept = frozenset(prepared.store.keys("evaluation"))
    for name, study in shipped_studies().items():
        settings, examination = study.settings_in(experiment.studies.get(name)), study.examination
        if examination is None or settings is None or not runs:
            continue
        try:
            positions = examination.plan(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        shared = {
            "schema": SCHEMA,
            "data": prepared.dataset.record.sha256,
            "settings": settings.model_dump(mode="json", exclude={"enabled"}),
            "code": examination.code_digest(),
            "packages": {
                each: package_version(each) for each in ("numpy", "scipy", examination.package)
            },
        }
        everything = sorted(run.key for run in runs)
        measured = {digest({**shared, "what": "measure", "run": run.key}): run for run in runs}
        shown = {
            digest({**shared, "what": "show", "run": run.key, "among": everything}): run
            for run in runs
            if run is first[run.model]
        }
        missing = len({*measured, *shown} - kept)
        if missing and find_spec(examination.package) is None:
            raise ReportgenError(
                f"studies.{name} needs {examination.package}, which is not installed; "
                'install it with: python -m pip install "reportgen[studies]"'
            )
        yield StudyExaminations(study, examination, settings, positions, measured, shown, missing)


def explain_examinations(prepared: Prepared) -> tuple[StudyExplanation, ...]:
    """Return for each study how many networks a build would examine; examines none."""
    return tuple(
        StudyExplanation(
            found.study.name,
            "examinations",
            len(found.measured) + len(found.shown),
            found.missing,
        )
        for found in plan_examinations(prepared)
    )


def add_examinations(
    evidence: Evidence,
    planned: Iterable[StudyExaminations],
    prepared: Prepared,
    reporter: Reporter,
) -> Evidence:
    """Return the evidence with what its studies find in trained networks.

    Raises TrainingFailed, and StoreError where a result cannot be kept.
    """
    for found in planned:
        inputs = prepared.dataset.test_inputs
        assert inputs is not None
        chosen = found.examination.choose(found.settings, evidence)
        made = _make(found, chosen, inputs, prepared, reporter)
        arrays: dict[str, NDArray[np.uint8]] = {}
        for key, run in found.measured.items():
            arrays |= {f"{run.model}/{run.seed}/{part}": of for part, of in made[key].items()}
        for key, run in found.shown.items():
            for part, of in made[key].items():
                arrays["images" if part == "images" else f"{run.model}/{part}"] = of
        name = found.study.name
        shapes = {**evidence.header.examined, name: {part: of.shape for part, of in arrays.items()}}
        header = evidence.header.model_copy(update={"examined": shapes})
        evidence = replace(evidence, header=header, examined={**evidence.examined, name: arrays})
    return evidence


Arrays = Mapping[str, NDArray[np.uint8]]


def _make(
    found: StudyExaminations,
    chosen: NDArray[np.int32],
    inputs: NDArray[Any],
    prepared: Prepared,
    reporter: Reporter,
) -> dict[str, Arrays]:
    """Return what was found in each network, by key; what the store lacks is made."""
    keys = [*found.measured, *found.shown]
    kept = {key: arrays for key in keys if (arrays := _load(prepared, key)) is not None}
    lacking = [key for key in keys if key not in kept]
    if not lacking:
        return kept
    # Loads multiprocessing, which a build that examines nothing does not need.
    from reportgen.execution.examinations import Examined, examine
    from reportgen.execution.progress import TrainingOptions

    assert prepared.environment is not None
    # A plan is made for images of 8-bit levels alone.
    examined = {"measure": inputs[found.positions], "show": inputs[chosen]}
    tasks = [
        Examined(
            key,
            {**found.measured, **found.shown}[key],
            "measure" if key in found.measured else "show",
            examined["measure" if key in found.measured else "show"].astype(np.uint8, copy=False),
            found.positions if key in found.measured else chosen,
        )
        for key in lacking
    ]

    def notify(done: int) -> None:
        reporter.stage(f"{found.study.title}: {done} of {len(tasks)} networks examined")

    notify(0)
    options = TrainingOptions(prepared.environment.device, prepared.request.workers)
    settings = found.settings.model_dump(mode="json")
    examine(tasks, found.examination, settings, prepared.store, options, notify)
    for key in lacking:
        arrays = _load(prepared, key)
        if arrays is None:
            raise StoreError(
                f"the examination {key[:12]} was damaged or removed while the report was built; "
                "build again"
            )
        kept[key] = arrays
    return kept


def _load(prepared: Prepared, key: str) -> Arrays | None:
    """Return what was found in a network; None where nothing valid of this key is kept."""
    entry = prepared.store.read("evaluation", key)
    if entry is None:
        return None
    try:
        arrays = unpack_arrays(entry.files[EVALUATION])
        if any(array.dtype != np.uint8 for array in arrays.values()):
            raise UnfitArray("an array is not uint8")
        return arrays
    except (UnfitArray, KeyError) as problem:
        prepared.store.set_aside("evaluation", key, entry, str(problem))
        return None
