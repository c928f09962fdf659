"""The plan: which runs an experiment asks for, each with the key of all that can change it.

A field of the experiment does one of three things. It becomes part of the `RunSpec`; it decides on
the data, and acts through the data's SHA-256 (`ACTS_THROUGH_DATA`); or it only changes what a
report says about the runs (`PRESENTATION_ONLY`). A test holds every field to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reportgen.config.environment import Environment
from reportgen.config.keys import digest, source_digests
from reportgen.config.schema import Experiment, Model
from reportgen.config.spec import Ingredients, RunSpec

ACTS_THROUGH_DATA: Mapping[str, str] = {
    "data.name": "names the images",
    "data.fallback": "decides which images stand in",
    "data.train_limit": "chooses among the training images",
    "data.test_limit": "chooses among the test images",
}
"""Dotted field → how it acts on the data, whose SHA-256 is part of the key."""

PRESENTATION_ONLY: Mapping[str, str] = {
    "title": "stands on the cover",
    "subtitle": "stands on the cover",
    "keywords": "stand below the abstract",
    "cover": "lines of the cover",
    "models.name": "what the report calls a model",
    "models.slug": "how paths and the command line call a model",
    "analysis": "compares finished runs",
    "report": "looks, and what is kept",
    "notes": "the author's prose",
    "references": "the list of references",
    "published": "figures that finished runs are set beside",
}
"""Dotted field or table → why it changes no run."""


class DataShape(Protocol):
    """What a plan has to know of a data set; `DatasetRecord` is one."""

    @property
    def sha256(self) -> str:
        """Of the inputs and labels."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Channels, height, width of an image, or the number of features."""


@dataclass(frozen=True)
class PlannedRun:
    """One model to be trained with one seed."""

    model: str
    """Slug."""
    seed: int
    ingredients: Ingredients
    key: str
    """Digest of the ingredients."""


def plan_runs(
    experiment: Experiment,
    dataset: DataShape,
    environment: Environment,
    training_source: Mapping[str, str] | None = None,
) -> tuple[PlannedRun, ...]:
    """Return the runs of an experiment, model by model and seed by seed, in the file's order.

    Two models that are the same network have runs with the same keys. `training_source` is the
    digests of the training room's files; they are read where it is not given.
    """
    source = read_training_source() if training_source is None else dict(training_source)
    return tuple(
        _plan_run(model, seed, experiment, dataset, environment, source)
        for model in experiment.models
        for seed in experiment.training.seeds
    )


def read_training_source() -> dict[str, str]:
    """Return the digest of each file of the training room."""
    return source_digests(Path(__file__).resolve().parents[1] / "training")


def _plan_run(
    model: Model,
    seed: int,
    experiment: Experiment,
    dataset: DataShape,
    environment: Environment,
    training_source: dict[str, str],
) -> PlannedRun:
    ingredients = Ingredients(
        spec=_specify(model, seed, experiment, dataset, environment),
        data_sha256=dataset.sha256,
        training_source=training_source,
        torch=environment.torch,
        numpy=environment.numpy,
        numba=environment.numba,
        device=environment.device,
    )
    return PlannedRun(model.slug, seed, ingredients, digest(ingredients))


def _specify(
    model: Model, seed: int, experiment: Experiment, dataset: DataShape, environment: Environment
) -> RunSpec:
    training, normalize = experiment.training, experiment.data.normalize
    return RunSpec(
        architecture=model.architecture,
        dropout=model.dropout,
        input_shape=dataset.input_shape,
        classes=len(dataset.classes),
        mean=normalize.mean,
        std=normalize.std,
        optimizer=training.optimizer,
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        batch_size=training.batch_size,
        epochs=training.epochs,
        validation_fraction=training.validation_fraction,
        seed=seed,
        precision=environment.precision,
    )
