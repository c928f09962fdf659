"""Few samples: what the number of training examples does to the accuracy of the models."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from reportgen.config.plan import fit_to_subset
from reportgen.config.spec import Ingredients, Subset
from reportgen.data.subsets import digest_positions, draw_subset, validate_on_clusters
from reportgen.results.records import DatasetRecord, number_groups
from reportgen.studies.samples.claims import samples_claims
from reportgen.studies.samples.figures import samples_figures
from reportgen.studies.samples.records import SamplesFacts
from reportgen.studies.study import (
    CannotStudy,
    Deferred,
    RunVariant,
    Study,
    StudySettings,
    ascending,
)


class SamplesSettings(StudySettings):
    """The table `[studies.samples]`."""

    sizes: Annotated[
        tuple[Annotated[int, Field(ge=10)], ...],
        Field(min_length=1, max_length=10),
        AfterValidator(ascending),
    ] = (100, 300, 1000, 3000, 10000)
    """Training examples, of all classes together; those that the data set lacks are left out."""
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """Steps of the optimizer that a network is trained for at least: for as many epochs as on all
    training examples, or for more where these would be fewer steps."""


def sizes_of(settings: SamplesSettings, dataset: DatasetRecord) -> tuple[int, ...]:
    """Return the sizes that the data set has; raises CannotStudy where there are none."""
    if not dataset.train:
        raise CannotStudy("it trains models anew, and the training examples are not known")
    sizes = tuple(size for size in settings.sizes if size < dataset.train)
    if not sizes:
        raise CannotStudy(f"none of its sizes is below the {dataset.train:,} training examples")
    return sizes


def _variants(settings: SamplesSettings, dataset: DatasetRecord) -> tuple[RunVariant, ...]:
    """Return a variant for each part of the training examples; raises CannotStudy."""
    return tuple(_on_part(size, settings.steps) for size in sizes_of(settings, dataset))


def _on_part(size: int, steps: int) -> RunVariant:
    drawn: dict[int, tuple[NDArray[np.int64], Subset]] = {}

    def change(
        run: Ingredients, labels: NDArray[np.int32], clusters: NDArray[np.int32] | None
    ) -> Ingredients:
        seed = run.spec.seed
        if seed not in drawn:
            positions = draw_subset(labels, size, seed, clusters)
            subset = Subset(size=size, positions_sha256=digest_positions(positions))
            drawn[seed] = positions, subset
        positions, subset = drawn[seed]
        of = number_groups(clusters, positions)
        return fit_to_subset(validate_on_clusters(run, labels[positions], of), subset, steps)

    return RunVariant(str(size), change)


study = Study(
    name="samples",
    title="Fewer training examples",
    analyse=Deferred("reportgen.studies.samples.measures:measure_samples"),
    settings=SamplesSettings,
    result=SamplesFacts,
    claims=samples_claims,
    figures=samples_figures,
    variants=_variants,
)
