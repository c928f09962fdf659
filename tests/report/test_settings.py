from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.schema import Experiment
from reportgen.report.settings import write_changed_settings, write_settings
from tests.support.factories import make_experiment

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    title=TEXT,
    cover=st.dictionaries(TEXT, TEXT, max_size=3),
    note=TEXT,
    references=st.lists(TEXT, max_size=3),
    rate=st.floats(min_value=1e-12, max_value=10.0),
)
def test_settings_read_back(
    title: str, cover: dict[str, str], note: str, references: list[str], rate: float
) -> None:
    """The configuration in the appendix is an experiment file that gives the same experiment."""
    experiment = Experiment.model_validate(
        {
            **make_experiment().model_dump(mode="json"),
            "title": title,
            "cover": cover,
            "notes": {"results": note},
            "references": [{"text": text} for text in references],
            "training": {"learning_rate": rate},
        }
    )

    text = write_settings(experiment.model_dump(mode="json"))

    assert Experiment.model_validate(tomllib.loads(text)) == experiment


def test_settings_of_predictions_read_back() -> None:
    """They are printed without how models are trained, but with all that was read of the labels."""
    data = {"labels": "y.csv#y", "id": "key", "groups": "patient", "classes": ["a", "b"]}
    models = [{"name": "One", "predictions": "one.csv", "kind": "logits"}]
    experiment = Experiment.model_validate(
        {"data": {**data, "title": "Skin"}, "models": models, "title": "x"}
    )

    text = write_settings(experiment.model_dump(mode="json"))

    assert Experiment.model_validate(tomllib.loads(text)) == experiment
    assert "[training]" not in text


@given(rate=st.floats(min_value=1e-12, max_value=10.0), title=TEXT)
def test_what_is_not_printed_is_the_default(rate: float, title: str) -> None:
    """The settings that the PDF prints, with the texts printed elsewhere, give the experiment."""
    settings = {
        **make_experiment().model_dump(mode="json"),
        "title": title,
        "training": {"learning_rate": rate},
    }
    experiment = Experiment.model_validate(settings)

    printed = tomllib.loads(write_changed_settings(experiment))

    elsewhere = {name: settings[name] for name in ("title", "keywords")}
    assert "title" not in printed
    assert Experiment.model_validate({**printed, **elsewhere}) == experiment
