"""The evaluations that studies ask for: found in the store, or made where it lacks them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.keys import digest, package_version
from reportgen.config.plan import PlannedRun
from reportgen.data.changed_images import ImageFile, find_images, find_others, read_again
from reportgen.execution.progress import TrainingOptions
from reportgen.pipeline.preparation import Prepared
from reportgen.pipeline.requests import Pair, Reporter
from reportgen.pipeline.study_jobs import StudyJobs, obtain, trained_networks
from reportgen.results.arrays import (
    EVALUATION,
    pack_arrays,
    take_array,
    take_classes,
    unpack_arrays,
)
from reportgen.results.evidence import Evidence, StudiedImages, StudiedSets
from reportgen.results.records import DatasetRecord
from reportgen.studies import CannotStudy, asked_studies
from reportgen.studies.study import IMAGE_PACKAGES, ImageChanges, ImagePlan

if TYPE_CHECKING:
    from reportgen.execution.study_work import Evaluate

SCHEMA = 2
"""Version of what the store keeps of an evaluation."""


@dataclass(frozen=True)
class StudyEvaluations(StudyJobs):
    """The evaluations of one study."""

    kind = "evaluations"
    done = "sets of changed images evaluated"

    changes: ImageChanges
    plan: ImagePlan
    runs: tuple[PlannedRun, ...]
    """The networks that are evaluated."""
    keys: Mapping[tuple[str, str], str]
    """(name of an image set, key of a run) → key of the evaluation."""
    files: Mapping[str, ImageFile]
    """Name of an image set → the file that it is read from, for those that are."""
    others: Mapping[str, NDArray[np.uint8]]
    """Name of an image set → its images, for those of another data set."""

    @property
    def results(self) -> Collection[str]:
        """Keys of all evaluations."""
        return self.keys.values()


Kept = Mapping[str, NDArray[Any]]
"""An evaluation: `classes`, `[images]`; `first`, the first image, `[channels, height, width]`; and
where they are kept the codes of the `confidence`, `[images]`."""


def plan_evaluations(prepared: Prepared) -> Iterator[StudyEvaluations]:
    """Yield the evaluations that the studies of an experiment need; evaluates nothing.

    Raises DataUnavailable and DataDamaged where images of a study cannot be read.
    """
    runs = trained_networks(prepared)
    for study, settings in asked_studies(prepared.loaded.experiment):
        if study.images is None or not runs:
            continue
        try:
            plan = study.images.plan(settings, prepared.dataset.record)
        except CannotStudy:
            continue  # The analysis gives the reason.
        files = {
            name: find_images(prepared.loaded.path.parent / path, prepared.dataset)
            for name, path in study.images.files(settings).items()
        }
        others = {}
        for name, other in study.images.others(settings).items():
            images = find_others(other, prepared.request.data_dir, prepared.dataset)
            # The other data set may have fewer images than the test set.
            others[name] = images[plan.positions % len(images)]
        digests = {name: file.sha256 for name, file in files.items()}
        digests |= {name: sha256(images.tobytes()).hexdigest() for name, images in others.items()}
        shared = _ingredients(study.images, plan, prepared)
        keys = {}
        for each in plan.sets:
            made_of = {**shared, "recipe": each.recipe, "file": digests.get(each.name)}
            for run in runs:
                keys[each.name, run.key] = digest({**made_of, "run": run.key})
        yield StudyEvaluations(study, study.images, plan, runs, keys, files, others)


def _ingredients(changes: ImageChanges, plan: ImagePlan, prepared: Prepared) -> dict[str, Any]:
    """Return all that can change an evaluation, besides the run and the recipe of the images."""
    return {
        "schema": SCHEMA,
        "data": prepared.dataset.record.sha256,
        "positions": sha256(plan.positions.astype("<i4").tobytes()).hexdigest(),
        "code": changes.change.digest,
        "packages": {name: package_version(name) for name in IMAGE_PACKAGES},
    }


def add_evaluations(
    evidence: Evidence,
    planned: Iterable[StudyEvaluations],
    prepared: Prepared,
    reporter: Reporter,
) -> Evidence:
    """Return the evidence with what trained networks predict for the images of its studies.

    Raises TrainingFailed, and StoreError where a result cannot be kept.
    """
    for found in planned:
        inputs = prepared.dataset.test_inputs
        assert inputs is not None
        plan = found.plan
        # A plan is made for images of 8-bit levels alone.
        chosen = inputs[plan.positions].astype(np.uint8, copy=False)
        images = _load_together(found, prepared)
        if images is None:
            images = _gather(found, _evaluate(found, chosen, prepared, reporter))
            _keep_together(found, images, prepared)
        if found.changes.gallery is not None:
            shown = found.changes.gallery(plan, images, evidence.test_labels, chosen)
            images = replace(images, shown=shown)
        files = {name: file.sha256 for name, file in found.files.items()}
        described = StudiedSets(sets=plan.sets, count=plan.count, shown=plan.shown, files=files)
        evidence = evidence.with_study("studied", found.study.name, described, images)
    return evidence


def _together(found: StudyEvaluations) -> str:
    """Return the key of all evaluations of a study as one entry, which is read quickly."""
    runs = [[run.model, run.seed, run.key] for run in found.runs]
    sets = [
        [each.name, *(found.keys[each.name, run.key] for run in found.runs)]
        for each in found.plan.sets
    ]
    return digest({"runs": runs, "sets": sets, "shown": found.plan.shown})


def _keep_together(found: StudyEvaluations, images: StudiedImages, prepared: Prepared) -> None:
    arrays: dict[str, NDArray[Any]] = {"shown": images.shown}
    for place, run in enumerate(found.runs):
        arrays[f"classes-{place}"] = images.predicted[run.model, run.seed]
        if (run.model, run.seed) in images.confidence:
            arrays[f"confidence-{place}"] = images.confidence[run.model, run.seed]
    prepared.store.write("evaluations", _together(found), {}, {EVALUATION: pack_arrays(arrays)})


def _load_together(found: StudyEvaluations, prepared: Prepared) -> StudiedImages | None:
    entry = prepared.store.read("evaluations", _together(found))
    if entry is None:
        return None
    arrays = unpack_arrays(entry.files[EVALUATION])
    pairs = [(run.model, run.seed) for run in found.runs]
    confidence = {
        pair: arrays[f"confidence-{place}"]
        for place, pair in enumerate(pairs)
        if f"confidence-{place}" in arrays
    }
    predicted = {pair: arrays[f"classes-{place}"] for place, pair in enumerate(pairs)}
    return StudiedImages(found.plan.positions, predicted, arrays["shown"], confidence)


def _gather(found: StudyEvaluations, kept: Mapping[str, Kept]) -> StudiedImages:
    """Return what all networks predict for the image sets of a study."""
    plan, first = found.plan, found.runs[0].key

    def stack(part: str) -> dict[Pair, NDArray[Any]]:
        return {
            (run.model, run.seed): np.stack(
                [kept[found.keys[each.name, run.key]][part] for each in plan.sets]
            )
            for run in found.runs
        }

    size = kept[found.keys[plan.sets[0].name, first]]["first"].shape
    shown = [kept[found.keys[name, first]]["first"] for name in plan.shown]
    return StudiedImages(
        plan.positions,
        stack("classes"),
        np.array(shown, dtype=np.uint8).reshape(len(shown), *size),
        stack("confidence") if found.changes.confidence else {},
    )


def _evaluate(
    found: StudyEvaluations, inputs: NDArray[np.uint8], prepared: Prepared, reporter: Reporter
) -> dict[str, Kept]:
    """Return the evaluations of a study by their keys; what the store lacks is made."""

    def plan_work(lacking: set[str], options: TrainingOptions) -> Sequence[Evaluate]:
        # Loads multiprocessing, which a build that evaluates nothing does not need.
        from reportgen.execution.study_work import Evaluate, Task, count_workers

        runs = {
            found.keys[each.name, run.key]: run for each in found.plan.sets for run in found.runs
        }
        tasks = [
            Task(images, keys, _given(found, images.name))
            for images in found.plan.sets
            if (keys := _keys_of(found, images.name, lacking))
        ]
        portion = max(1, min(5, len(tasks) // (2 * count_workers(options))))
        parts = [tasks[start : start + portion] for start in range(0, len(tasks), portion)]
        given = inputs, found.plan.positions, found.changes
        return [
            Evaluate({key: runs[key] for task in part for key in task.keys}, part, *given)
            for part in parts
        ]

    read = partial(_read, found, prepared.dataset.record)
    return obtain(found, read, plan_work, prepared, reporter)


def _keys_of(found: StudyEvaluations, name: str, lacking: set[str]) -> tuple[str, ...]:
    """Return the missing evaluations of an image set; two models may share one."""
    keys = dict.fromkeys(found.keys[name, run.key] for run in found.runs)
    return tuple(key for key in keys if key in lacking)


def _given(found: StudyEvaluations, name: str) -> NDArray[np.uint8] | None:
    """Return the images of a set that are not made here; raises DataDamaged where they changed."""
    if name in found.files:
        return read_again(found.files[name])[found.plan.positions]
    return found.others.get(name)


def _read(found: StudyEvaluations, record: DatasetRecord, arrays: dict[str, NDArray[Any]]) -> Kept:
    """Return an evaluation from what is kept of it; raises UnfitArray."""
    plan = found.plan
    count = len(plan.positions) if plan.count is None else plan.count
    kept: dict[str, NDArray[Any]] = {
        "classes": take_classes(arrays, "test", len(record.classes), count),
        "first": take_array(arrays, "first", "uint8", record.input_shape),
    }
    if found.changes.confidence:
        kept["confidence"] = take_array(arrays, "confidence", "uint8", (count,))
    return kept
