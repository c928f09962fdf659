"""Interpretability: maps of the pixels that an answer depends on, and whether to trust them."""

from __future__ import annotations

from pathlib import Path
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
    Examination,
    Study,
    StudyInputs,
    StudySettings,
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
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Of the images that are drawn, and of the random order."""


def _plan(settings: InterpretabilitySettings, dataset: DatasetRecord) -> NDArray[np.int32]:
    """Return the test images that maps are tested with; raises CannotStudy without images."""
    require_images(dataset, DOES)
    drawn = np.random.default_rng(settings.seed).permutation(dataset.test)[: settings.images]
    return np.sort(drawn).astype(np.int32)


def _choose(settings: InterpretabilitySettings, evidence: Evidence) -> NDArray[np.int32]:
    from reportgen.studies.interpretability.measures import choose_shown

    agreed, disputed = choose_shown(evidence, settings.shown)
    return np.array([*agreed, *disputed], dtype=np.int32)


def _analyse(given: StudyInputs) -> InterpretabilityFacts:
    from reportgen.studies.interpretability.measures import measure_interpretability

    require_images(given.evidence.header.dataset, DOES)
    return measure_interpretability(given)


study = Study(
    name="interpretability",
    title="Interpretability",
    analyse=_analyse,
    settings=InterpretabilitySettings,
    result=InterpretabilityFacts,
    claims=interpretability_claims,
    figures=interpretability_figures,
    section=Path(__file__).with_name("section.md.j2").read_text(encoding="utf-8"),
    examination=Examination(
        _plan,
        _choose,
        "reportgen.execution.attribution:measure",
        "reportgen.execution.attribution:show",
        "captum",
        only_shown=("shown",),
    ),
)
