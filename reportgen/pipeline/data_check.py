"""Whether a report shows the data that it names: its labels, and the images in its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Experiment
from reportgen.data.arrays import DataArrays
from reportgen.figures.plan.images import ShownImages, show_images
from reportgen.pipeline.groups import compare_groups
from reportgen.pipeline.reproduction import ReproductionOptions, find_data, open_report
from reportgen.pipeline.requests import Reporter
from reportgen.report.carried import Carried
from reportgen.results.evidence import Evidence
from reportgen.studies import asked_studies
from reportgen.studies.study import ImageChanges
from reportgen.verification import read_report
from reportgen.verification.reproduction import check_labels


def check_data(path: Path, data_dir: Path, reporter: Reporter) -> tuple[str, ...]:
    """Return how the report at `path` differs from its data in `data_dir`; empty if it does not.

    Raises DataUnavailable where the data found there are not those that the report names.
    """
    opened = open_report(path)
    arrays = find_data(opened, ReproductionOptions(data_dir=data_dir), reporter)
    wrong = check_labels(opened.evidence, arrays)
    return (
        *([wrong] if wrong else []),
        *_compare_images(read_report(path), arrays),
        *compare_groups(opened.evidence, opened.experiment, arrays),
        *compare_studies(opened.evidence, opened.experiment, arrays),
    )


def _compare_images(carried: Carried, arrays: DataArrays) -> Iterator[str]:
    shown, count = carried.presentation.images, len(arrays.test_inputs)
    absent = sorted(index for index in shown if not 0 <= index < count)
    if absent:
        yield f"it shows the test image {absent[0]}, but there are only {count:,}"
    made = show_images(arrays.test_inputs) if arrays.test_inputs.ndim == 4 else None
    known = made or ShownImages(inverted=False, pixels={})
    if shown and known.inverted != carried.presentation.inverted:
        yield "its images are shown with inverted shades"
    if shown and made is None:
        yield "it shows images, but its data have none"
        return
    wrong = [
        index
        for index, pixels in sorted(shown.items())
        if index not in absent and not np.array_equal(pixels, known.pixels[index])
    ]
    if wrong:
        places = ", ".join(map(str, wrong[:5])) + (", …" if len(wrong) > 5 else "")
        yield f"{len(wrong):,} of {len(shown):,} images are not those of its data: {places}"


def compare_studies(
    evidence: Evidence, experiment: Experiment, arrays: DataArrays
) -> Iterator[str]:
    """Yield the studies that show images which are not made of the data.

    Images that others have changed, and those of another data set, are not looked for.
    """
    for study, settings in asked_studies(experiment):
        name = study.name
        if name not in evidence.studied and name not in evidence.examined:
            continue
        inputs = arrays.test_inputs.astype(np.uint8, copy=False)
        if study.examination is not None:
            shown = evidence.examined[name].get("images")
            made = inputs[study.examination.choose(settings, evidence)]
            same = shown is not None and _are_alike(shown, _reduce(made, shown.shape))
        else:
            assert study.images is not None
            same = _shows_its_data(study.images, settings, evidence, name, inputs)
        if not same:
            yield f"the images of the study {name} are not made of its data"


def _shows_its_data(
    changes: ImageChanges, settings: Any, evidence: Evidence, name: str, inputs: NDArray[np.uint8]
) -> bool:
    images = evidence.studied[name]
    plan = changes.plan(settings, evidence.header.dataset)
    if changes.others(settings) or changes.files(settings):
        return True
    if changes.gallery is not None:
        composed = changes.gallery(plan, images, evidence.test_labels, inputs[plan.positions])
        return np.array_equal(images.shown, composed)
    recipes = {each.name: each.recipe for each in plan.sets}
    # The first image of a set is made of the first position, unless sets divide the positions.
    of = plan.positions[: 1 if plan.count is None else None]
    changed = [changes.change(inputs[of], of, recipes[each])[0] for each in plan.shown]
    return len(images.shown) == len(changed) and all(map(_are_alike, images.shown, changed))


def _are_alike(shown: NDArray[np.uint8], made: NDArray[Any]) -> bool:
    """Return whether images differ by a level at most, as those of two processors may."""
    return shown.shape == made.shape and np.allclose(shown, made, rtol=0, atol=1)


def _reduce(images: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the images as they are shown: means over the pixels that each pixel covers."""
    found = images.astype(np.float64)
    for axis in (2, 3):
        long, short = images.shape[axis], shape[axis] if len(shape) == 4 else images.shape[axis]
        parts = [
            found.take(range(each * long // short, -(-(each + 1) * long // short)), axis)
            for each in range(short)
        ]
        found = np.stack([part.mean(axis) for part in parts], axis)
    return found
