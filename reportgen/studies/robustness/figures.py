"""Figures of robustness: what corruptions look like, errors by corruption and by severity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import mark
from reportgen.figures import FigureSpec
from reportgen.figures.generic import heatmap, lines
from reportgen.figures.plan.images import ShownImages, encode_strip, show_images
from reportgen.figures.plan.words import columns_by_model, intervals_over, rows_by_model
from reportgen.studies.comparing import in_percent
from reportgen.studies.robustness.claims import path_of
from reportgen.studies.robustness.records import TITLES, RobustnessFacts
from reportgen.wording import in_sentence

_COLUMNS = 8
"""Columns in which the images of the corruptions are arranged."""


def robustness_figures(facts: Facts, found: RobustnessFacts) -> Iterator[FigureSpec]:
    """Yield an image of each corruption, the errors under each, and the errors by severity."""
    if found.shown:
        yield _images(found)
    yield _errors(facts, found)
    if len(found.severities) > 1 and found.graded:
        yield _severities(facts, found)


def _images(found: RobustnessFacts) -> FigureSpec:
    pixels = np.array([found.shown[name] for name in found.corruptions], dtype=np.uint8)
    shown = show_images(pixels)
    assert isinstance(shown, ShownImages)
    # As the networks see them: nothing is inverted.
    count = range(len(pixels))
    given = {i: 255 - shown.pixels[i] if shown.inverted else shown.pixels[i] for i in count}
    titles = [TITLES[name] for name in found.corruptions]
    ways = ", ".join(map(in_sentence, titles))
    return FigureSpec(
        slug="corruptions",
        kind="named-images",
        title="One test image under each corruption",
        caption="The same test image under each corruption, at the middle one of its severities, "
        "as the networks see it.",
        alt=f"One test image, changed in {len(titles)} ways: {ways}.",
        data={
            "size": list(given[0].shape[:2]),
            "names": titles,
            "columns": _COLUMNS,
            "png": encode_strip(ShownImages(False, given), count),
            "inverted": False,
        },
    )


def _errors(facts: Facts, found: RobustnessFacts) -> FigureSpec:
    slugs = list(found.models)
    rows = (
        (TITLES[name], (mark(path_of(slug, "errors", name, "value"), "percent") for slug in slugs))
        for name in found.corruptions
    )
    return heatmap(
        "corruption-errors",
        "Error under each corruption",
        [TITLES[name] for name in found.corruptions],
        [facts.models[slug].name for slug in slugs],
        [
            [100 * found.models[slug].errors[name].value for slug in slugs]
            for name in found.corruptions
        ],
        "Error, %",
        caption="Share of wrong predictions under each corruption, mean over severities and seeds.",
        table=columns_by_model(facts, "Corruption", slugs, rows),
    )


def _severities(facts: Facts, found: RobustnessFacts) -> FigureSpec:
    severities = [0, *found.severities]
    what = "Mean error over the corruptions that have severities"
    if len(found.graded) == 1:
        what = f"Error under {in_sentence(TITLES[found.graded[0]])}"
    every = {slug: [each.clean, *each.at_severity] for slug, each in found.models.items()}
    columns = ["Unchanged", *(f"Severity {severity}" for severity in found.severities)]
    steps = [("clean",), *(("at_severity", str(at)) for at in range(len(found.severities)))]
    rows = (
        (slug, [mark(path_of(slug, *step, "value"), "percent") for step in steps])
        for slug in found.models
    )
    return lines(
        facts,
        "severity-errors",
        "Error by severity of corruption",
        severities,
        *in_percent(every),
        caption=f"{what}; 0: unchanged images. {intervals_over('test images and seeds')}",
        x_axis="Severity",
        y_axis="Error, %",
        table=rows_by_model(facts, columns, rows),
    )
