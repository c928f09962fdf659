"""The claims: their wording follows the facts, whichever way the facts turn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.facts import BaselineFacts, Facts, Interval, SeedSummary, known
from reportgen.analysis.numbers import plain_claim
from reportgen.results.records import Epoch
from reportgen.studies import analyse
from reportgen.studies.presentation import study_claims
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, FakeModel, make_build, make_experiment
from tests.support.facts import (
    CLASSES,
    curve,
    hold_out,
    make_facts,
    make_verdict,
    seed_summary,
    with_models,
)

CNN, CNN_DROPOUT, MLP, MLP_DROPOUT = PAPER_MODELS
TWIN = FakeModel("Twin", "twin", "cnn", 0.0, 0.010)


def texts(facts: Facts) -> dict[str, str]:
    """Return every claim as a terminal prints it."""
    claims = make_claims(facts, make_experiment(), study_claims(facts))
    return {name: plain_claim(claim.text, facts) for name, claim in claims.items()}


def concluding(facts: Facts) -> set[str]:
    """Return the ids of the claims that the list in the conclusion repeats."""
    claims = make_claims(facts, make_experiment(), study_claims(facts))
    return {claim.id for claim in claims.values() if claim.concluding}


def with_error(model: FakeModel, error: float) -> FakeModel:
    """Return the same model with another error rate."""
    return FakeModel(model.name, model.slug, model.architecture, model.dropout, error)


def centroid(accuracy: float, macro_f1: float = 0.8) -> BaselineFacts:
    """Return a baseline with an interval of 0.2 points."""
    return BaselineFacts(
        name="Class centroid",
        accuracy=accuracy,
        interval=Interval(low=accuracy - 0.001, high=accuracy + 0.001),
        macro_f1=macro_f1,
        fit_seconds=0.1,
        predict_seconds=0.1,
    )


def test_the_winner_of_two_is_named() -> None:
    """The more accurate model stands first, with the difference and its interval."""
    said = texts(make_facts([CNN, MLP]))
    assert said["verdict"] == (
        "CNN is more accurate than MLP: on average over three seeds it classifies 99.00\u202f% of "
        "the 10,000 test images correctly, 1.60 percentage points more (95\u202f% interval 1.50 to "
        "1.70)."
    )
    assert said["pair.cnn--mlp"].startswith("CNN is more accurate than MLP by 1.60")


def test_swapped_results_turn_every_sentence() -> None:
    """With the results of the two models swapped, the other one is named, everywhere."""
    said = texts(make_facts([with_error(CNN, MLP.error), with_error(MLP, CNN.error)]))
    for claim in ("verdict", "pair.cnn--mlp", "conclusion"):
        assert said[claim].startswith("MLP is more accurate than CNN")
    assert said["ranking"].startswith("By mean accuracy, highest first: MLP (99.00")


def test_identical_networks_have_no_difference_anywhere() -> None:
    """Every claim about two identical networks says that there is none."""
    said = texts(make_facts([CNN, TWIN], identical=[frozenset({"cnn", "twin"})]))
    for claim in ("verdict", "pair.cnn--twin", "conclusion"):
        assert "the same network trained with the same seeds" in said[claim]
        assert "there is no difference between them" in said[claim]
    for text in said.values():
        assert "better" not in text
        assert not re.search("more accurate than (CNN|Twin)", text)


def test_equivalent_models_are_not_ranked() -> None:
    """A difference inside the margin is called equivalent, with the margin."""
    said = texts(make_facts([CNN, with_error(TWIN, 0.0101)], half_width=0.0005))
    assert "equivalent in accuracy, within the margin of 0.20 points" in said["verdict"]
    assert "lies within the margin of 0.20 points" in said["pair.cnn--twin"]
    assert "is not settled" in said["ranking"]


def test_undecided_models_come_with_what_could_have_been_found() -> None:
    """Where nothing is shown, the smallest difference that would have been is stated."""
    facts = make_facts([CNN, MLP], half_width=0.03)
    said = texts(facts)
    smallest = f"{100 * facts.pairs['cnn--mlp'].minimum_detectable_difference:.2f}"
    assert "are not shown to differ in accuracy" in said["verdict"]
    assert said["pair.cnn--mlp"].startswith("CNN and MLP are not shown to differ in accuracy: ")
    assert smallest in said["pair.cnn--mlp"]
    assert smallest in said["limits"]


@pytest.mark.parametrize(
    ("models", "half_width", "stated"),
    [
        ([CNN, MLP, TWIN], 0.0019, False),
        ([CNN, MLP, TWIN], 0.0021, True),
        ([CNN, MLP], 0.01, False),
    ],
)
def test_that_equivalence_is_out_of_reach_is_stated(
    models: list[FakeModel], half_width: float, stated: bool
) -> None:
    """Where a pair is undecided and every interval is wider than the margin on both sides."""
    limits = texts(make_facts(models, half_width=half_width))["limits"]
    assert ("wider than ±0.20 points, so equivalence could not" in limits) is stated


def test_an_interval_without_zero_may_still_be_undecided() -> None:
    """After Holm's correction a difference can fall short; the sentence says why."""
    facts = make_facts([CNN, MLP])
    pair = facts.pairs["cnn--mlp"].model_copy(update={"verdict": "undecided", "winner": None})
    said = texts(facts.model_copy(update={"pairs": {"cnn--mlp": pair}}))
    assert (
        "is not significant after correction for the number of comparisons" in said["pair.cnn--mlp"]
    )


def test_dropout_that_helps_one_and_hurts_the_other_is_found() -> None:
    """The interaction is said in the words of the two effects."""
    facts = make_facts(PAPER_MODELS)
    said = texts(facts)
    assert said["dropout_effect.cnn"].startswith("In the CNN, dropout raises the accuracy by 0.30")
    assert said["dropout_effect.mlp"].startswith("In the MLP, dropout lowers the accuracy by 0.50")
    assert said["interaction"].startswith(
        "Dropout helps the CNN but hurts the MLP: it raises the accuracy of CNN by 0.30"
    )
    assert "interaction" in concluding(facts)
    assert said["architecture_effect"].startswith(
        "The CNN architecture is more accurate than the MLP, averaged over models with and without "
        "dropout, by 2.00"
    )


def test_dropout_the_other_way_round_is_found_too() -> None:
    """With the dropout results swapped, it is the MLP that dropout helps."""
    errors = (0.010, 0.015, 0.026, 0.023)
    models = [with_error(m, error) for m, error in zip(PAPER_MODELS, errors, strict=True)]
    assert "raises the accuracy of MLP by 0.30" in texts(make_facts(models))["interaction"]


def test_architectures_that_change_places_are_not_averaged() -> None:
    """Where each architecture is ahead once, the mean of the two is no headline."""
    errors = (0.010, 0.030, 0.026, 0.012)
    models = [with_error(m, error) for m, error in zip(PAPER_MODELS, errors, strict=True)]
    facts = make_facts(models)
    said = texts(facts)
    assert said["architecture_effect"].startswith(
        "Which architecture is more accurate depends on dropout: without it, CNN is ahead of MLP "
        "by 1.60 points; with it, MLP + dropout is ahead of CNN + dropout by 1.80 points."
    )
    assert "architecture_effect" not in concluding(facts)


def test_curves_say_how_dropout_models_do_without_dropout() -> None:
    """The figure states that dropout was on; the claim adds what the network reaches without."""
    said = texts(make_facts([CNN, CNN_DROPOUT, MLP]))
    assert "With dropout off, CNN + dropout ends with an accuracy of" in said["curves.cnn"]
    assert "dropout" not in said["curves.mlp"]


def test_an_open_effect_is_called_open() -> None:
    """Wide intervals leave every effect open, and no sentence takes a side."""
    facts = make_facts(PAPER_MODELS, half_width=0.05)
    said = texts(facts)
    assert "no effect of dropout is shown" in said["dropout_effect"]
    assert said["architecture_effect"].startswith("No effect of the architecture is shown")
    assert "is undecided" in said["interaction"]
    assert "architecture_effect" not in concluding(facts)


def test_a_single_model_is_not_compared() -> None:
    """One model gets its accuracy and interval, and no comparison."""
    said = texts(make_facts([CNN], seeds=1))
    assert "there is no other model to compare it with" in said["verdict"]
    assert "with one seed" in said["verdict"]
    assert not [claim for claim in said if claim.startswith("pair.")]
    assert "98.80" in said["limits"]


def test_a_shared_lead_names_all_leaders_and_no_other() -> None:
    """Two leaders of three share the lead, and both are above the third."""
    said = texts(make_facts([CNN, with_error(TWIN, 0.0105), MLP]))
    assert said["verdict"].startswith("CNN (99.00\u202f%) and Twin (98.95\u202f%) share the lead")
    assert said["verdict"].endswith("both are more accurate than MLP.")


@at_most(25)
@given(
    st.lists(st.integers(5, 60), min_size=1, max_size=9),
    st.sampled_from([0.0004, 0.001, 0.004, 0.05]),
    st.integers(1, 5),
)
def test_the_model_named_as_more_accurate_is(
    errors: Sequence[int], half_width: float, seeds: int
) -> None:
    """Whatever the results: who is called more accurate has the higher mean and a verdict."""
    models = [
        FakeModel(f"Model {i}", f"m{i}", "cnn", 0.0, error / 1000) for i, error in enumerate(errors)
    ]
    facts = make_facts(models, half_width, seeds).model_copy(update={"studies": {}})
    said = texts(facts)
    by_name = {model.name: slug for slug, model in facts.models.items()}
    for first, second in combinations(facts.models, 2):
        pair, text = facts.pairs[f"{first}--{second}"], said[f"pair.{first}--{second}"]
        named = re.match(r"(Model \d) is more accurate than (Model \d) ", text)
        assert (named is not None) == (pair.verdict == "better")
        if named:
            winner, loser = by_name[named[1]], by_name[named[2]]
            assert winner == pair.winner
            assert facts.models[winner].accuracy.mean > facts.models[loser].accuracy.mean
    assert said["conclusion"].startswith(said["answer"])
    for claim in ("verdict", "answer"):
        top = re.match(r"(Model \d) is (?:the most accurate of|more accurate than)", said[claim])
        if top:
            assert facts.verdict.leaders == (by_name[top[1]],)
        else:
            assert len(facts.verdict.leaders) > 1 or len(models) == 1


def test_over_fitting_is_named_only_where_it_is_shown() -> None:
    """A gap whose interval holds zero is not called over-fitting."""
    said = texts(make_facts([with_error(CNN, 0.0009), MLP]))
    assert "no over-fitting is shown" in said["overfitting.cnn"]
    assert "it fits the images that it was trained on more closely" in said["overfitting.mlp"]
    assert said["overfitting"].startswith("MLP is more accurate on the images that it was trained")
    gap = said["overfitting.cnn"].partition("the gap is ")[2].partition(" points")[0]
    assert said["overfitting"].endswith(f"No gap is shown for CNN ({gap} points).")


def test_images_held_out_are_not_said_to_be_trained_on() -> None:
    """With a validation split, the training set is said to hold images that no model learned."""
    facts = make_facts([with_error(CNN, 0.0009), MLP])
    said = texts(hold_out(facts, cnn=0.1, mlp=0.1))
    share = "the training set (of which 10\u202f% were held out for validation)"
    for claim in ("overfitting", "overfitting.cnn", "overfitting.mlp"):
        assert share in said[claim]
        assert "trained on" not in said[claim]
        assert "training images" not in said[claim]
    assert "it fits the training set more closely" in said["overfitting.mlp"]


def test_images_may_be_held_out_for_one_model_alone() -> None:
    """The other one is still said to have no validation set, and to have learned every image."""
    said = texts(hold_out(make_facts([CNN, MLP], seeds=5), cnn=0.2))
    assert "of which 20\u202f% were held out" in said["overfitting.cnn"]
    assert "held out" not in said["overfitting.mlp"]
    assert said["limitation.validation"].startswith("No training images of MLP were held out")
    assert said["warning.validation"].startswith("No validation set for MLP: ")


def test_confusions_name_the_largest_cells() -> None:
    """The most frequent confusions are stated with the names of their classes, with counts."""
    said = confusions_of({(4, 9): 90, (7, 2): 80, (3, 5): 70, (5, 3): 1})
    assert said == (
        "CNN most often mistakes class ‘4’ for ‘9’ (90 times), class ‘7’ for ‘2’ (80 times) and "
        "class ‘3’ for ‘5’ (70 times), over three seeds."
    )


def confusions_of(errors: Mapping[tuple[int, int], int]) -> str:
    """Return the claim about a model with these errors: true class, predicted class → count."""
    facts = make_facts([CNN])
    counts = tuple(
        tuple(100 if i == j else errors.get((i, j), 0) for j in range(CLASSES))
        for i in range(CLASSES)
    )
    return texts(with_models(facts, {"cnn": {"confusion_counts": counts}}))["confusion.cnn"]


def test_confusions_that_tie_are_named_or_counted() -> None:
    """None of equally frequent ones is left out without a word."""
    tied = {(4, 9): 90, (7, 2): 80, (3, 5): 70, (9, 4): 70}
    assert "‘3’ for ‘5’ (70 times) and class ‘9’ for ‘4’ (70 times)" in confusions_of(tied)
    many = {(0, j): 7 for j in range(1, 8)}
    assert confusions_of({(4, 9): 90} | many) == (
        "CNN most often mistakes class ‘4’ for ‘9’ (90 times), and then makes seven other "
        "confusions 7 times each, over three seeds."
    )
    assert confusions_of(many) == (
        "No confusion of CNN stands out: it makes seven of them 7 times each and no other more "
        "often, over three seeds."
    )


@pytest.mark.parametrize(
    ("tied", "words"), [(1, "class ‘0’"), (2, "classes ‘0’ and ‘1’"), (4, "four classes")]
)
def test_classes_with_the_same_lowest_score_share_the_place(tied: int, words: str) -> None:
    """Scores that are printed alike are no order."""
    facts = make_facts([CNN])
    per_class = tuple(
        each.model_copy(update={"f1": seed_summary(0.5 + 1e-7 * i if i < tied else 0.6 + i / 100)})
        for i, each in enumerate(facts.models["cnn"].per_class)
    )
    changes = {"cnn": {"per_class": per_class, "hardest_class": 0}}
    said = texts(with_models(facts, changes))["per_class"]
    assert f"lowest in {words} for CNN (0.5000)" in said


def test_a_faultless_model_has_no_confusions() -> None:
    """Where there is no error there is nothing to name."""
    facts = make_facts([CNN])
    diagonal = tuple(tuple(5 * (i == j) for j in range(CLASSES)) for i in range(CLASSES))
    said = texts(with_models(facts, {"cnn": {"confusion_counts": diagonal}}))
    assert said["confusion.cnn"] == "CNN classifies every test image correctly."


def test_a_stand_in_is_stated() -> None:
    """Where other data stand in, a claim says so; else there is no such claim."""
    facts = make_facts([CNN])

    def said(reason: str | None) -> str:
        update = {"title": "Digits", "stand_in_for": "fashion-mnist", "stand_in_reason": reason}
        dataset = facts.dataset.model_copy(update=update)
        return texts(facts.model_copy(update={"dataset": dataset}))["stand_in"]

    about = "All results measured here are about Digits, none about Fashion-MNIST. "
    assert said("There was no network.") == f"{about}There was no network."
    assert said(None) == f"{about}Fashion-MNIST was not available: Digits stands in for it."
    assert "stand_in" not in texts(facts)


def test_a_name_cannot_smuggle_in_a_number() -> None:
    """A mark inside a model's name stays text."""
    model = FakeModel("[[margin|points]]", "odd", "cnn", 0.0, 0.01)
    assert "[[margin|points]]" in texts(make_facts([model]))["verdict"]


@pytest.mark.parametrize(("models", "seeds"), [(1, 1), (2, 1), (3, 2), (4, 3)])
def test_every_claim_of_a_real_analysis_can_be_printed(models: int, seeds: int) -> None:
    """From evidence to text: every mark of every claim names a number, and no text is empty."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:models], seeds, n=400)
    facts = analyse(evidence)
    assert {"verdict", "ranking", "conclusion", "cost", "limits", "data"} <= set(facts.claims)
    for name, claim in facts.claims.items():
        printed = plain_claim(claim.text, facts)
        assert name == claim.id
        assert claim.rests_on
        assert printed.endswith((".", ":"))
        assert "[[" not in printed
        assert "  " not in printed


@pytest.mark.parametrize(
    ("kind", "called", "one", "another"),
    [
        ("network", "these trained networks", "run", "seed"),
        ("predictions", "these predictions", "set of predictions", "training run"),
        ("estimator", "these runs", "run", "seed"),
    ],
)
def test_one_seed_is_no_verdict_on_a_method(kind: str, called: str, one: str, another: str) -> None:
    """With one run of each model, verdict, pairs and conclusion are confined to these runs."""
    facts = make_facts([CNN, MLP], seeds=1)
    said = texts(with_models(facts, {slug: {"kind": kind} for slug in facts.models}))
    confined = (
        f"This holds only for {called}: there is one {one} of each model, and another {another} "
        "could reverse it."
    )
    assert said["scope"] == confined
    assert confined in said["verdict"]
    assert confined in said["conclusion"]
    assert said["pair.cnn--mlp"].endswith(f"This holds only for {called}.")
    seeded = texts(make_facts([CNN, MLP]))
    assert "scope" not in seeded
    assert not any("trained networks only" in text for text in seeded.values())


def test_one_run_beside_several_leaves_the_seeds_out() -> None:
    """An interval against a model with one run counts no variation between seeds, and says so."""
    several, single = make_facts([CNN, MLP]), make_facts([CNN, MLP], seeds=1)
    mixed = {"cnn": several.models["cnn"], "mlp": single.models["mlp"]}
    assert texts(several.model_copy(update={"models": mixed}))["scope"] == (
        "This holds only for these trained networks: there is one run of MLP, so variation between "
        "seeds is not counted, and another seed could reverse it."
    )


def test_a_few_seeds_of_one_model_are_a_warning() -> None:
    """The interval against it rests on these, however many seeds the others have."""
    many, few = make_facts([CNN, MLP], seeds=6), make_facts([CNN, MLP], seeds=2)
    assert "warning.seeds" not in texts(many)
    mixed = many.model_copy(update={"models": many.models | {"mlp": few.models["mlp"]}})
    assert texts(mixed)["warning.seeds"].startswith("Only two or six seeds for each model")
    assert texts(mixed)["limitation.seeds"].startswith("Two or six seeds show")


@pytest.mark.parametrize("seeds", [1, 6])
def test_another_seed_changes_no_deterministic_model(seeds: int) -> None:
    """No other seed could change the order, and no variation is unknown."""
    facts = make_facts([CNN, MLP], seeds=seeds)
    fixed = {
        slug: model.model_copy(update={"deterministic": True})
        for slug, model in make_facts([CNN, MLP], seeds=1).models.items()
        if seeds == 1 or slug == "mlp"
    }
    said = texts(facts.model_copy(update={"models": facts.models | fixed}))
    assert not {"warning.seeds", "limitation.seeds"} & said.keys()
    assert ("the same predictions with every seed" in said["seeds"]) == (seeds == 1)
    assert "unknown" not in said["seeds"]


@pytest.mark.parametrize(
    ("winners", "said"),
    [
        # Two models that nothing beats, and one that is beaten by no more than their loser.
        (
            {"m0--m2": "m0", "m2--m3": "m2"},
            "each of the other models is less accurate than at least one other model.",
        ),
        (
            {"m0--m2": "m0", "m1--m3": "m1"},
            "each of the other models is less accurate than at least one of them.",
        ),
        # The best beats one that beats another, and that one a further.
        (
            {"m0--m1": "m0", "m1--m2": "m1", "m2--m3": "m2"},
            "lead, but A is not shown to be better than C and D; B is less accurate than at least "
            "one of them.",
        ),
    ],
)
def test_who_is_beaten_by_whom_is_said_of_pairs_alone(winners: dict[str, str], said: str) -> None:
    """Pairs differ in their errors, so what is shown of two of them need not hold for a third."""
    models = [FakeModel(name, f"m{i}", "cnn", 0.0, 0.01) for i, name in enumerate("ABCD")]
    facts = make_facts(models, half_width=0.01)
    pairs = {
        key: pair.model_copy(
            update={"verdict": "better", "winner": winners[key]} if key in winners else {}
        )
        for key, pair in facts.pairs.items()
    }
    verdict = make_verdict(facts.models, pairs)
    changed = facts.model_copy(update={"pairs": pairs, "verdict": verdict, "studies": {}})
    assert said in texts(changed)["verdict"]


@pytest.mark.parametrize(
    ("losses", "end"),
    [
        ([0.5, 0.2, 0.1], "epochs and was still falling when training ended."),
        ([0.5, 0.2, 0.199], "epochs and changed by less than 2\u202f% in the last one."),
        ([0.5, 0.1, 0.2], "epochs and rose in the last one."),
        ([0.5, 0.1, 0.6], "0.6000 in the last of three epochs."),
    ],
)
def test_a_loss_that_rose_at_the_end_had_not_stopped_falling(losses: list[float], end: str) -> None:
    """Nor is it said to fall where it is above that of the first epoch."""
    facts = make_facts([CNN, MLP])
    curves = known(facts.models["mlp"].curves).model_copy(update={"loss": curve(losses)})
    assert texts(with_models(facts, {"mlp": {"curves": curves}}))["curves.mlp"].endswith(end)


def test_models_that_are_alike_in_one_number_are_not_given_each_others() -> None:
    """Ranges of one width, and networks of the same computation with other parameters."""
    facts = make_facts([CNN, MLP])
    summary = known(facts.models["cnn"].summary)
    spread = SeedSummary(mean=0.75, sd=0.1, minimum=0.5, maximum=1.0, values=(0.5, 1.0))
    lower = SeedSummary(mean=0.5, sd=0.1, minimum=0.25, maximum=0.75, values=(0.25, 0.75))
    larger = summary.model_copy(update={"parameters": summary.parameters + 1})
    said = texts(
        with_models(
            facts, {"cnn": {"accuracy": spread}, "mlp": {"accuracy": lower, "summary": larger}}
        )
    )
    assert said["seeds"].replace("\u202f", "") == (
        "Over two seeds the accuracy of CNN ranges from 50.00% to 100.00%. "
        "Over two seeds the accuracy of MLP ranges from 25.00% to 75.00%."
    )
    wider = spread.model_copy(update={"minimum": 0.4})
    three = make_facts([CNN, MLP, MLP_DROPOUT])
    ranges = {"cnn": wider, "mlp": lower, "mlp-dropout": spread}
    changed = with_models(three, {slug: {"accuracy": each} for slug, each in ranges.items()})
    assert texts(changed)["seeds"].replace("\u202f", "") == (
        "Between seeds, accuracy varies most for CNN (40.00% to 100.00% over two seeds) and least "
        "for MLP (25.00% to 75.00% over two seeds) and MLP + dropout (50.00% to 100.00% over two "
        "seeds)."
    )
    assert f"CNN has {summary.parameters:,} parameters and MLP has" in said["cost"]
    same = texts(with_models(facts, {"mlp": {"summary": summary}}))["cost"]
    assert f"per image and has {summary.parameters:,} parameters." in same


@pytest.mark.parametrize("places", [[0, 1, 2], [1, 0, 2]])
def test_a_lead_that_is_not_settled_comes_with_its_range(places: list[int]) -> None:
    """Leaders not shown to be equivalent share no lead, and the difference is the ranking's."""
    models = [CNN, with_error(TWIN, 0.0105), MLP]
    facts = make_facts([models[place] for place in places], half_width=0.003)
    said = texts(facts)
    assert facts.verdict.kind == "undecided"
    assert said["verdict"].startswith(
        "It is not settled which model is the most accurate: CNN (99.00"
    )
    interval = "95\u202f% interval \u22120.25 to +0.35"
    twin = facts.models[facts.verdict.leaders[1]].name
    assert f"(CNN against {twin}: +0.05 points, {interval})" in said["verdict"]
    assert "share the lead" not in said["verdict"]


def test_of_models_that_are_all_undecided_none_is_said_to_lead() -> None:
    """Each is named with its accuracy, and what is not shown about them."""
    models = [CNN, with_error(TWIN, 0.0105), with_error(MLP, 0.011)]
    verdict = texts(make_facts(models, half_width=0.003))["verdict"]
    assert verdict.startswith("It is not settled which model is the most accurate: of CNN (99.00")
    assert ", none is shown to be better than another (CNN against MLP: " in verdict
    assert "lead" not in verdict


def test_a_lead_that_correction_unsettles_says_so() -> None:
    """An interval of one pair that excludes 0 is not called no difference without the reason."""
    facts = make_facts([CNN, with_error(TWIN, 0.0105)], half_width=0.003)
    key, pair = next(iter(facts.pairs.items()))
    apart = pair.difference.model_copy(update={"low": 0.0001})
    third = make_facts([CNN, with_error(TWIN, 0.0105), MLP], half_width=0.003)
    changed = {**third.pairs, key: third.pairs[key].model_copy(update={"difference": apart})}
    verdict = texts(third.model_copy(update={"pairs": changed}))["verdict"]
    assert (
        "but after correction for the number of comparisons, neither is shown to be better"
        in verdict
    )


def test_what_says_nothing_is_not_printed() -> None:
    """A smallest difference of half of all examples and more is left out."""
    facts = make_facts([CNN, MLP], half_width=0.6)
    for claim in ("pair.cnn--mlp", "limits"):
        assert "power" not in texts(facts)[claim]


def test_failed_models_are_named_beside_the_verdict() -> None:
    """At chance, below a baseline, diverged: each is named; a report without has no such claim."""
    facts = make_facts([CNN, with_error(MLP, 0.9)])
    assert "caution" not in texts(make_facts([CNN, MLP]))
    history = tuple(Epoch(loss=loss, accuracy=0.1, seconds=1.0) for loss in (2.3, 2.4))
    run = analyse(make_build(PAPER_MODELS[:1], 1, n=50)[2]).models["cnn"].runs[0]
    diverged = facts.models["mlp"].model_copy(
        update={"runs": (run.model_copy(update={"history": history}),)}
    )
    said = texts(
        facts.model_copy(
            update={
                "majority_share": 0.11,
                "baselines": {"centroid": centroid(0.8)},
                "models": {**facts.models, "mlp": diverged},
            }
        )
    )
    assert said["caution"] == (
        "MLP is not shown to be more accurate than always answering with the most frequent class, "
        "which would be right for 11.00\u202f%. MLP is less accurate than the baseline Class "
        "centroid (80.00\u202f%). The training of MLP (seed 0) diverged: the loss was higher after "
        "the last epoch than after the first."
    )
    assert said["caution"] in said["conclusion"]


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        (0.8, "Every compared model is more accurate than Class centroid, and the intervals"),
        (0.974, "Of the three models, two are more accurate than Class centroid, with intervals"),
        (0.982, "Of the three models, two are more accurate and one is less accurate than Class"),
        (0.989, "Of the three models, one is less accurate than Class centroid, with intervals"),
        (0.999, "Class centroid is more accurate than every compared model, and the intervals"),
    ],
)
def test_intervals_that_do_not_overlap_are_never_said_to(accuracy: float, expected: str) -> None:
    """Models below a baseline are counted too."""
    facts = make_facts([CNN, MLP, with_error(MLP_DROPOUT, 0.0125)])
    baselines = {"centroid": centroid(accuracy)}
    assert expected in texts(facts.model_copy(update={"baselines": baselines}))["baselines"]


@pytest.mark.parametrize(("macro_f1", "supported"), [(0.5, True), (0.999, False)])
def test_an_advantage_over_older_methods_is_one_in_macro_f1_too(
    macro_f1: float, supported: bool
) -> None:
    """On unbalanced data the more accurate network may be the worse one for rare classes."""
    facts = make_facts([CNN, MLP])
    baselines = {"centroid": centroid(0.8, macro_f1)}
    said = texts(facts.model_copy(update={"baselines": baselines}))
    start = "No features have to be designed: "
    assert said["advantage.features"].startswith(
        f"{start}only partly tested." if supported else f"{start}not shown here."
    )


def test_many_models_are_not_listed_one_by_one() -> None:
    """Of more than nine, the first three and the last are ranked, and classes are counted."""
    models = [FakeModel(f"M{i}", f"m{i}", "cnn", 0.0, 0.01 + 0.001 * i) for i in range(12)]
    said = texts(make_facts(models, half_width=0.0015))
    assert said["ranking"].count("(9") == 4
    assert "The order is not settled in eleven of eleven pairs of neighbours." in said["ranking"]
    assert "of twelve models" in said["per_class"]
