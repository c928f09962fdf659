"""Interpretability: maps of the pixels that an answer depends on, and whether to trust them."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reportgen.results.evidence import Evidence
from reportgen.results.records import DatasetRecord
from reportgen.studies.interpretability.claims import interpretability_claims
from reportgen.studies.interpretability.figures import interpretability_figures
from reportgen.studies.interpretability.records import InterpretabilityFacts
from reportgen.studies.study import (
    Deferred,
    Examination,
    Seed,
    Study,
    StudySettings,
    draw_test_images,
    require_images,
)

DOES = "it explains answers for images"


class InterpretabilitySettings(StudySettings):
    """The table `[studies.interpretability]`."""

    images: Annotated[int, Field(ge=20, le=1000)] = 100
    """How many test images the maps are tested with; of larger test sets they are drawn."""
    steps: Annotated[int, Field(ge=5, le=100)] = 20
    """Steps in which all pixels are deleted or inserted."""
    path: Annotated[int, Field(ge=10, le=500)] = 50
    """Points between background and image at which integrated gradients take the gradient."""
    shown: Annotated[int, Field(ge=1, le=6)] = 4
    """Agreed, and disputed, images whose maps are shown."""
    seed: Seed = 0
    """Of the images that are drawn, and of the random order."""


def _plan(settings: InterpretabilitySettings, dataset: DatasetRecord) -> NDArray[np.int32]:
    """Return the test images that maps are tested with; raises CannotStudy without images."""
    require_images(dataset, DOES)
    return draw_test_images(dataset, settings.images, settings.seed)


def _choose(settings: InterpretabilitySettings, evidence: Evidence) -> NDArray[np.int32]:
    from reportgen.studies.interpretability.measures import choose_shown

    agreed, disputed = choose_shown(evidence, settings.shown)
    return np.array([*agreed, *disputed], dtype=np.int32)


study = Study(
    name="interpretability",
    title="Interpretability",
    analyse=Deferred("reportgen.studies.interpretability.measures:measure_interpretability"),
    settings=InterpretabilitySettings,
    result=InterpretabilityFacts,
    claims=interpretability_claims,
    figures=interpretability_figures,
    examination=Examination(
        _plan,
        _choose,
        Deferred("reportgen.execution.attribution:measure"),
        Deferred("reportgen.execution.attribution:show"),
        "captum",
        only_shown=("shown",),
    ),
)
