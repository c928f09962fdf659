"""Plans: what they contain, and what deviates from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen.config.configurations import choose
from reportgen.config.registration import CarriedPlan, find_deviations, find_plan, register
from reportgen.config.schema import Experiment
from reportgen.errors import UsageError
from tests.support.factories import make_experiment

WRITTEN = "2026-01-02T03:04:05+00:00"
LATER = "2026-01-02T03:04:06+00:00"


def settings() -> dict[str, Any]:
    """Return an experiment with four models and three seeds, as JSON."""
    return make_experiment().model_dump(mode="json")


def plan_of(experiment: dict[str, Any]) -> CarriedPlan:
    """Return the plan of an experiment as a report carries it."""
    return CarriedPlan(
        name="mine.plan.json",
        text=register(experiment, "ab" * 32, "0.1.0", WRITTEN).model_dump_json(),
    )


def change(place: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return the experiment with one change."""
    experiment = settings()
    place(experiment)
    return experiment


@pytest.mark.parametrize(
    ("place", "deviation"),
    [
        (lambda e: e["training"].update(seeds=[0, 1, 3]), "the seed 3 was added"),
        (lambda e: e["training"].update(seeds=[0, 1]), "the seed 2 was left out"),
        (lambda e: e["analysis"].update(margin=1.5), "analysis.margin is 1.5, and 0.2 in the plan"),
        (
            lambda e: e["analysis"].update(primary="macro_f1"),
            "analysis.primary is macro_f1, and accuracy in the plan",
        ),
        (lambda e: e["models"].pop(), "the model mlp-dropout was left out"),
        (
            lambda e: e["models"].append({**e["models"][0], "slug": "more"}),
            "the model more was added",
        ),
        (
            lambda e: e["models"][0].update(dropout=0.25),
            "models.cnn.dropout is 0.25, and 0.0 in the plan",
        ),
        (lambda e: e["training"].update(epochs=9), "training.epochs is 9, and 4 in the plan"),
    ],
)
def test_each_deviation_is_named(place: Callable[[dict[str, Any]], None], deviation: str) -> None:
    """A change of what is compared, or how, is named with both values."""
    plan = plan_of(settings())
    assert deviation in find_deviations(plan, change(place), "ab" * 32, [LATER])


def test_what_only_changes_the_looks_is_no_deviation() -> None:
    """Title, notes, order and names of models may change; the same experiment has no deviation."""
    experiment = settings()
    experiment.update(title="Another title", notes={"abstract": "x"}, keywords=[])
    experiment["models"][0]["name"] = "Another name"
    experiment["models"].reverse()
    assert find_deviations(plan_of(settings()), experiment, "ab" * 32, [WRITTEN]) == ()


def test_what_a_sweep_selects_is_no_deviation() -> None:
    """The plan has the values to try; another setting, and another value to try, are deviations."""
    planned = settings()
    values = {"models.cnn.dropout": [0.0, 0.5], "training.learning_rate": [0.1, 0.01]}
    planned["sweep"] = {"values": values}
    planned = Experiment.model_validate(planned).model_dump(mode="json")
    selected = {slug: {"training.learning_rate": 0.01} for slug in ("cnn", "cnn-dropout", "mlp")}
    chosen = choose(Experiment.model_validate(planned), {**selected, "cnn": {"dropout": 0.5}})
    experiment = chosen.model_dump(mode="json")
    assert find_deviations(plan_of(planned), experiment, "ab" * 32, [LATER]) == ()
    experiment["models"][0]["training"] = {"epochs": 3}
    experiment["sweep"]["values"]["models.cnn.dropout"] = [0.0, 0.25]
    assert find_deviations(plan_of(planned), experiment, "ab" * 32, [LATER]) == (
        "models.cnn.training.epochs is 3, and not set in the plan",
        "sweep.values.models.cnn.dropout is [0.0, 0.25], and [0.0, 0.5] in the plan",
    )


def test_other_data_and_earlier_runs_are_named() -> None:
    """The digest of the data is part of the plan; a run before it makes it no plan."""
    plan = plan_of(settings())
    found = find_deviations(plan, settings(), "cd" * 32, [LATER, "2026-01-01T00:00:00+00:00"])
    assert found == (
        "the data are not those of the plan",
        "the first run was begun at 2026-01-01T00:00:00+00:00, before the plan was written",
    )


def test_a_plan_is_found_beside_the_experiment_file(tmp_path: Path) -> None:
    """With its signature where there is one; a file that is no plan is refused."""
    experiment, path = tmp_path / "mine.toml", tmp_path / "mine.plan.json"
    assert find_plan(experiment) is None
    path.write_text(plan_of(settings()).text, encoding="utf-8")
    assert find_plan(experiment) == plan_of(settings())
    (tmp_path / "mine.plan.json.sig").write_text("signature", encoding="utf-8")
    found = find_plan(experiment)
    assert (found and found.signature) == "signature"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"is not a plan that reportgen plan --register wrote"):
        find_plan(experiment)
