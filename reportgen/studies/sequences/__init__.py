"""Sequences: how the trained networks read numbers of several digits on one line."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from reportgen.results.evidence import ImageSet
from reportgen.results.records import DatasetRecord
from reportgen.studies.sequences.claims import sequences_claims
from reportgen.studies.sequences.composition import STYLES, slots
from reportgen.studies.sequences.figures import sequences_figures
from reportgen.studies.sequences.records import SequencesFacts
from reportgen.studies.study import (
    CannotStudy,
    Deferred,
    ImageChanges,
    ImagePlan,
    Seed,
    Study,
    StudySettings,
    ascending,
    one_of,
    require_images,
)

FEWEST = 10
"""Sequences of each length; of fewer, shares say little."""


class SequencesSettings(StudySettings):
    """The table `[studies.sequences]`."""

    lengths: Annotated[
        tuple[Annotated[int, Field(ge=1, le=12)], ...],
        Field(min_length=1),
        AfterValidator(ascending),
    ] = (2, 3, 4, 5, 6, 7, 8)
    """How many digits sequences have."""
    count: Annotated[int, Field(ge=FEWEST, le=2000)] = 100
    """Sequences of each length and style; fewer where the test set is small."""
    styles: Annotated[tuple[str, ...], Field(min_length=1), one_of(STYLES, "style")] = STYLES
    seed: Seed = 0
    """Of the test images that are drawn, and of all that is random in a line."""
    accuracy: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """Share of right answers that is asked for where doubtful sequences are refused."""


def _plan(settings: SequencesSettings, dataset: DatasetRecord) -> ImagePlan:
    """Return the sequences of the study; raises CannotStudy where they cannot be composed."""
    require_lines(settings, dataset)
    count = min(settings.count, dataset.test // sum(settings.lengths))
    drawn = np.random.default_rng(settings.seed).permutation(dataset.test)
    sets = []
    for style in settings.styles:
        recipe: dict[str, Any] = {
            "style": style,
            "seed": settings.seed,
            "lengths": list(settings.lengths),
            "count": count,
        }
        sets.append(ImageSet(name=style, recipe=recipe))
    return ImagePlan(
        # Every image is in one sequence of each style, so that sequences are independent.
        drawn[: count * sum(settings.lengths)].astype(np.int32),
        tuple(sets),
        shown=(),
        count=count * sum(slots(length) for length in settings.lengths),
    )


def require_lines(settings: SequencesSettings, dataset: DatasetRecord) -> None:
    """Raise CannotStudy where no lines can be composed of the test images."""
    require_images(dataset, "it composes grey images", channels=1)
    needed = FEWEST * sum(settings.lengths)
    if dataset.test < needed:
        raise CannotStudy(
            f"it needs {needed:,} test images for {FEWEST} sequences of each length, and there are "
            f"{dataset.test:,}"
        )


study = Study(
    name="sequences",
    title="Sequences",
    analyse=Deferred("reportgen.studies.sequences.measures:measure_sequences"),
    settings=SequencesSettings,
    result=SequencesFacts,
    claims=sequences_claims,
    figures=sequences_figures,
    images=ImageChanges(
        _plan,
        Deferred("reportgen.studies.sequences.composition:make_pieces"),
        confidence=True,
        gallery=Deferred("reportgen.studies.sequences.reading:show_lines"),
    ),
)
