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
from reportgen.config.keys import digest, file_digests
from reportgen.config.schema import Experiment, Model
from reportgen.config.spec import Ingredients, RunSpec, TrainingSpec

ACTS_THROUGH_DATA: Mapping[str, str] = {
    "data.name": "names the data set",
    "data.source": "names the data set",
    "data.labels": "names the labels",
    "data.test": "names the test examples",
    "data.test_fraction": "decides how many examples are split off for testing",
    "data.split_seed": "decides which examples are split off for testing",
    "data.classes": "names the classes and gives them their order",
    "data.size": "scales the images",
    "data.channels": "makes the images grey or coloured",
    "data.label": "names the column of the classes",
    "data.id": "decides which prediction belongs to which label, and is no feature",
    "data.groups": "keeps rows together when a test set is split off",
    "data.ignore": "leaves columns out of the features",
    "data.one_hot": "makes features of text",
    "data.options": "are passed to the function that returns the data",
    "data.normalize.standardize": "scales the features",
    "data.fallback": "decides which data stand in",
    "data.train_limit": "chooses among the training examples",
    "data.test_limit": "chooses among the test examples",
}
"""Dotted field → how it acts on the data, whose SHA-256 is part of the key."""

ACTS_THROUGH_FILES: Mapping[str, str] = {
    "models.predictions": "names the files of the predictions",
    "models.kind": "decides how their scores are read",
}
"""Dotted field → how it acts on imported predictions, whose file's SHA-256 is part of the key."""

PRESENTATION_ONLY: Mapping[str, str] = {
    "data.title": "what the report calls the data set",
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


PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of this package."""

CONVOLUTION_FILES = ("fused.py", "kernels.py")
"""Files of the training room that no other network than the shipped `cnn` uses."""


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
    numerics: Mapping[str, str] | None = None,
) -> tuple[PlannedRun, ...]:
    """Return the runs to fit, model by model and seed by seed, in the file's order.

    Two models that are the same network have runs with the same keys. `numerics` are the digests of
    the files of the training room; they are read where they are not given.
    """
    files = read_numerics() if numerics is None else dict(numerics)
    return tuple(
        _plan_run(model, seed, experiment, dataset, environment, files)
        for model in experiment.models
        if model.predictions is None
        for seed in experiment.training.seeds
    )


def read_numerics() -> dict[str, str]:
    """Return the SHA-256 of the bytes of each file of the training room."""
    return file_digests(PACKAGE / "training")


def _plan_run(
    model: Model,
    seed: int,
    experiment: Experiment,
    dataset: DataShape,
    environment: Environment,
    numerics: Mapping[str, str],
) -> PlannedRun:
    ingredients = Ingredients(
        spec=_specify(model, seed, experiment, dataset, environment),
        data_sha256=dataset.sha256,
        sources=_choose_sources(model, numerics),
        versions=_choose_versions(model, environment),
        device=environment.device,
    )
    return PlannedRun(model.slug, seed, ingredients, digest(ingredients))


def _choose_sources(model: Model, numerics: Mapping[str, str]) -> dict[str, str]:
    unused = () if model.architecture == "cnn" else CONVOLUTION_FILES
    return {f"training/{name}": found for name, found in numerics.items() if name not in unused}


def _choose_versions(model: Model, environment: Environment) -> dict[str, str]:
    used = ["torch", "numpy"]
    if model.architecture == "cnn" and environment.device == "cpu":
        used.append("numba")
    return {name: environment.versions[name] for name in used if name in environment.versions}


def _specify(
    model: Model, seed: int, experiment: Experiment, dataset: DataShape, environment: Environment
) -> RunSpec:
    assert model.architecture is not None
    return RunSpec(
        kind="network",
        reference=model.architecture,
        options={"dropout": model.dropout},
        input_shape=dataset.input_shape,
        classes=len(dataset.classes),
        seed=seed,
        training=_specify_training(experiment, environment),
    )


def _specify_training(experiment: Experiment, environment: Environment) -> TrainingSpec:
    training, normalize = experiment.training, experiment.data.normalize
    return TrainingSpec(
        optimizer=training.optimizer,
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        batch_size=training.batch_size,
        epochs=training.epochs,
        validation_fraction=training.validation_fraction,
        mean=normalize.mean,
        std=normalize.std,
        precision=environment.precision,
    )
