"""Synthetic evidence: small, seeded, and wrong on purpose where a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import JsonValue

from reportgen import __version__
from reportgen.config.keys import digest
from reportgen.config.schema import Experiment
from reportgen.results.evidence import Evidence, collect_evidence
from reportgen.results.records import (
    Costs,
    DataFile,
    Dataset,
    DatasetRecord,
    Epoch,
    Evaluation,
    Ingredients,
    Layer,
    ModelSummary,
    Provenance,
    Run,
    RunRecord,
    RunSpec,
    TrainingSpec,
)


@dataclass(frozen=True)
class FakeModel:
    """A model whose error rate is chosen instead of learned."""

    name: str
    slug: str
    architecture: str
    dropout: float
    error: float


PAPER_MODELS = (
    FakeModel("CNN", "cnn", "cnn", 0.0, 0.010),
    FakeModel("CNN + dropout", "cnn-dropout", "cnn", 0.5, 0.007),
    FakeModel("MLP", "mlp", "mlp", 0.0, 0.026),
    FakeModel("MLP + dropout", "mlp-dropout", "mlp", 0.5, 0.031),
)


BASELINE = {
    "name": "Class centroid",
    "slug": "centroid",
    "role": "baseline",
    "estimator": "sklearn.neighbors:NearestCentroid",
}


def make_experiment(
    models: Sequence[FakeModel] = PAPER_MODELS, seeds: int = 3, baseline: bool = False
) -> Experiment:
    """Return an experiment with these models, and one baseline where it is asked for."""
    return Experiment.model_validate(
        {
            "title": "A comparison of models",
            "keywords": ["handwriting", "comparison"],
            "training": {"seeds": list(range(seeds)), "epochs": 4},
            "models": [
                {
                    "name": model.name,
                    "slug": model.slug,
                    "architecture": model.architecture,
                    "dropout": model.dropout,
                }
                for model in models
            ]
            + [BASELINE] * baseline,
        }
    )


def make_dataset(n: int = 1000, n_train: int = 2000, classes: int = 10, seed: int = 7) -> Dataset:
    """Return a data set of noise images with every class present."""
    random = np.random.default_rng(seed)
    test_labels = random.permutation(np.arange(n) % classes).astype(np.int32)
    train_labels = random.permutation(np.arange(n_train) % classes).astype(np.int32)
    record = DatasetRecord(
        name="mnist",
        title="MNIST",
        stand_in_for=None,
        stand_in_reason=None,
        sha256="ab" * 32,
        train=n_train,
        test=n,
        classes=tuple(str(index) for index in range(classes)),
        input_shape=(1, 28, 28),
        files=(
            DataFile(name="train", bytes=n_train * 784, sha256="cd" * 32, usage="Training images"),
            DataFile(name="test", bytes=n * 784, sha256="ef" * 32, usage="Test images"),
        ),
    )
    return Dataset(
        record=record,
        train_labels=train_labels,
        test_labels=test_labels,
        test_inputs=random.integers(0, 256, (n, 1, 28, 28), dtype=np.uint8),
    )


def make_result(model: FakeModel, seed: int, dataset: Dataset) -> Run:
    """Return a run of `model` whose errors fall at random with the model's error rate."""
    classes, examples = len(dataset.record.classes), dataset.record.train
    random = np.random.default_rng([seed, *model.slug.encode()])
    predicted = _flip(dataset.test_labels, model.error, classes, random)
    logits = random.normal(0.0, 0.5, (len(predicted), classes))
    logits[np.arange(len(predicted)), predicted] += 4 + random.exponential(2.0, len(predicted))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    spec = RunSpec(
        kind="network",
        reference=model.architecture,
        options=make_options(model),
        input_shape=(1, 28, 28),
        classes=classes,
        seed=seed,
        training=TrainingSpec(
            mean=0.5,
            std=0.5,
            optimizer="adam",
            learning_rate=0.001,
            batch_size=64,
            epochs=4,
            precision="float32",
        ),
    )
    ingredients = Ingredients(
        spec=spec,
        data_sha256=dataset.record.sha256,
        sources={"training/loop.py": "00" * 32},
        versions={"torch": "2.15.0+cpu", "numpy": "2.4.6", "numba": "0.68.1"},
        device="cpu",
    )
    record = RunRecord(
        key=digest(ingredients),
        ingredients=ingredients,
        summary=make_summary(model),
        history=tuple(
            Epoch(
                loss=0.3 * 0.6**epoch + 5 * model.error,
                accuracy=round((1 - model.error - 0.05 * 0.5**epoch) * examples) / examples,
                clean_accuracy=round((1 - model.error - 0.02 * 0.5**epoch) * examples) / examples
                if model.dropout
                else None,
                seconds=3.1,
            )
            for epoch in range(4)
        ),
        costs=Costs(train_seconds=12.4, seconds_per_1000=0.05, peak_memory_bytes=300 * 2**20),
        provenance=Provenance(
            python="3.11.7",
            versions=ingredients.versions,
            platform="Linux x86_64",
            device="cpu",
            threads=1,
            precision="float32",
            commit="0123456789abcdef0123456789abcdef01234567",
            dirty=False,
            started="2026-01-02T03:04:05+00:00",
            ended="2026-01-02T03:05:05+00:00",
        ),
    )
    probabilities = probabilities.astype(np.float32)
    train_classes = _flip(dataset.train_labels, model.error / 3, classes, random)
    return Run(
        record,
        {
            "test": Evaluation(probabilities.argmax(axis=1).astype(np.int32), probabilities),
            "train": Evaluation(train_classes.astype(np.int32), None),
        },
    )


def make_options(model: FakeModel) -> dict[str, JsonValue]:
    """Return the options of a network as the plan writes them, every default filled in."""
    sizes: dict[str, dict[str, JsonValue]] = {
        "cnn": {"channels": [32, 64], "hidden": [128]},
        "mlp": {"hidden": [128]},
    }
    own = sizes.get(model.architecture, {})
    return {**own, "dropout": model.dropout} if own or model.dropout else {}


def make_baseline_run(dataset: Dataset) -> Run:
    """Return a run of the baseline, which gives labels alone and is wrong about one in six."""
    classes = len(dataset.record.classes)
    network = make_result(PAPER_MODELS[0], 0, dataset).record
    spec = RunSpec(
        kind="estimator",
        reference=BASELINE["estimator"],
        options={},
        input_shape=(1, 28, 28),
        classes=classes,
        seed=0,
        training=None,
    )
    ingredients = network.ingredients.model_copy(update={"spec": spec})
    changes = {"key": digest(ingredients), "ingredients": ingredients, "summary": None}
    record = network.model_copy(update={**changes, "history": ()})
    random = np.random.default_rng(5)
    evaluations = {
        name: Evaluation(_flip(labels, 0.18, classes, random), None)
        for name, labels in (("test", dataset.test_labels), ("train", dataset.train_labels))
    }
    return Run(record, evaluations)


def assert_same_evaluations(first: Run, second: Run) -> None:
    """Make sure that two runs predict the same, to the last bit."""
    assert list(first.evaluations) == list(second.evaluations)
    for name, ours in first.evaluations.items():
        theirs = second.evaluations[name]
        assert ours.classes.dtype == theirs.classes.dtype
        np.testing.assert_array_equal(ours.classes, theirs.classes)
        assert (ours.probabilities is None) == (theirs.probabilities is None)
        if ours.probabilities is not None and theirs.probabilities is not None:
            assert ours.probabilities.dtype == theirs.probabilities.dtype
            np.testing.assert_array_equal(ours.probabilities, theirs.probabilities)


def make_summary(model: FakeModel) -> ModelSummary:
    """Return the layer table of a small network."""
    layers = (
        Layer(
            type="Flatten",
            output_shape=(784,),
            parameters=0,
            trainable_parameters=0,
            multiply_adds=0,
            details="start_dim=1, end_dim=-1",
        ),
        Layer(
            type="Linear",
            output_shape=(10,),
            parameters=7850,
            trainable_parameters=7850,
            multiply_adds=7840,
            details="in_features=784, out_features=10, bias=True",
        ),
    )
    return ModelSummary(
        layers=layers,
        parameters=7850,
        trainable_parameters=7850,
        multiply_adds=7840,
        input_mb=0.003,
        forward_backward_mb=0.012,
        parameters_mb=0.03,
        total_mb=0.045,
        source=f"def {model.architecture}(): ...\n",
    )


def make_build(
    models: Sequence[FakeModel] = PAPER_MODELS,
    seeds: int = 3,
    n: int = 1000,
    baseline: bool = False,
    classes: int = 10,
) -> tuple[Experiment, Dataset, Evidence, dict[tuple[str, int], Run]]:
    """Return an experiment, its data set, its evidence and its runs."""
    experiment = make_experiment(models, seeds, baseline)
    dataset = make_dataset(n, classes=classes)
    results = {
        (model.slug, seed): make_result(model, seed, dataset)
        for model in models
        for seed in range(seeds)
    }
    if baseline:
        results["centroid", 0] = make_baseline_run(dataset)
    evidence = collect_evidence(__version__, experiment.model_dump(mode="json"), dataset, results)
    return experiment, dataset, evidence, results


def with_tables(evidence: Evidence, tables: dict[str, Any]) -> Evidence:
    """Return the evidence of an experiment with these tables of studies."""
    experiment = {**evidence.header.experiment, "studies": tables}
    return evidence.with_header(experiment=experiment)


def with_analysis(evidence: Evidence, **settings: Any) -> Evidence:
    """Return the evidence of an experiment with these settings of its analysis."""
    experiment = dict(evidence.header.experiment)
    experiment["analysis"] = {**experiment["analysis"], **settings}
    return evidence.with_header(experiment=experiment)


def _flip(
    labels: np.ndarray, error: float, classes: int, random: np.random.Generator
) -> np.ndarray:
    wrong = random.random(len(labels)) < error
    shift = random.integers(1, classes, len(labels))
    return np.where(wrong, (labels + shift) % classes, labels).astype(np.int32)
