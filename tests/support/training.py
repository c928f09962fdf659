"""Tiny data and plans for the training room: seconds, not minutes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients, RunSpec, TrainingSpec
from reportgen.data.arrays import DataArrays
from reportgen.execution.provenance import Commit
from reportgen.plugins import find_plugin
from reportgen.training.fit import LoadedData
from reportgen.training.loop import Examples, Training, make_deterministic, start

CPU = torch.device("cpu")
NO_COMMIT = Commit(None, None)
SIDE = 12
CLASSES = 4


SHIPPED = {name: find_plugin(name, "architecture", Path()) for name in ("cnn", "mlp")}
"""The shipped architectures."""


def make_training(**changes: Any) -> TrainingSpec:
    """Return the training settings of a small run, with these changed."""
    settings = TrainingSpec(
        mean=0.5,
        std=0.5,
        optimizer="adam",
        learning_rate=0.005,
        batch_size=32,
        epochs=3,
        precision="float32",
    )
    return settings.model_copy(update=changes)


def make_spec(**changes: Any) -> RunSpec:
    """Return a small run's spec, with these settings changed; `dropout` is an option."""
    options = {"dropout": changes.pop("dropout", 0.0), **changes.pop("options", {})}
    settings = {name: changes.pop(name) for name in TrainingSpec.model_fields if name in changes}
    spec = RunSpec(
        kind="network",
        reference="mlp",
        options=options,
        input_shape=(1, SIDE, SIDE),
        classes=CLASSES,
        seed=0,
        training=make_training(**settings),
    )
    return spec.model_copy(update=changes)


def begin(spec: RunSpec) -> Training:
    """Return a run of a shipped architecture before its first epoch, on the CPU."""
    return start(spec, SHIPPED[spec.reference], CPU)


def plan(**changes: Any) -> PlannedRun:
    """Return the planned run of a spec with these fields changed."""
    spec = make_spec(**changes)
    ingredients = Ingredients(
        spec=spec,
        data_sha256="ab" * 32,
        sources={},
        versions={"torch": torch.__version__, "numpy": np.__version__},
        device="cpu",
    )
    return PlannedRun(
        spec.reference, spec.seed, ingredients, digest(ingredients), SHIPPED[spec.reference]
    )


@cache
def make_images(n_train: int = 200, n_test: int = 60) -> DataArrays:
    """Return images whose class shows as a bright quarter, under noise."""
    random = np.random.default_rng(3)
    labels = random.integers(0, CLASSES, n_train + n_test).astype(np.int32)
    images = random.integers(0, 200, (len(labels), SIDE, SIDE))
    half = SIDE // 2
    for image, label in zip(images, labels, strict=True):
        top, left = half * (label // 2), half * (label % 2)
        image[top : top + half, left : left + half] += 55
    pixels = images.astype(np.uint8)[:, None]
    return DataArrays(
        pixels[:n_train], labels[:n_train], pixels[n_train:], labels[n_train:], tuple("abcd")
    )


def load(images: DataArrays | None = None) -> LoadedData:
    """Return the images as a worker has them, without the sharing."""
    make_deterministic(CPU)
    images = images or make_images()

    def examples(pixels: np.ndarray, labels: np.ndarray) -> Examples:
        return Examples(torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64)))

    return LoadedData(
        examples(images.train_inputs, images.train_labels),
        examples(images.test_inputs, images.test_labels),
    )
