"""What studies have computed from trained networks themselves.

What `measure` of a study finds depends on the network and on test images that are known before
anything is trained; what `show` finds depends on all networks, whose predictions choose the images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun
from reportgen.errors import ReportgenError
from reportgen.execution.progress import TrainingOptions
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Reporter
from reportgen.pipeline.study_jobs import StudyJobs, obtain, trained_networks
from reportgen.results.arrays import UnfitArray
from reportgen.results.evidence import Evidence
from reportgen.studies import CannotStudy, asked_studies
from reportgen.studies.study import Examination, StudySettings

if TYPE_CHECKING:
    from reportgen.execution.study_work import Examine

SCHEMA = 1
"""Version of what the store keeps of an examination."""


@dataclass(frozen=True)
class StudyExaminations(StudyJobs):
    """The examinations of one study."""

    kind = "examinations"
    done = "networks examined"

    examination: Examination
    settings: StudySettings
    positions: NDArray[np.int32]
    measured: Mapping[str, PlannedRun]
    """Key of the examination → the run, for `measure`."""
    shown: Mapping[str, PlannedRun]
    """The same for `show`: the first run of each model."""

    @property
    def results(self) -> dict[str, PlannedRun]:
        """Keys of all examinations, with their runs."""
        return {**self.measured, **self.shown}


def plan_examinations(prepared: Prepared) -> Iterator[StudyExaminations]:
    """Yield the examinations that the studies of an experiment need; computes nothing.

    Raises ReportgenError where the package is not installed that one needs.
    """
    runs = trained_networks(prepared)
    first = {run.model: run for run in reversed(runs)}
    kept = frozenset(prepared.store.keys("evaluation"))
    for study, settings in asked_studies(prepared.loaded.experiment):
        examination = study.examination
        if examination is None or not runs:
            continue
        try:
            positions = examination.plan(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        shared = {
            "schema": SCHEMA,
            "data": prepared.dataset.record.sha256,
            "code": examination.measure.digest,
            "packages": {
                each: package_version(each) for each in ("numpy", "scipy", examination.package)
            },
        }
        shown_of = {"settings": _settings(settings), "among": sorted(run.key for run in runs)}
        measured_of = {"settings": _settings(settings, examination.only_shown)}
        measured, shown = (
            {digest({**shared, **of, "what": what, "run": run.key}): run for run in those}
            for what, of, those in (
                ("measure", measured_of, runs),
                ("show", shown_of, first.values()),
            )
        )
        # A report whose examinations are all kept is built without the package.
        if {*measured, *shown} - kept and find_spec(examination.package) is None:
            raise ReportgenError(
                f"studies.{study.name} needs {examination.package}, which is not installed; "
                'install it with: python -m pip install "reportgen[studies]"'
            )
        yield StudyExaminations(study, examination, settings, positions, measured, shown)


def _settings(settings: StudySettings, without: Iterable[str] = ()) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude={"enabled", *without})


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
        made = _examine(found, evidence, prepared, reporter)
        arrays: dict[str, NDArray[np.uint8]] = {}
        for key, run in found.measured.items():
            arrays |= {f"{run.model}/{run.seed}/{part}": of for part, of in made[key].items()}
        for key, run in found.shown.items():
            for part, of in made[key].items():
                arrays["images" if part == "images" else f"{run.model}/{part}"] = of
        shapes = {part: of.shape for part, of in arrays.items()}
        evidence = evidence.with_study("examined", found.study.name, shapes, arrays)
    return evidence


def _examine(
    found: StudyExaminations, evidence: Evidence, prepared: Prepared, reporter: Reporter
) -> dict[str, Mapping[str, NDArray[np.uint8]]]:
    """Return what was found in each network, by key."""
    inputs, examination = prepared.dataset.test_inputs, found.examination
    assert inputs is not None
    chosen = examination.choose(found.settings, evidence)

    def plan_work(lacking: set[str], _: TrainingOptions) -> Sequence[Examine]:
        from reportgen.execution.study_work import Examine

        works = []
        for key, run in found.results.items():
            if key in lacking:
                measures = key in found.measured
                positions = found.positions if measures else chosen
                settings = _settings(found.settings, examination.only_shown if measures else ())
                # A plan is made for images of 8-bit levels alone.
                images = inputs[positions].astype(np.uint8, copy=False)
                works.append(
                    Examine(
                        {key: run},
                        "measure" if measures else "show",
                        examination,
                        settings,
                        images,
                        positions,
                    )
                )
        return works

    return obtain(found, _check, plan_work, prepared, reporter)


def _check(arrays: dict[str, NDArray[Any]]) -> Mapping[str, NDArray[np.uint8]]:
    if any(array.dtype != np.uint8 for array in arrays.values()):
        raise UnfitArray("an array is not uint8")
    return arrays
