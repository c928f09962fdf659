"""The page at a glance: its answer follows the verdicts, its warnings what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from reportgen.analysis.claims.advantages import parameter_ratio
from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.claims.limitations import limitation_claims
from reportgen.analysis.facts import Difference, Facts, PlanFacts, known
from reportgen.analysis.numbers import plain_claim
from reportgen.config.schema import Experiment
from reportgen.studies import analyse
from tests.support.factories import PAPER_MODELS, FakeModel, make_build, make_experiment
from tests.support.facts import hold_out, make_facts, with_models

CNN, CNN_DROPOUT, MLP, MLP_DROPOUT = PAPER_MODELS


def said(facts: Facts) -> dict[str, str]:
    """Return every claim as a terminal prints it."""
    claims = make_claims(facts, make_experiment())
    return {name: plain_claim(claim.text, facts) for name, claim in claims.items()}


def changed(facts: Facts, **dataset: object) -> Facts:
    """Return facts about a data set that differs in some fields."""
    return facts.model_copy(update={"dataset": facts.dataset.model_copy(update=dataset)})


def test_errors_are_counts_of_wrong_predictions() -> None:
    """The mean over seeds of what scikit-learn-like counting of wrong test examples gives."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 2, n=300)
    facts = analyse(evidence)
    for slug, model in facts.models.items():
        wrong = [
            int((evidence.runs[slug, seed]["test"].classes != dataset.test_labels).sum())
            for seed in (0, 1)
        ]
        assert model.errors.values == tuple(wrong)


def test_two_architectures_are_answered_for_as_such() -> None:
    """Where each model of one architecture beats each of the other, the answer says that."""
    answer = said(make_facts(PAPER_MODELS))["answer"]
    assert answer == (
        "Both CNN models are more accurate than both MLP models: of 10,000 test digits, "
        "CNN + dropout misreads 70 and MLP misreads 260."
    )


def test_a_single_exception_ends_the_answer_by_architecture() -> None:
    """One MLP that is level with one CNN, and no architecture is called the better one."""
    level = FakeModel("MLP", "mlp", "mlp", 0.0, CNN.error)
    assert (
        "models are more" not in said(make_facts([CNN, CNN_DROPOUT, level, MLP_DROPOUT]))["answer"]
    )


def test_the_answer_speaks_of_what_the_data_are() -> None:
    """Digits are misread, other images misclassified."""
    facts = changed(make_facts([CNN, MLP]), name="mnist")
    assert "of 10,000 test digits, CNN misreads 100 and MLP misreads 260" in said(facts)["answer"]
    other = changed(facts, name="fashion-mnist")
    assert (
        "of 10,000 test images, CNN misclassifies 100 and MLP misclassifies 260"
        in said(other)["answer"]
    )


def test_the_best_of_three_is_set_against_the_next() -> None:
    """Two numbers, whatever the number of models; the others are in the figure below."""
    other = FakeModel("Other", "other", "other", 0.0, 0.05)
    answer = said(make_facts([other, MLP, CNN]))["answer"]
    assert answer == (
        "CNN is the most accurate of the three models: of 10,000 test digits, CNN misreads 100 "
        "and the next best model, MLP, misreads 260."
    )


def test_what_is_not_settled_is_not_answered() -> None:
    """Wide intervals: the answer names no winner, and the lead may be chance."""
    third = FakeModel("Far", "far", "mlp", 0.0, 0.3)
    shared = said(make_facts([CNN, MLP, third], half_width=0.05))["answer"]
    assert shared.startswith("It is not settled which of CNN and MLP is more accurate: of 10,000")
    found = said(make_facts([CNN, MLP], half_width=0.05))
    assert found["answer"].startswith("It is not settled which model is more accurate: ")
    assert found["answer"].endswith(", and chance alone could explain the difference.")
    assert "may be due to chance" in found["certainty"]
    twin = FakeModel("Twin", "twin", "cnn", 0.0, CNN.error)
    equal = said(make_facts([CNN, twin], half_width=0.05))["answer"]
    assert equal.endswith("CNN misreads 100 and Twin misreads 100.")


def test_equal_models_have_no_leader() -> None:
    """A difference of nothing is not called a lead, whether or not it could be one."""
    twin = FakeModel("Twin", "twin", "mlp", 0.0, CNN.error)
    open_, settled = (
        said(make_facts([CNN, twin], half_width=width))["certainty"] for width in (0.05, 0.001)
    )
    assert open_ == (
        "CNN and Twin are level in accuracy, but may differ (95\u202f% interval −5.00 to +5.00)."
    )
    assert settled.startswith("CNN and Twin are level in accuracy, within the margin of")


def test_one_model_is_answered_for_alone() -> None:
    """One model: its errors, its share of right answers, and its interval."""
    found = said(make_facts([CNN]))
    assert "CNN mis" in found["answer"]
    assert "99.00" in found["answer"]
    assert "interval 98.80" in found["certainty"]


def test_warnings_come_gravest_first() -> None:
    """Everything at once: stand-in data before duplicates, seeds, a thin lead, no validation."""
    facts = make_facts([CNN, MLP], half_width=0.0155)
    facts = changed(facts, stand_in_for="mnist", shared=20)
    found = [name for name in said(facts) if name.startswith("warning.")]
    assert found == [
        f"warning.{what}" for what in ("stand_in", "duplicates", "seeds", "margin", "validation")
    ]


def test_nothing_wrong_gives_no_warning() -> None:
    """Five seeds, a clear lead, images held out: no warning is left."""
    facts = hold_out(make_facts([CNN, MLP], seeds=5), cnn=0.1, mlp=0.1)
    assert not [name for name in said(facts) if name.startswith("warning.")]


@pytest.mark.parametrize("turned", [False, True])
def test_a_thin_lead_names_the_end_of_the_interval_next_to_zero(turned: bool) -> None:
    """Whichever model stands first in the file, the warning prints the smaller end."""
    models = [MLP, CNN] if turned else [CNN, MLP]
    facts = make_facts(models)
    key = next(iter(facts.pairs))
    low, high = (-0.0300, -0.0007) if turned else (0.0007, 0.0300)
    difference = Difference(value=(low + high) / 2, low=low, high=high)
    pair = facts.pairs[key].model_copy(update={"difference": difference})
    found = said(facts.model_copy(update={"pairs": {key: pair}}))
    assert "CNN over MLP may be as small as 0.07 points" in found["warning.margin"]


@pytest.mark.parametrize(("parameters", "finding"), [(410, "not true of"), (50, "true of")])
def test_claimed_advantages_are_checked(parameters: int, finding: str) -> None:
    """Whether a convolutional network needs fewer parameters follows from the layers."""
    facts = make_facts([CNN, MLP])
    dense = known(facts.models["mlp"].summary)
    layers = tuple(layer.model_copy(update={"type": "Conv2d"}) for layer in dense.layers)
    summaries = {
        "cnn": dense.model_copy(update={"parameters": parameters, "layers": layers}),
        "mlp": dense.model_copy(update={"parameters": 100}),
    }
    facts = with_models(facts, {slug: {"summary": each} for slug, each in summaries.items()})
    ratio = parameter_ratio(facts.models)
    assert ratio == parameters / 100
    found = said(facts.model_copy(update={"parameter_ratio": ratio}))
    start = f"Convolutional networks need fewer parameters: {finding} these models. CNN has"
    assert found["advantage.parameters"].startswith(f"{start} {parameters}")
    assert "not tested. Scaling the pixels is all" in found["advantage.format"]


@pytest.mark.parametrize(
    ("shared", "own", "finding"),
    [
        ({}, {"epochs": 2}, "Scaling the pixels is all that was done"),
        ({"shift": 2}, {"augmentation": {"shift": 0}}, "the training of some networks as well"),
        ({}, {"augmentation": {"noise": 0.1}}, "the training of some networks as well"),
        ({"noise": 0.1}, None, "augmented during the training as well as scaled"),
    ],
)
def test_what_was_augmented_follows_from_the_settings_of_the_networks(
    shared: dict[str, Any], own: dict[str, Any] | None, finding: str
) -> None:
    """A network's settings are those of `[training]` and what differs for it."""
    experiment = make_experiment([CNN, MLP]).model_dump(mode="json")
    experiment["training"]["augmentation"] = shared
    experiment["models"][1]["training"] = own
    claims = make_claims(make_facts([CNN, MLP]), Experiment.model_validate(experiment))
    assert finding in claims["advantage.format"].text


@pytest.mark.parametrize(
    ("deviations", "points"),
    [(("one",), "in one point, listed"), (("one", "two"), "in two points, listed"), ((), None)],
)
def test_deviations_from_a_plan_come_before_what_is_uncertain(
    deviations: tuple[str, ...], points: str | None
) -> None:
    """They are counted on the first page; a report that follows its plan has no such warning."""
    plan = PlanFacts(name="mine.plan.json", sha256="", is_signed=False, deviations=deviations)
    warnings = make_facts(PAPER_MODELS).model_copy(update={"plan": plan})
    found = {name: text for name, text in said(warnings).items() if "warning." in name}
    assert found.get("warning.plan") == (
        points and f"The report deviates from its preregistered plan {points} in the appendix."
    )
    assert points is None or next(iter(found)) == "warning.plan"


def test_no_convolutions_no_claim_about_their_parameters() -> None:
    """Where every network is dense there is nothing to compare."""
    assert "advantage.parameters" not in said(make_facts([MLP, MLP_DROPOUT]))


def test_limitations_follow_from_the_design() -> None:
    """One rate of dropout, a falling loss and no validation are named, and only where they are."""
    found = said(make_facts(PAPER_MODELS))
    assert "single rate, 50" in found["limitation.dropout"]
    assert "of every network was still falling" in found["limitation.epochs"]
    assert "limitation.validation" in found
    other = said(hold_out(make_facts([CNN, MLP], seeds=5), cnn=0.1, mlp=0.1))
    assert not {"limitation.dropout", "limitation.validation", "limitation.seeds"} & set(other)
    assert "treat the test images as independent" in found["limitation.independence"]
    grouped = make_facts([CNN, MLP]).model_copy(update={"clusters": 100})
    assert "limitation.independence" not in said(grouped)


def test_what_a_sweep_tried_is_no_limitation() -> None:
    """Rates of dropout and options of an architecture that were swept were not tried once alone."""
    facts = make_facts(PAPER_MODELS)
    assert {"limitation.dropout", "limitation.size"} <= set(said(facts))
    settings = [{"path": "dropout"}, {"path": "options.hidden"}]
    tried = {"sweep": {"models": {"mlp": {"settings": settings}}}}
    claims = limitation_claims(facts.model_copy(update={"studies": tried}))
    found = {claim.id for claim in claims}
    assert not {"limitation.dropout", "limitation.size"} & found
    assert "limitation.data" in found
