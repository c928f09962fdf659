"""Robustness: what noise, blur, distortion and low resolution do to the trained networks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reportgen.results.evidence import ImageSet
from reportgen.results.records import DatasetRecord
from reportgen.studies.robustness.claims import robustness_claims
from reportgen.studies.robustness.figures import robustness_figures
from reportgen.studies.robustness.records import PUBLISHED, TITLES, UNGRADED, RobustnessFacts
from reportgen.studies.study import (
    Deferred,
    ImageChanges,
    ImagePlan,
    Seed,
    Study,
    StudySettings,
    ascending,
    draw_test_images,
    one_of,
    require_images,
)

DOES = "it corrupts images"


class RobustnessSettings(StudySettings):
    """The table `[studies.robustness]`."""

    corruptions: Annotated[
        tuple[str, ...], Field(min_length=1), one_of(list(TITLES), "corruption")
    ] = tuple(TITLES)
    """Names of corruptions."""
    severities: Annotated[
        tuple[Annotated[int, Field(ge=1, le=5)], ...],
        Field(min_length=1),
        AfterValidator(ascending),
    ] = (1, 2, 3, 4, 5)
    images: Annotated[int, Field(ge=50)] = 2000
    """How many test images are corrupted; of larger test sets they are drawn at random."""
    seed: Seed = 0
    """Of the images that are drawn, and of all that is random in a corruption."""
    reference: str | None = None
    """Slug of the model that mean corruption errors are relative to; by default the first one."""
    source: Annotated[str, Field(min_length=1)] | None = None
    """A folder with the arrays of MNIST-C, from the folder of the experiment file: images are read
    from its `NAME/test_images.npy` instead of being changed here."""

    def severities_of(self, corruption: str) -> tuple[int, ...]:
        """Return the severities of a corruption; Canny edges and published arrays have one."""
        published = self.source is not None and corruption in PUBLISHED
        return (1,) if published or corruption in UNGRADED else self.severities


def _plan(settings: RobustnessSettings, dataset: DatasetRecord) -> ImagePlan:
    """Return the corrupted images of the study; raises CannotStudy where there are no images."""
    require_images(dataset, DOES)
    drawn = draw_test_images(dataset, settings.images, settings.seed)
    sets, shown = [], []
    for name in settings.corruptions:
        severities = settings.severities_of(name)
        for severity in severities:
            recipe: dict[str, Any] = {
                "corruption": name,
                "severity": severity,
                "seed": settings.seed,
            }
            sets.append(ImageSet(name=f"{name}-{severity}", recipe=recipe))
        shown.append(f"{name}-{severities[len(severities) // 2]}")
    return ImagePlan(drawn, tuple(sets), tuple(shown))


def _files(settings: RobustnessSettings) -> dict[str, str]:
    """Return the file of each image set that is read from the arrays of MNIST-C."""
    if settings.source is None:
        return {}
    names = [name for name in settings.corruptions if name in PUBLISHED]
    return {f"{name}-1": f"{settings.source}/{name}/test_images.npy" for name in names}


study = Study(
    name="robustness",
    title="Robustness",
    analyse=Deferred("reportgen.studies.robustness.measures:measure_robustness"),
    settings=RobustnessSettings,
    result=RobustnessFacts,
    claims=robustness_claims,
    figures=robustness_figures,
    images=ImageChanges(
        _plan, Deferred("reportgen.studies.robustness.corruptions:corrupt"), _files
    ),
)
