"""Values set from the command line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.loading import load_experiment, shipped_experiments
from reportgen.config.overrides import apply_overrides, parse_value
from reportgen.config.schema import Experiment
from reportgen.errors import ConfigurationError


def load(*overrides: str, path: Path | None = None) -> Experiment:
    """Load the paper's experiment, or another, with values set."""
    name = str(path or shipped_experiments()["paper"])
    return load_experiment(name, overrides).experiment


def problems(*overrides: str) -> list[str]:
    """Return what is wrong with values set for the paper's experiment."""
    with pytest.raises(ConfigurationError) as caught:
        load(*overrides)
    return [str(problem) for problem in caught.value.problems]


def test_a_value_is_set() -> None:
    """A number, a list and a bare word each replace what the file says."""
    experiment = load("training.epochs=3", "training.seeds=[4, 5]", "data.name=digits")
    assert experiment.training.epochs == 3
    assert experiment.training.seeds == (4, 5)
    assert experiment.data.name == "digits"


def test_a_model_is_named_by_its_slug() -> None:
    """One model changes; the others stay."""
    before, after = load(), load("models.cnn-dropout.dropout=0.3")
    assert [model.dropout for model in after.models] == [0.0, 0.3, 0.0, 0.5, 0.0, 0.0]
    assert after.models[0] == before.models[0]


def test_keys_and_tables_that_the_file_has_not(tmp_path: Path) -> None:
    """A known key may be set that the file leaves to its default."""
    path = tmp_path / "small.toml"
    path.write_text('title = "T"\n[[models]]\nname = "A"\narchitecture = "cnn"')
    experiment = load("data.normalize.mean=0.1", "report.date=May 2026", path=path)
    assert experiment.data.normalize.mean == 0.1
    assert experiment.report.date == "May 2026"


def test_a_number_where_text_belongs_is_text() -> None:
    """A title or a date on the cover may be a number, and needs no quotation marks for it."""
    experiment = load("title=1984", "report.date=2026", "cover.Number=007", 'subtitle="1985"')
    assert (experiment.title, experiment.report.date) == ("1984", "2026")
    assert (experiment.cover["Number"], experiment.subtitle) == ("007", "1985")


def test_the_last_one_counts() -> None:
    """A value that is set twice is what was said last."""
    assert load("training.epochs=3", "training.epochs=4").training.epochs == 4


def test_a_model_keeps_its_slug_when_it_is_renamed() -> None:
    """The slug made from a name stays, so that a second --set still finds the model."""
    quickstart = shipped_experiments()["quickstart"]
    experiment = load("models.mlp.name=Deep", "models.mlp.dropout=0.1", path=quickstart)
    assert (experiment.models[2].name, experiment.models[2].slug) == ("Deep", "mlp")
    assert experiment.models[2].dropout == 0.1


def test_all_models_at_once() -> None:
    """A list is set as a whole."""
    experiment = load('models=[{name = "Only", architecture = "mlp"}]', "published.tables=[]")
    assert [model.slug for model in experiment.models] == ["only"]


def test_overrides_change_neither_file_nor_slug() -> None:
    """The slug of a build comes from the file alone."""
    loaded = load_experiment("paper", ["title=Another"])
    assert (loaded.slug, loaded.overrides) == ("paper", ("title=Another",))


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (
            "training.epochs=0",
            "training.epochs: must be a number of at least 1, not 0 (from --set training.epochs=0)",
        ),
        (
            "training.seeds=[0, 1",
            'training.seeds: must be a list, not the text "[0, 1" '
            "(from --set training.seeds=[0, 1)",
        ),
        (
            "trainings.epochs=3",
            'trainings: is not a known key; did you mean "training"? '
            "(from --set trainings.epochs=3)",
        ),
        (
            "models.cnn.dropuot=0.3",
            'models.cnn.dropuot: is not a known key; did you mean "dropout"? '
            "(from --set models.cnn.dropuot=0.3)",
        ),
        (
            "models.cn.dropout=0.3",
            '--set models.cn.dropout=0.3: no model has the slug "cn"; the slugs are cnn, '
            'cnn-dropout, mlp, mlp-dropout, centroid and naive-bayes; did you mean "cnn"?',
        ),
        (
            "training.seeds.0=3",
            "--set training.seeds.0=3: training.seeds is a list, which has no keys",
        ),
        (
            "title.first.word=A",
            "--set title.first.word=A: title is the text "
            '"Reading handwritten digits: a convolutional network against…"; set it as a whole',
        ),
        (
            "training.epochs",
            '--set "training.epochs": must be written PATH=VALUE, such as --set training.epochs=3',
        ),
        ("=3", '--set "=3": must be written PATH=VALUE, such as --set training.epochs=3'),
        (
            "training..epochs=3",
            '--set "training..epochs=3": must be written PATH=VALUE, '
            "such as --set training.epochs=3",
        ),
    ],
)
def test_wrong_overrides(override: str, expected: str) -> None:
    """What cannot be set is reported, with what was written on the command line."""
    assert problems(override) == [expected]


def test_several_wrong_overrides_come_at_once() -> None:
    """Every one of them is reported."""
    assert len(problems("training.epochs=0", "nonsense", "models.x.dropout=1", "lr=3")) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ('"3"', "3"),
        ("digits", "digits"),
        ("", ""),
        ("[1, 2]", [1, 2]),
        ("{mean = 1}", {"mean": 1}),
        ("two words", "two words"),
        ("1\nother = 2", "1\nother = 2"),
        ("3 # note", 3),
    ],
)
def test_values_are_toml_or_text(text: str, expected: Any) -> None:
    """What is TOML is read as TOML, the rest is text; nothing can smuggle in another key."""
    assert parse_value(text) == expected


@given(st.text())
def test_any_text_is_a_value(text: str) -> None:
    """No text makes the reading of a value fail, and text in quotation marks stays text."""
    parse_value(text)
    if text.isprintable() and '"' not in text and "\\" not in text:
        assert parse_value(f'"{text}"') == text


@given(st.lists(st.text(alphabet="abcdelmnort.=[]0123 ")))
def test_any_override_is_set_or_reported(overrides: list[str]) -> None:
    """Nothing on the command line raises, and each override is either an origin or a finding."""
    values = {"title": "T", "models": [{"name": "M", "architecture": "cnn"}], "a": {"b": [1]}}
    result = apply_overrides(values, overrides)
    assert len(result.findings) <= len(overrides)
    assert bool(result.origins or result.findings) == bool(overrides)
    assert values == {
        "title": "T",
        "models": [{"name": "M", "architecture": "cnn"}],
        "a": {"b": [1]},
    }
