"""`[sweep]`: its values, the configurations made of them, and what is wrong with it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.configurations import choose, configure, count_configurations, swept_models
from reportgen.config.loading import LoadedExperiment, make_experiment
from reportgen.config.schema import Experiment
from reportgen.config.sweep import Range, Sweep, make_configurations
from reportgen.errors import ConfigurationError

RATES = {"log": [0.0001, 0.01], "count": 5}


def load(sweep: dict[str, Any], *overrides: str, **tables: Any) -> LoadedExperiment:
    """Return an experiment of two networks and an estimator with a sweep."""
    values: dict[str, Any] = {
        "title": "Sweep",
        "data": {"name": "digits"},
        "training": {"seeds": [0, 1], "validation_fraction": 0.2},
        "models": [
            {"name": "CNN", "architecture": "cnn"},
            {"name": "MLP", "architecture": "mlp", "dropout": 0.5},
            {"name": "SVC", "estimator": "sklearn.svm:SVC"},
        ],
        "sweep": sweep,
        **tables,
    }
    return make_experiment(values, Path("sweep.toml"), "sweep", overrides)


def problems(sweep: dict[str, Any], *overrides: str, **tables: Any) -> str:
    """Return what is wrong with a sweep."""
    with pytest.raises(ConfigurationError) as caught:
        load(sweep, *overrides, **tables)
    return str(caught.value)


def test_each_model_has_its_own_settings_and_the_shared_ones() -> None:
    """A setting of training is one of every network, and of no estimator."""
    experiment = load(
        {
            "models.mlp.dropout": [0.0, 0.25],
            "models.svc.options.C": [1.0, 10.0, 100.0],
            "training.learning_rate": RATES,
        }
    ).experiment
    swept = swept_models(experiment)
    assert {slug: list(paths) for slug, paths in swept.items()} == {
        "cnn": ["training.learning_rate"],
        "mlp": ["training.learning_rate", "dropout"],
        "svc": ["options.C"],
    }
    assert count_configurations(experiment) == {"cnn": 5, "mlp": 10, "svc": 3}
    assert experiment.sweep is not None
    made = make_configurations(experiment.sweep, swept["mlp"])
    rates = (0.0001, 0.000316, 0.001, 0.00316, 0.01)
    assert [tuple(each.values()) for each in made] == list(itertools.product(rates, (0.0, 0.25)))


def test_paths_may_be_written_as_tables_or_set() -> None:
    """TOML reads a path without quotation marks as tables, and so does the command line."""
    quoted = load({"training.batch_size": [16, 32], "models.cnn.dropout": [0.0, 0.5]})
    nested = load(
        {"training": {"batch_size": [16, 32]}, "models": {"cnn": {"dropout": [0.0, 0.5]}}}
    )
    dumped = load(quoted.experiment.model_dump(mode="json")["sweep"])
    given = load({"models.cnn.dropout": [0.0, 0.5]}, "sweep.training.batch_size=[16, 32]")
    for other in (nested, dumped):
        assert other.experiment.sweep == quoted.experiment.sweep
    assert given.experiment.sweep is not None
    assert given.experiment.sweep.values["training.batch_size"] == (16, 32)
    random = {"training.learning_rate": RATES, "design": "random", "count": 2}
    changed = load(random, "sweep.count=4").experiment.sweep
    assert changed is not None and changed.count == 4


FORMS: dict[str, dict[str, Any]] = {
    "sweep.models.cnn.dropout": {"models.cnn.dropout": [0.0, 0.5]},
    "sweep.values.models.cnn.dropout": {"values": {"models.cnn.dropout": [0.1, 0.2]}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("written", [*FORMS.values(), {"models": {"cnn": {"dropout": [0.3, 0.4]}}}])
def test_what_is_set_replaces_a_path_in_any_form(form: str, written: dict[str, Any]) -> None:
    """The command line need not write a path as the file does; other paths stay."""
    sweep = load(
        {**written, "training.batch_size": [16, 32]}, f"{form}=[0.6, 0.7]"
    ).experiment.sweep
    assert sweep is not None
    assert sweep.values == {"training.batch_size": (16, 32), "models.cnn.dropout": (0.6, 0.7)}


def test_a_path_is_written_in_one_of_its_forms() -> None:
    """Of two forms of the same path in a file, neither is ignored."""
    forms = {name: each for form in FORMS.values() for name, each in form.items()}
    spelled = "sweep.models.cnn.dropout and as sweep.values.models.cnn.dropout"
    assert f"is given more than once, as {spelled}; keep one of them" in problems(forms)


def test_what_is_chosen_becomes_a_setting_of_the_model() -> None:
    """In the model alone; what the sweep does not name stays, such as the other augmentation."""
    experiment = load(
        {"models.mlp.dropout": [0.0, 0.25], "training.augmentation.noise": [0.0, 0.1]},
        training={"seeds": [0], "validation_fraction": 0.2, "augmentation": {"shift": 1.0}},
    ).experiment
    chosen = choose(experiment, {"mlp": {"dropout": 0.25, "training.augmentation.noise": 0.1}})
    cnn, mlp, svc = chosen.models
    assert mlp.dropout == 0.25
    augmentation = chosen.training_of(mlp).augmentation
    assert (augmentation.noise, augmentation.shift) == (0.1, 1.0)
    assert (cnn, svc) == (experiment.models[0], experiment.models[2])
    assert chosen.training == experiment.training
    # Chosen again, as when a report is verified, it stays as it is.
    assert configure(mlp, chosen.training, {"dropout": 0.25}) == mlp


def test_dropout_replaces_that_among_the_options() -> None:
    """Dropout of 0 turns off what the options ask for."""
    model = Experiment.model_validate(
        {
            "title": "x",
            "models": [{"name": "A", "architecture": "mlp", "options": {"dropout": 0.5}}],
        }
    ).models[0]
    training = load({"training.batch_size": [16, 32]}).experiment.training
    assert configure(model, training, {"dropout": 0.0}).constructor_options == {}
    assert configure(model, training, {"options.dropout": 0.25}).constructor_options == {
        "dropout": 0.25
    }


@given(
    st.floats(1e-6, 1e3),
    st.floats(1.1, 1e4),
    st.sampled_from(["log", "linear"]),
    st.integers(2, 30),
)
def test_numbers_of_a_range_rise_from_end_to_end(
    low: float, factor: float, kind: str, count: int
) -> None:
    """The ends are as written; the numbers between them rise, evenly to three digits."""
    ends = (low, low * factor)
    numbers = Range.model_validate({kind: ends}).numbers(count)
    assert (numbers[0], numbers[-1]) == ends
    assert all(0.99 * low <= number <= 1.01 * ends[1] for number in numbers)
    inner = numbers[1:-1]
    assert list(inner) == sorted(inner)
    assert all(float(f"{number:.3g}") == number for number in inner)


def test_whole_ends_give_whole_numbers() -> None:
    """Both ends are written without a point."""
    assert Range(linear=(1, 4)).numbers(10) == (1, 2, 3, 4)
    assert Range(log=(16, 256)).numbers(5) == (16, 32, 64, 128, 256)
    assert all(isinstance(number, float) for number in Range(linear=(0.5, 4)).numbers(3))


@given(st.integers(0, 100), st.integers(1, 30))
def test_random_configurations_are_different_and_among_the_values(seed: int, count: int) -> None:
    """The same seed gives the same; a longer sweep begins as a shorter one."""
    sweep = Sweep.model_validate(
        {
            "design": "random",
            "count": count,
            "seed": seed,
            "training.learning_rate": {"log": [0.001, 0.1]},
            "training.batch_size": [16, 32],
            "training.epochs": {"linear": [1, 9], "count": 3},
        }
    )
    made = make_configurations(sweep, sweep.values)
    assert len({tuple(each.values()) for each in made}) == len(made) == count
    for each in made:
        rate = each["training.learning_rate"]
        assert isinstance(rate, float) and 0.001 <= rate <= 0.1
        assert each["training.batch_size"] in (16, 32)
        assert each["training.epochs"] in (1, 5, 9)
    longer = sweep.model_copy(update={"count": count + 5})
    assert make_configurations(longer, sweep.values)[:count] == made


def test_a_range_of_few_numbers_gives_no_more_than_it_has() -> None:
    """Drawing ends where nothing new is found."""
    sweep = Sweep.model_validate(
        {"design": "random", "count": 50, "training.epochs": {"linear": [1, 3]}}
    )
    assert len(make_configurations(sweep, sweep.values)) == 3


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ({}, "has no values to try"),
        ({"training.lr": [1, 2]}, 'did you mean "training.learning_rate"'),
        ({"dropout": [0.0, 0.5]}, 'did you mean "models.cnn.dropout"'),
        ({"models.cn.dropout": [0.0, 0.5]}, 'did you mean "models.cnn.dropout"'),
        ({"models.cnn.options.chanels": [[1], [2]]}, 'did you mean "channels"'),
        ({"data.name": ["digits", "mnist"]}, "is not a setting that a sweep can change"),
        ({"models.svc.training.epochs": [1, 2]}, "is not a setting that a sweep can change"),
        ({"training.seeds": [[0], [1]]}, "cannot be swept"),
        ({"training.validation_fraction": [0.1, 0.2]}, "cannot be swept"),
        ({"training.epochs": []}, "at least two values, not an empty list"),
        ({"training.epochs": [3]}, "at least two values"),
        ({"training.epochs": [3, 4, 3]}, "has the value 3 twice"),
        ({"training.epochs": 3}, "must be a list of values or a range"),
        ({"training.epochs": [1, 2.5]}, "must be a valid integer, not 2.5"),
        ({"training.epochs": {}}, "must have either log or linear"),
        ({"training.epochs": {"log": [1, 9], "linear": [1, 9]}}, "must have either log or linear"),
        ({"training.epochs": {"log": [1, 9], "step": 2}}, '"step" is not one of them'),
        ({"training.epochs": {"log": [1]}}, "must have two numbers in log"),
        ({"training.epochs": {"log": [0, 9]}}, "must have numbers above 0 in log, not 0"),
        ({"training.epochs": {"linear": [9, 1]}}, "must have the lower number of linear first"),
        ({"training.epochs": {"linear": [1, 9], "count": 1}}, "whole number from 2 to 1,000"),
        ({"training.epochs": {"linear": [1, 9]}}, "needs a count in a grid"),
        ({"training.momentum": [0.0, 0.9]}, "changes nothing"),
        ({"training.learning_rate": [0.1, 20.0]}, "less than or equal to 10, not 20.0"),
        ({"training.epochs": [1, 2], "desing": "grid"}, 'did you mean "design"'),
        ({"training.epochs": [1, 2], "count": 2}, "applies to the designs random and optuna"),
        ({"training.epochs": [1, 2], "seeds": 3}, "must be at most 2"),
        ({"training.epochs": [1, 2], "design": "random"}, "random needs it"),
        ({"training.epochs": [1, 2], "design": "random", "count": 3}, "must be at most 2"),
        ({"training.epochs": list(range(1, 1002))}, "more than 1,000"),
        (
            {"training.epochs": list(range(1, 502)), "seeds": 2},
            "1,002 runs of cnn, more than 1,000",
        ),
    ],
)
def test_a_mistake_is_named(sweep: dict[str, Any], message: str) -> None:
    """With what is allowed, and where another name was meant, that name."""
    assert message in problems(sweep)


def test_a_sweep_needs_examples_to_select_on() -> None:
    """Never the test set: the message says so, and what to set."""
    message = problems({"training.epochs": [1, 2]}, "training.validation_fraction=0")
    assert "training.validation_fraction: must be above 0 for a sweep" in message


def test_a_setting_that_matters_with_another_one_may_be_swept() -> None:
    """Momentum does something where the optimizer is swept too."""
    assert load({"training.momentum": [0.0, 0.9], "training.optimizer": ["adam", "sgd"]})


def test_a_list_of_further_files_is_read_as_it_is_written() -> None:
    """In TOML it is a list, which strict validation takes for a tuple only in JSON."""
    models = [{"name": "A", "architecture": "mlp", "declares": ["mask.csv"]}]
    values = {"title": "x", "models": models}
    loaded = make_experiment(values, Path("x.toml"), "x", ())
    assert loaded.experiment.models[0].declares == ("mask.csv",)
