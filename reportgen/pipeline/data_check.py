"""Whether a report shows the data that it names: its labels, and the images in its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reportgen.data.arrays import DataArrays
from reportgen.figures.plan.images import ShownImages, show_images
from reportgen.pipeline.groups import compare_groups
from reportgen.pipeline.reproduction import ReproductionOptions, find_data, open_report
from reportgen.pipeline.requests import Reporter
from reportgen.report.carried import Carried
from reportgen.verification import read_report
from reportgen.verification.reproduction import check_labels


def check_data(path: Path, data_dir: Path, reporter: Reporter) -> tuple[str, ...]:
    """Return how the report at `path` differs from its data in `data_dir`; empty if it does not.

    Raises DataUnavailable where the data found there are not those that the report names.
    """
    opened = open_report(path)
    arrays = find_data(opened, ReproductionOptions(data_dir=data_dir), reporter)
    labels = {"test": arrays.test_labels, "train": arrays.train_labels}
    wrong = check_labels(opened.evidence, labels)
    return (
        *([wrong] if wrong else []),
        *_compare_images(read_report(path), arrays),
        *compare_groups(opened.evidence, opened.experiment, arrays),
    )


def _compare_images(carried: Carried, arrays: DataArrays) -> Iterator[str]:
    shown, count = carried.presentation.images, len(arrays.test_inputs)
    absent = sorted(index for index in shown if not 0 <= index < count)
    if absent:
        yield f"it shows the test image {absent[0]}, and there are {count:,}"
    made = show_images(arrays.test_inputs) if arrays.test_inputs.ndim == 4 else None
    known = made or ShownImages(inverted=False, pixels={})
    if shown and known.inverted != carried.presentation.inverted:
        yield "its images are shown with the shades exchanged"
    if shown and made is None:
        yield "it shows images, and its data have none"
        return
    wrong = [
        index
        for index, pixels in sorted(shown.items())
        if index not in absent and not np.array_equal(pixels, known.pixels[index])
    ]
    if wrong:
        places = ", ".join(map(str, wrong[:5])) + (", …" if len(wrong) > 5 else "")
        yield f"{len(wrong):,} of {len(shown):,} images are not those of its data: {places}"
