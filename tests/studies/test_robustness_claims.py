"""What robustness says against a recommendation, and where the worst model is the better one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from reportgen.analysis.claims.advice import recommended_model
from reportgen.analysis.facts import Difference, Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.studies.comparing import Compared, Estimate
from reportgen.studies.robustness.claims import robustness_claims
from reportgen.studies.robustness.records import ModelRobustness, RobustnessFacts
from tests.support.factories import PAPER_MODELS
from tests.support.facts import make_facts, with_operations

CORRUPTIONS = ("fog", "shear", "stripe")
LOW, MIDDLE, HIGH = (0.1, 0.2, 0.3), (0.2, 0.3, 0.4), (0.3, 0.4, 0.5)


def estimate(value: float) -> Estimate:
    """Return an estimate whose interval does not matter."""
    return Estimate(value=value, low=value, high=value)


def compare(one: str, other: str, value: float, shown: bool) -> Compared:
    """Return a comparison of two errors that are `value` apart."""
    return Compared(
        difference=Difference(value=value, low=value - 0.01, high=value + 0.01),
        p_value=0.001,
        p_adjusted=0.002,
        verdict="better" if shown else "undecided",
        winner=(one if value < 0 else other) if shown else None,
    )


def robustness(
    errors: Mapping[str, Sequence[float]], shown: Collection[str] = (), certain: str = ""
) -> RobustnessFacts:
    """Return facts about models with these errors under each corruption.

    Of the pairs `shown`, `first--second`, one is shown to be better on average; under the
    corruption `certain`, one of every pair.
    """
    means = {slug: float(np.mean(each)) for slug, each in errors.items()}
    pairs = {f"{one}--{other}": (one, other) for one, other in combinations(errors, 2)}
    compared = {
        key: compare(*pair, means[pair[0]] - means[pair[1]], key in shown)
        for key, pair in pairs.items()
    }
    models = {
        slug: ModelRobustness(
            clean=estimate(0.01),
            corrupted=estimate(means[slug]),
            loss=estimate(means[slug] - 0.01),
            errors=dict(zip(CORRUPTIONS, map(estimate, values), strict=True)),
            by_severity={},
            at_severity=(),
            mean_corruption_error=None,
            relative_mean_corruption_error=None,
        )
        for slug, values in errors.items()
    }
    return RobustnessFacts(
        images=100,
        severities=(1,),
        corruptions=CORRUPTIONS,
        graded=(),
        published=(),
        reference=next(iter(errors)),
        models=models,
        pairs=compared,
        by_corruption={
            key: {
                name: compare(one, other, errors[one][i] - errors[other][i], name == certain)
                for i, name in enumerate(CORRUPTIONS)
            }
            for key, (one, other) in pairs.items()
        },
        losses=compared,
    )


def make_paper(count: int = 4) -> Facts:
    """Return facts in which CNN + dropout leads with CNN, by the better mean alone."""
    facts = make_facts(PAPER_MODELS[:count], half_width=0.005)
    operations = {"cnn": 4_000_000, "mlp": 100_000}
    return with_operations(
        facts, {slug: operations[slug.removesuffix("-dropout")] for slug in facts.models}
    )


def said_of(found: RobustnessFacts, facts: Facts | None = None) -> dict[str, str]:
    """Return the claims of the study as plain text."""
    facts = (facts or make_paper()).model_copy(
        update={"studies": {"robustness": found.model_dump(mode="json")}}
    )
    claims = robustness_claims(facts, found)
    return {claim.id: plain_claim(claim.text, facts) for claim in claims}


def test_a_recommendation_that_rests_on_the_mean_alone_is_qualified() -> None:
    """Where the other leader, and it alone, is shown to be better than the rest when corrupted."""
    assert recommended_model(make_paper()) == "cnn-dropout"
    found = robustness(
        {"cnn": LOW, "cnn-dropout": MIDDLE, "mlp": HIGH, "mlp-dropout": HIGH},
        ["cnn--mlp", "cnn--mlp-dropout", "cnn-dropout--mlp-dropout"],
    )
    assert said_of(found)["robustness.trade_off"].replace("\u202f", "") == (
        "On corrupted test images, the mean error of CNN is 20.00% and that of CNN + dropout "
        "30.00%; this difference may be due to chance, but of these two only CNN is shown to be "
        "better there than MLP."
    )


def test_a_model_that_is_better_when_corrupted_is_named() -> None:
    """Even one that does not lead on unchanged images; with the p-value."""
    found = robustness(
        {"cnn": MIDDLE, "cnn-dropout": HIGH, "mlp": LOW, "mlp-dropout": HIGH}, ["cnn-dropout--mlp"]
    )
    text = said_of(found)["robustness.trade_off"].replace("\u202f", "")
    assert text == (
        "On corrupted test images, MLP is the better choice: its mean error is 20.00%, "
        "against 40.00% for CNN + dropout (corrected p\u00a0=\u00a00.002)."
    )


@pytest.mark.parametrize(
    ("errors", "shown"),
    [
        # Nothing is shown.
        ({"cnn": LOW, "cnn-dropout": MIDDLE, "mlp": HIGH, "mlp-dropout": HIGH}, []),
        # Both leaders are shown to be better than the same model.
        (
            {"cnn": LOW, "cnn-dropout": MIDDLE, "mlp": HIGH, "mlp-dropout": HIGH},
            ["cnn--mlp", "cnn-dropout--mlp"],
        ),
        # The recommended model is the better one there too.
        (
            {"cnn": MIDDLE, "cnn-dropout": LOW, "mlp": HIGH, "mlp-dropout": HIGH},
            ["cnn--mlp", "cnn--cnn-dropout"],
        ),
        # What speaks against it is not among the leaders.
        (
            {"cnn": HIGH, "cnn-dropout": MIDDLE, "mlp": LOW, "mlp-dropout": HIGH},
            ["mlp--mlp-dropout"],
        ),
        # The recommended model alone was evaluated.
        ({"cnn-dropout": LOW}, []),
    ],
)
def test_nothing_is_said_against_a_recommendation_without_a_test(
    errors: Mapping[str, Sequence[float]], shown: list[str]
) -> None:
    """The claim vanishes, and the conclusion lists the errors instead."""
    found, facts = robustness(errors, shown), make_paper()
    assert "robustness.trade_off" not in said_of(found, facts)
    (errors_claim,) = (each for each in robustness_claims(facts, found) if each.id == "robustness")
    assert errors_claim.concluding


def test_nothing_is_qualified_where_nothing_is_recommended() -> None:
    """One model, or results that support no recommendation."""
    facts = make_facts(PAPER_MODELS, half_width=0.005)
    assert recommended_model(facts) is None
    found = robustness({"cnn": LOW, "cnn-dropout": HIGH}, ["cnn--cnn-dropout"])
    assert "robustness.trade_off" not in said_of(found, facts)
    alone = make_paper(1)
    assert recommended_model(alone) is None
    assert set(said_of(robustness({"cnn": LOW}), alone)) == {
        *("robustness", "robustness.loss", "robustness.corruptions")
    }


def test_errors_that_corruption_lowers_are_stated_with_their_sign() -> None:
    """Some corruptions hardly change an image, and by chance a few more are classified right."""
    few, more = (0.006, 0.006, 0.006), (0.013, 0.013, 0.013)
    said = said_of(robustness({"cnn": few, "mlp": more}))["robustness.loss"]
    assert said.startswith("Corruption changes the error by \u22120.40 points (")
    assert "for CNN to +0.30 points (" in said
    alone = said_of(robustness({"cnn": few}))["robustness.loss"]
    assert alone.startswith("Corruption changes the error of CNN by \u22120.40 points (")


@pytest.mark.parametrize(
    ("certain", "end"),
    [
        ("", "; none of these differences is statistically significant."),
        (
            "fog",
            ". Although its mean error is higher, MLP is better than CNN under fog "
            "(corrected p\u00a0=\u00a00.002).",
        ),
        ("stripe", "; none of these differences is statistically significant."),
    ],
)
def test_corruptions_under_which_the_worst_model_is_the_better_are_named(
    certain: str, end: str
) -> None:
    """They are counted and listed, with what is shown of them."""
    found = robustness({"cnn": (0.3, 0.2, 0.1), "mlp": (0.2, 0.1, 0.9)}, ["cnn--mlp"], certain)
    assert said_of(found)["robustness.exceptions"] == (
        "Even so, MLP makes fewer errors than CNN under two of the three corruptions (fog and "
        f"shear){end}"
    )


def test_reversals_of_other_pairs_are_named() -> None:
    """Significant ones of any pair, although the best model is better than the worst everywhere."""
    found = robustness(
        {
            "cnn": (0.2, 0.2, 0.2),
            "cnn-dropout": (0.3, 0.3, 0.3),
            "mlp": (0.1, 0.5, 0.5),
            "mlp-dropout": (0.4, 0.6, 0.6),
        },
        certain="fog",
    )
    assert said_of(found)["robustness.exceptions"].replace("\u00a0", " ") == (
        "Although its mean error is higher, MLP is better than CNN under fog (corrected "
        "p = 0.002), and than CNN + dropout under fog (corrected p = 0.002)."
    )


def test_many_reversals_are_counted() -> None:
    """All ten pairs of five models turn round under fog."""
    slugs = [f"cnn-{i}" for i in range(5)]
    facts = make_facts([replace(PAPER_MODELS[0], slug=slug, name=slug) for slug in slugs])
    errors = {slug: (0.5 - i / 10, 0.1 + i / 5, 0.1 + i / 5) for i, slug in enumerate(slugs)}
    text = said_of(robustness(errors, certain="fog"), facts)["robustness.exceptions"]
    assert text.endswith(
        " In ten comparisons of two models under one corruption, the model with the higher mean "
        "error is shown to be better."
    )


@pytest.mark.parametrize(
    ("shown", "end"),
    [
        (["cnn--mlp-dropout"], "CNN + dropout (corrected p = 0.002) and MLP (corrected p = 0.002)"),
        (["cnn--mlp", "cnn--mlp-dropout"], "CNN + dropout (corrected p = 0.002)"),
        (["cnn--cnn-dropout", "cnn--mlp"], ""),
    ],
)
def test_models_that_the_best_is_not_shown_to_beat_are_named(
    shown: Sequence[str], end: str
) -> None:
    """Besides the worst, of which the verdict speaks."""
    errors = {"cnn": LOW, "cnn-dropout": MIDDLE, "mlp": MIDDLE, "mlp-dropout": HIGH}
    text = said_of(robustness(errors, shown))["robustness"].replace("\u00a0", " ")
    start = " The mean error of CNN is not shown to be lower than that of "
    assert text.partition(start)[2] == (f"{end}." if end else "")


def test_no_exceptions_are_named_where_the_best_model_is_always_the_best() -> None:
    """Nor where all models make the same errors."""
    for errors in ({"cnn": LOW, "mlp": HIGH}, {"cnn": LOW, "mlp": LOW}):
        assert "robustness.exceptions" not in said_of(robustness(errors))


@pytest.mark.parametrize(
    ("shown", "end"),
    [
        (
            ["cnn--mlp", "cnn--mlp-dropout"],
            "On corrupted images, after correction, CNN is better than MLP (p = 0.002) and "
            "MLP + dropout (p = 0.002); no other pair is settled.",
        ),
        (
            ["cnn--mlp", "cnn-dropout--mlp"],
            "On corrupted images, after correction, CNN is better than MLP (p = 0.002), and "
            "CNN + dropout is better than MLP (p = 0.002); no other pair is settled.",
        ),
        (
            [
                *("cnn--cnn-dropout", "cnn--mlp", "cnn--mlp-dropout"),
                *("cnn-dropout--mlp", "cnn-dropout--mlp-dropout"),
            ],
            "On corrupted images, after correction, a better model is shown in five of six pairs; "
            "no other pair is settled.",
        ),
    ],
)
def test_pairs_that_corruption_decides_are_named(shown: Sequence[str], end: str) -> None:
    """Few with their p-values, many by their number."""
    errors = {"cnn": LOW, "cnn-dropout": MIDDLE, "mlp": HIGH, "mlp-dropout": HIGH}
    text = said_of(robustness(errors, shown))["robustness.ranking"].replace("\u00a0", " ")
    assert text.startswith("On average over the corruptions, no verdict is reversed: ")
    assert text.endswith(end)
