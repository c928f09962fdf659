"""The plan: which field of an experiment changes which key."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from reportgen.config import plan as config_plan
from reportgen.config.environment import Environment
from reportgen.config.keys import digest, file_digests
from reportgen.config.plan import PRESENTATION_ONLY, plan_runs, read_numerics
from reportgen.config.schema import Experiment
from reportgen.plugins.finding import PACKAGE
from tests.support.factories import make_dataset

ENVIRONMENT = Environment(
    versions={
        "torch": "2.15.0+cpu",
        "numpy": "2.4.6",
        "numba": "0.68.1",
        "scikit-learn": "1.9.0",
        "scipy": "1.18.0",
    },
    device="cpu",
    precision="float32",
)
SOURCE = {"loop.py": "00"}

ACTS_THROUGH_DATA = {
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
    "data.fallback": "decides which data set replaces a missing one",
    "data.train_limit": "chooses among the training examples",
    "data.test_limit": "chooses among the test examples",
}
"""Dotted field → how it acts on the data, whose SHA-256 is part of the key."""

ACTS_THROUGH_FILES = {
    "models.predictions": "names the files of the predictions",
    "models.kind": "decides how their scores are read",
    "models.declares": "names further files of a plug-in",
}
"""Dotted field → how it acts on files of the user's, whose digests are part of the key."""


@dataclass(frozen=True)
class Shape:
    """The least that a plan has to know of a data set."""

    sha256: str = "ab"
    classes: tuple[str, ...] = ("a", "b")
    input_shape: tuple[int, ...] = (1, 28, 28)


BASE: dict[str, Any] = {
    "title": "A title",
    "models": [
        {"name": "A", "slug": "a", "architecture": "cnn"},
        {"name": "B", "slug": "b", "architecture": "mlp", "dropout": 0.5},
    ],
}

OTHER_VALUES: dict[str, Any] = {
    "data.normalize.mean": 0.25,
    "data.normalize.std": 0.25,
    "training.optimizer": "sgd",
    "training.learning_rate": 0.01,
    "training.weight_decay": 0.1,
    "training.batch_size": 32,
    "training.epochs": 3,
    "training.momentum": 0.9,
    "training.nesterov": True,
    "training.schedule": "cosine",
    "training.warmup_epochs": 2,
    "training.step_epochs": 3,
    "training.step_factor": 0.5,
    "training.label_smoothing": 0.1,
    "training.gradient_clip": 1.0,
    "training.patience": 3,
    "training.augmentation.shift": 2.0,
    "training.augmentation.rotation": 10.0,
    "training.augmentation.noise": 0.1,
    "models.training": {"learning_rate": 0.01},
    "training.seeds": [0, 1, 5],
    "training.validation_fraction": 0.1,
    "models.architecture": "mlp",
    "models.estimator": "sklearn.svm:SVC",
    "models.options": {"hidden": [64]},
    "models.dropout": 0.25,
}
"""For each field that changes a key by itself, another value than that of BASE.

`training.precision` acts through the environment, which resolves it; it is tested there.
"""

WITH: dict[str, dict[str, Any]] = {
    "training.momentum": {"optimizer": "sgd"},
    "training.nesterov": {"optimizer": "sgd", "momentum": 0.9},
    "training.step_epochs": {"schedule": "step"},
    "training.step_factor": {"schedule": "step"},
    "training.patience": {"validation_fraction": 0.1},
}
"""Field → settings without which it does nothing."""

PRESENTATION_VALUES: dict[str, Any] = {
    "title": "Another title",
    "subtitle": "Below it",
    "keywords": ["word"],
    "cover": {"Course": "Deep learning"},
    "contributions": {"Report": "One of the authors"},
    "data.title": "Another data set",
    "models.name": "Another name",
    "models.role": "baseline",
    "models.slug": "another-slug",
    "analysis": {"margin": 1.5, "level": 0.9},
    "studies": {"design": {"enabled": False}},
    "report": {"date": "today", "templates": "folder", "history": 1},
    "notes": {"abstract": "My words."},
    "references": [{"text": "A book."}],
    "published": {"source": "A paper", "tables": []},
    "sweep": {"training.learning_rate": [0.1, 0.01]},
}


def plan(values: dict[str, Any], shape: Shape = Shape()) -> list[str]:
    """Return the keys of the runs of an experiment."""
    runs = plan_runs(Experiment.model_validate(values), shape, ENVIRONMENT, numerics=SOURCE)
    return [run.key for run in runs]


def with_value(path: str, value: object) -> dict[str, Any]:
    """Return BASE with another value at a dotted path; that of a model is set in the first one."""
    values = Experiment.model_validate(BASE).model_dump(mode="json")
    table = values
    *tables, name = path.split(".")
    for step in tables:
        table = table[step][0] if step == "models" else table[step]
    table[name] = value
    if name == "estimator":
        del table["architecture"]
    return values


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Return the dotted path of every field that holds a value."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        annotation: Any = field.annotation
        if get_origin(annotation) is tuple:
            annotation = get_args(annotation)[0]
        is_table = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        if is_table and path not in PRESENTATION_ONLY:
            yield from fields(annotation, f"{path}.")
        else:
            yield path


def test_every_field_has_its_place() -> None:
    """Each field changes the key, acts through the data, or is listed as presentation, once."""
    placed = [
        *OTHER_VALUES,
        "training.precision",
        *ACTS_THROUGH_DATA,
        *ACTS_THROUGH_FILES,
        *PRESENTATION_ONLY,
    ]
    assert sorted(placed) == sorted(fields(Experiment))


@pytest.mark.parametrize("path", OTHER_VALUES)
def test_a_field_of_a_run_changes_its_key(path: str) -> None:
    """Another value gives other keys, where the field does anything."""
    changed = with_value(path, OTHER_VALUES[path])
    changed["training"] = {**changed["training"], **WITH.get(path, {})}
    assert plan(changed) != plan({**BASE, "training": WITH.get(path, {})})


@pytest.mark.parametrize("path", WITH)
def test_a_setting_that_does_nothing_changes_no_key(path: str) -> None:
    """A momentum of Adam, or the steps of a constant rate, train nothing anew."""
    assert plan(with_value(path, OTHER_VALUES[path])) == plan(BASE)


def test_a_model_may_be_trained_in_its_own_way() -> None:
    """What is set for one model changes its keys alone, as if it had been set for all."""
    own = {"learning_rate": 0.01, "augmentation": {"noise": 0.1}}
    before, after = plan(BASE), plan(with_value("models.training", own))
    shared = plan({**BASE, "training": own})
    assert after[:3] == shared[:3]
    assert after[3:] == before[3:]


@pytest.mark.parametrize("path", PRESENTATION_ONLY)
def test_a_presentation_field_changes_no_key(path: str) -> None:
    """Another value gives the same keys: nothing is trained for it."""
    changed = with_value(path, PRESENTATION_VALUES[path])
    assert Experiment.model_validate(changed) != Experiment.model_validate(BASE)
    assert plan(changed) == plan(BASE)


@pytest.mark.parametrize(
    "shape", [Shape(sha256="cd"), Shape(classes=("a",)), Shape(input_shape=(3, 8, 8))]
)
def test_the_data_changes_every_key(shape: Shape) -> None:
    """Other bytes, classes or sizes of images are another run."""
    assert not set(plan(BASE, shape)) & set(plan(BASE))


@pytest.mark.parametrize(
    "environment",
    [
        replace(ENVIRONMENT, versions={**ENVIRONMENT.versions, "torch": "2.15.1+cpu"}),
        replace(ENVIRONMENT, versions={**ENVIRONMENT.versions, "numpy": "2.5.0"}),
        replace(ENVIRONMENT, device="cuda"),
        replace(ENVIRONMENT, precision="bfloat16"),
    ],
)
def test_the_environment_changes_every_key(environment: Environment) -> None:
    """Another version, device or precision is another run."""
    runs = plan_runs(Experiment.model_validate(BASE), Shape(), environment, numerics=SOURCE)
    assert not {run.key for run in runs} & set(plan(BASE))


def test_only_libraries_that_a_run_uses_change_its_key() -> None:
    """Numba computes the convolutions of the shipped CNN on a CPU, and nothing else."""
    versions = {**ENVIRONMENT.versions, "numba": "0.69.0", "scikit-learn": "2.0"}
    environment = replace(ENVIRONMENT, versions=versions)
    runs = plan_runs(Experiment.model_validate(BASE), Shape(), environment, numerics=SOURCE)
    same = [run.key == key for run, key in zip(runs, plan(BASE), strict=True)]
    assert same == [False] * 3 + [True] * 3


def test_changing_one_model_leaves_the_runs_of_others() -> None:
    """Another dropout of one model changes the keys of its runs only."""
    before, after = plan(BASE), plan(with_value("models.dropout", 0.25))
    assert [old == new for old, new in zip(before, after, strict=True)] == [False] * 3 + [True] * 3


def test_runs_come_model_by_model() -> None:
    """The plan is in the order of the file, seed by seed."""
    runs = plan_runs(Experiment.model_validate(BASE), Shape(), ENVIRONMENT, numerics=SOURCE)
    expected = [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("b", 2)]
    assert [(run.model, run.seed) for run in runs] == expected


def test_the_same_network_twice_shares_its_runs() -> None:
    """Two models that differ in their name only are trained once."""
    models = [{"name": name, "architecture": "cnn"} for name in ("First", "Second")]
    keys = plan({**BASE, "models": models})
    assert keys[:3] == keys[3:]


def test_equal_numbers_have_equal_keys() -> None:
    """A whole number where a fraction may stand changes nothing: 0 is 0.0."""
    whole, fraction = with_value("models.dropout", 0), with_value("models.dropout", 0.0)
    assert plan(whole) == plan(fraction)


def test_the_key_is_the_digest_of_the_ingredients() -> None:
    """Whoever holds the ingredients can recompute the key."""
    runs = plan_runs(Experiment.model_validate(BASE), make_dataset().record, ENVIRONMENT)
    assert all(run.key == digest(run.ingredients) for run in runs)
    numerics = {f"training/{name}": found for name, found in read_numerics().items()}
    sources = runs[0].ingredients.sources
    assert sources == {name: numerics[name] for name in sources}
    assert set(numerics) - set(sources) == {
        "training/estimators.py",
        "training/graphs.py",
        "training/tasks.py",
    }
    on_gpu = replace(ENVIRONMENT, device="cuda")
    (run, *_) = plan_runs(Experiment.model_validate(BASE), make_dataset().record, on_gpu)
    assert "training/graphs.py" in run.ingredients.sources


@pytest.mark.slow
def test_only_the_numerics_of_a_run_change_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all files of the package, only those that compute a run's numbers change its key."""
    package = tmp_path / "reportgen"
    ignored = shutil.ignore_patterns("__pycache__", "templates", "experiments")
    shutil.copytree(PACKAGE, package, ignore=ignored)
    monkeypatch.setattr(config_plan, "PACKAGE", package)
    experiment = Experiment.model_validate(BASE)

    def keys() -> list[str]:
        # As in another process, which reads the files anew.
        file_digests.cache_clear()
        runs = plan_runs(experiment, Shape(), ENVIRONMENT)
        return [run.key for run in runs if run.seed == 0]

    def edit(paths: Iterable[Path]) -> tuple[bool, ...]:
        for path in paths:
            path.write_bytes(path.read_bytes() + b"# An edit.\n")
        return tuple(old != new for old, new in zip(before, keys(), strict=True))

    before, room = keys(), package / "training"
    assert edit(path for path in package.rglob("*.py") if room not in path.parents) == (
        False,
        False,
    )
    changed = {}
    for path in sorted(room.rglob("*.py")):
        changed[path.stem] = edit([path])
        before = keys()
    others = dict.fromkeys(("estimators", "graphs", "tasks"), (False, False))
    of_cnn = dict.fromkeys(("fused", "kernels"), (True, False))
    assert changed == {**dict.fromkeys(changed, (True, True)), **others, **of_cnn}
    assert {"loop", "fit", "architectures"} <= changed.keys()
