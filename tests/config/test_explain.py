"""Why a run is to be trained, in the words of the experiment file."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.explain import explain
from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients, RunSpec, Subset, TrainingSpec
from reportgen.plugins import find_plugin

SPEC: dict[str, Any] = {
    "kind": "network",
    "reference": "cnn",
    "options": {"dropout": 0.5},
    "input_shape": (1, 28, 28),
    "classes": 10,
    "seed": 0,
}
TRAINING: dict[str, Any] = {
    "mean": 0.5,
    "std": 0.5,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 64,
    "epochs": 10,
    "precision": "float32",
}


def make_ingredients(spec: dict[str, Any] | None = None, **changes: Any) -> Ingredients:
    """Return the ingredients of a run that differs from the usual one in these fields."""
    values: dict[str, Any] = {
        "data_sha256": "ab",
        "sources": {"training/loop.py": "00", "training/shared.py": "00"},
        "versions": {"torch": "2.14.1", "numpy": "2.4.6", "numba": "0.68.1"},
        "device": "cpu",
        **changes,
    }
    settings = {
        name: value for name, value in (spec or {}).items() if name not in RunSpec.model_fields
    }
    options = {"options": {"dropout": settings.pop("dropout", 0.5)}}
    training = TrainingSpec(**{**TRAINING, **settings})
    given = {name: value for name, value in (spec or {}).items() if name in RunSpec.model_fields}
    return Ingredients(spec=RunSpec(**{**SPEC, **options, **given}, training=training), **values)


def make_run(spec: dict[str, Any] | None = None, **changes: Any) -> PlannedRun:
    """Return a planned run of the model `cnn`."""
    ingredients = make_ingredients(spec, **changes)
    plugin = find_plugin("cnn", "architecture", Path())
    return PlannedRun("cnn", ingredients.spec.seed, ingredients, digest(ingredients), plugin)


def reasons(planned: PlannedRun, *kept: Ingredients, in_use: tuple[str, ...] = ()) -> list[str]:
    """Return the reasons as they are printed."""
    return [str(change) for change in explain(planned, kept, in_use)]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (make_run({"dropout": 0.3}), ["models.cnn.dropout 0.5 → 0.3"]),
        (make_run({"learning_rate": 0.01}), ["training.learning_rate 0.001 → 0.01"]),
        (
            make_run({"epochs": 3, "batch_size": 32}),
            ["training.batch_size 64 → 32", "training.epochs 10 → 3"],
        ),
        (make_run({"mean": 0.1307}), ["data.normalize.mean 0.5 → 0.1307"]),
        (make_run({"optimizer": "sgd"}), ["training.optimizer adam → sgd"]),
        (make_run({"precision": "bfloat16"}), ["training.precision float32 → bfloat16"]),
        (make_run({"seed": 7}), ["seed 7 is new"]),
        (
            make_run(versions={"torch": "2.15.0", "numpy": "2.4.6", "numba": "0.68.1"}),
            ["torch 2.14.1 → 2.15.0"],
        ),
        (make_run(device="cuda"), ["device cpu → cuda"]),
        (make_run({"classes": 26}, data_sha256="cd"), ["the data are new"]),
        (
            make_run(sources={"training/loop.py": "01", "training/new.py": "00"}),
            ["training/loop.py changed", "training/new.py added", "training/shared.py removed"],
        ),
    ],
)
def test_each_ingredient_is_named(run: PlannedRun, expected: list[str]) -> None:
    """A change is named by its dotted path, with the old value and the new one."""
    assert reasons(run, make_ingredients()) == expected


def test_other_groups_to_validate_on_are_a_reason() -> None:
    """Of a run that is otherwise the same; of another seed, they are others anyway."""
    first, other = (Subset(size=9, positions_sha256=each) for each in ("aa", "bb"))
    expected = "the groups that are held out for validation are new"
    kept = make_ingredients(validation=first)
    assert reasons(make_run(validation=other), kept) == [expected]
    assert reasons(make_run(validation=first), make_ingredients()) == [expected]
    assert reasons(make_run({"seed": 1}, validation=other), kept) == ["seed 1 is new"]


def test_a_kept_run_has_no_reason() -> None:
    """A run that is kept needs no training, whatever else is kept."""
    assert reasons(make_run(), make_ingredients({"epochs": 3}), make_ingredients()) == []


def test_nothing_like_it() -> None:
    """Without a kept run of the architecture there is nothing to compare with."""
    expected = ["no similar run is kept"]
    assert reasons(make_run()) == expected
    assert reasons(make_run(), make_ingredients({"reference": "mlp"})) == expected


def test_the_nearest_run_is_taken() -> None:
    """The kept run with the fewest changes explains best."""
    far = make_ingredients({"epochs": 3, "dropout": 0.0})
    near = make_ingredients({"epochs": 5})
    assert reasons(make_run(), far, near) == ["training.epochs 5 → 10"]


def test_a_run_of_the_same_seed_is_nearer() -> None:
    """The setting that was changed explains better than the seed of a run that has it already."""
    same_seed = make_ingredients({"seed": 1, "epochs": 5})
    other_seed = make_ingredients({"seed": 0})
    assert reasons(make_run({"seed": 1}), other_seed, same_seed) == ["training.epochs 5 → 10"]


def test_a_run_of_another_model_is_farther() -> None:
    """With two CNNs, the changed one is compared with its own last runs, not with the other's."""
    other_model = make_ingredients({"dropout": 0.0})
    own_last = make_ingredients({"dropout": 0.5})
    run = make_run({"dropout": 0.3})
    expected = ["models.cnn.dropout 0.5 → 0.3"]
    assert reasons(run, other_model, own_last, in_use=(digest(other_model),)) == expected


def test_a_new_seed_is_compared_with_the_other_seeds_of_its_model() -> None:
    """A run that differs in its seed alone is of the same model, also where it is in use."""
    same_model = make_ingredients({"dropout": 0.0})
    other_model_before = make_ingredients({"dropout": 0.5})
    run = make_run({"dropout": 0.0, "seed": 2})
    found = reasons(run, other_model_before, same_model, in_use=(digest(same_model),))
    assert found == ["seed 2 is new"]


@given(st.permutations([{"epochs": 5}, {"epochs": 3, "seed": 1}, {"dropout": 0.1, "seed": 2}, {}]))
def test_order_matters_only_between_equals(specs: list[dict[str, Any]]) -> None:
    """However the kept runs are ordered, the run itself is found among them."""
    assert reasons(make_run(), *map(make_ingredients, specs)) == []
