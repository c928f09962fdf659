"""Confidence: whether a model that is 90 % sure is right in 90 % of cases."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reportgen.data.catalogue import CATALOGUE
from reportgen.results.evidence import ImageSet
from reportgen.results.records import DatasetRecord
from reportgen.studies.confidence.claims import confidence_claims
from reportgen.studies.confidence.figures import confidence_figures
from reportgen.studies.confidence.foreign import KNOWN, MADE
from reportgen.studies.confidence.records import ConfidenceFacts
from reportgen.studies.study import (
    CannotStudy,
    Deferred,
    ImageChanges,
    ImagePlan,
    Seed,
    Study,
    StudySettings,
    draw_test_images,
    one_of,
)

FEWEST = 100
"""Test images, of which half are made foreign."""


class ConfidenceSettings(StudySettings):
    """The table `[studies.confidence]`."""

    extended: bool = True
    """Whether the study goes beyond calibration; without a table it does not."""
    coverage: Annotated[float, Field(ge=0.5, lt=1)] = 0.99
    """In what share of cases conformal sets are to hold the true class."""
    foreign: Annotated[tuple[str, ...], one_of([*MADE, *CATALOGUE], "kind of foreign images")] = (
        tuple(MADE)
    )
    """Images that are not of the kind the networks were trained on: `noise` and `rotated`, made of
    test images, and data sets of the same size whose files are there, such as `kmnist`."""
    images: Annotated[int, Field(ge=FEWEST)] = 2000
    """How many test images are taken for them, half of them as they are."""
    seed: Seed = 0
    """Of the images that are drawn, and of their noise."""


def _plan(settings: ConfidenceSettings, dataset: DatasetRecord) -> ImagePlan:
    """Return test images and foreign images; raises CannotStudy where there are to be none."""
    is_image = len(dataset.input_shape) == 3 and dataset.dtype == "uint8"
    if not settings.extended or not settings.foreign or not is_image or dataset.test < FEWEST:
        raise CannotStudy("no foreign images are asked for, or the data set has too few images")
    foreign = [name for name in settings.foreign if name != dataset.name]
    if not foreign:
        raise CannotStudy("the images of the data set are not foreign to it")
    return ImagePlan(
        draw_test_images(dataset, settings.images, settings.seed),
        tuple(
            ImageSet(name=name, recipe={"kind": name, "seed": settings.seed})
            for name in (KNOWN, *foreign)
        ),
        shown=(),
    )


def _others(settings: ConfidenceSettings) -> dict[str, str]:
    return {name: name for name in settings.foreign if name in CATALOGUE}


study = Study(
    name="confidence",
    title="Confidence",
    analyse=Deferred("reportgen.studies.confidence.measures:measure_confidence"),
    result=ConfidenceFacts,
    claims=confidence_claims,
    figures=confidence_figures,
    settings=ConfidenceSettings,
    automatic={"extended": False},
    images=ImageChanges(
        _plan,
        Deferred("reportgen.studies.confidence.foreign:make_foreign"),
        others=_others,
        confidence=True,
    ),
)
