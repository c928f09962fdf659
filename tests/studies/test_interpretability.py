"""The study of interpretability: its numbers, its claims, its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.figures.drawing import draw_svg
from reportgen.formatting import FORMATS
from reportgen.results.evidence import Evidence
from reportgen.results.evidence_file import decode, encode
from reportgen.studies import CannotStudy, analyse, shipped_studies
from reportgen.studies.interpretability import InterpretabilitySettings
from reportgen.studies.interpretability.measures import choose_shown
from reportgen.studies.interpretability.records import InterpretabilityFacts
from reportgen.studies.presentation import plan_figures
from reportgen.studies.study import draw_test_images
from tests.studies.conftest import (
    check_holm,
    faults_in,
    found_in,
    group_alike,
    interval_of_clusters,
    rotated,
    written_and_read,
)
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, with_tables
from tests.support.facts import text_of

TABLE = {"images": 100, "steps": 5, "shown": 3}
STRENGTHS = {"cnn": 0.9, "cnn-dropout": 0.5, "mlp": 0.25}
"""How much sooner than in random order the probability falls and rises."""
SIDE = 6


def make_evidence(strengths: Mapping[str, float] = STRENGTHS, seeds: int = 2) -> Evidence:
    """Return evidence in which the maps of each model order pixels as well as is given.

    Convolutional networks have Grad-CAM, which is as good as random; so good is the contrast: 0.5.
    """
    evidence = make_build(PAPER_MODELS[: len(strengths)], seeds, n=200)[2]
    random = np.random.default_rng(4)
    agreed, disputed = choose_shown(evidence, TABLE["shown"])
    shown = len(agreed) + len(disputed)
    parts = {"images": random.integers(0, 256, (shown, 1, SIDE, SIDE)).astype(np.uint8)}
    for slug, seed in evidence.runs:
        maps = 3 if slug.startswith("cnn") else 2
        strength = [strengths[slug], strengths[slug] / 2, 0.0][:maps]
        chance = np.clip(np.linspace(1, 0, 6) + random.normal(0, 0.02, (100, 6)), 0, 1)
        curves = []
        for power in (*strength, 0.5, 0.0):
            deletion = chance ** (1 + 4 * power) + random.normal(0, 0.01, chance.shape)
            deletion = np.clip(deletion, 0, 1)
            curves.append([deletion, 1 - deletion])
        parts[f"{slug}/{seed}/curves"] = np.rint(255 * np.array(curves)).astype(np.uint8)
        means = np.array([0.6, 0.1, 0.0])[:maps, None] + random.normal(0, 0.05, (2, maps, 100))
        parts[f"{slug}/{seed}/resemblance"] = np.rint(127 * (1 + means)).astype(np.uint8)
        if seed == 0:
            levels = random.integers(1, 256, (maps, shown, SIDE, SIDE))
            parts[f"{slug}/maps"] = levels.astype(np.uint8)
            parts[f"{slug}/{'units' if maps == 2 else 'filters'}"] = levels[0].astype(np.uint8)
            if maps == 3:
                parts[f"{slug}/responses"] = levels[1].astype(np.uint8)
    return examined(with_tables(evidence, {"interpretability": TABLE}), parts)


def examined(evidence: Evidence, parts: Mapping[str, np.ndarray]) -> Evidence:
    """Return the evidence with these arrays."""
    shapes = {name: array.shape for name, array in parts.items()}
    return evidence.with_study("examined", "interpretability", shapes, parts)


def test_areas_are_those_of_the_trapezoidal_rule(evidence: Evidence, facts: Facts) -> None:
    """Of every order; a score is the mean of what is below insertion and above deletion."""
    found, parts = found_in(facts, InterpretabilityFacts), evidence.examined["interpretability"]
    assert (found.images, found.common) == (100, ("gradient", "integrated"))
    for slug, model in found.models.items():
        curves = np.array([parts[f"{slug}/{seed}/curves"] for seed in (0, 1)]) / 255
        areas = np.asarray(np.trapezoid(curves, dx=0.2, axis=-1))
        for place, order in enumerate(model.orders.values()):
            deletion, insertion = areas[:, place].mean(axis=(0, 2))
            assert order.deletion.value == pytest.approx(deletion)
            assert order.insertion.value == pytest.approx(insertion)
            assert order.score.value == pytest.approx((insertion + 1 - deletion) / 2)
            assert order.deletion_curve == pytest.approx(curves[:, place, 0].mean(axis=(0, 1)))
        for place, (name, each) in enumerate(model.maps.items()):
            for control, gain in (("random", each.over_random), ("contrast", each.over_contrast)):
                difference = model.orders[name].score.value - model.orders[control].score.value
                assert gain.difference.value == pytest.approx(difference)
            codes = np.array([parts[f"{slug}/{seed}/resemblance"] for seed in (0, 1)])
            means = (codes / 127 - 1)[:, :, place].mean(axis=(0, 2))
            assert (each.resemblance.value, each.foreground.value) == pytest.approx(tuple(means))


def test_intervals_of_groups_are_those_of_statsmodels() -> None:
    """Of the groups that the examined images come from, of one run."""
    evidence = make_evidence({"cnn": 0.9}, seeds=1)
    curves = evidence.examined["interpretability"]["cnn/0/curves"][0] / 255
    deletion, insertion = np.trapezoid(curves, dx=0.2, axis=-1)
    scores = (insertion + 1 - deletion) / 2
    positions = draw_test_images(evidence.header.dataset, 100, 0)
    clusters = np.arange(20, 220, dtype=np.int32)
    clusters[positions] = group_alike(scores)
    numbers = np.unique(clusters, return_inverse=True)[1].astype(np.int32)
    found = found_in(analyse(replace(evidence, clusters=numbers)), InterpretabilityFacts)
    score = found.models["cnn"].orders["gradient"].score
    assert (score.low, score.high) == pytest.approx(
        interval_of_clusters(scores, clusters[positions])
    )


def test_p_values_are_corrected(facts: Facts) -> None:
    """Holm's correction over all maps of all models, and over pairs and kinds of maps."""
    found = found_in(facts, InterpretabilityFacts)
    maps = [each for model in found.models.values() for each in model.maps.values()]
    pairs = [each for kinds in found.pairs.values() for each in kinds.values()]
    assert (len(maps), len(pairs)) == (8, 6)
    for tests in (
        [each.over_random for each in maps],
        [each.over_contrast for each in maps],
        pairs,
    ):
        check_holm(tests)


@pytest.mark.parametrize("order", rotated(STRENGTHS))
def test_claims_follow_the_numbers(order: list[str]) -> None:
    """Whatever model's maps find most is the one that is named, and likewise the least."""
    strengths = dict(zip(order, STRENGTHS.values(), strict=True))
    facts = analyse(make_evidence({slug: strengths[slug] for slug in sorted(strengths)}))
    best, middle, worst = (facts.models[slug].name for slug in order)

    text = text_of(facts, "interpretability.models")
    assert f"Their gain over random order is largest for {best} (" in text
    assert f"and smallest for {worst} (" in text
    assert "is statistically significant" in text
    text = text_of(facts, "interpretability")
    # Grad-CAM has no place among kinds of maps that a multilayer perceptron is counted for.
    both = "Among the maps of CNN and CNN + dropout, gradient maps order the pixels best"
    assert text.startswith(both)
    verdicts, _, contrast = text.partition(" Compared with an order by contrast, ")
    assert verdicts.endswith(
        "Compared with random order, gradient maps (every model) and integrated gradients (every "
        "model) are significantly better; Grad-CAM maps (every model that has them) not "
        "significantly different."
    )
    # The best maps are not shown to be better than this order for every model.
    assert contrast.startswith(
        f"which needs no network, gradient maps are significantly better for {best}; "
        f"significantly worse for {worst}; not significantly different for {middle} (corrected p"
    )
    text = text_of(facts, "interpretability.contrast")
    start, better, rest = text.partition(" are significantly better; ")
    assert start.endswith(f"Compared with this order, gradient maps ({best})") and better
    worse, _, open_ = rest.partition(" significantly worse; ")
    assert f"gradient maps ({worst})" in worse
    assert f"gradient maps ({middle})" in open_.removesuffix(" not significantly different.")


def test_what_depends_on_the_weights(facts: Facts) -> None:
    """The rank correlations of each kind of map, and those that are shown not to be 0."""
    text = text_of(facts, "interpretability.weights")
    models = facts.studies["interpretability"]["models"].values()
    places = ("over all pixels, ", "over the foreground alone, ")
    for what, place in zip(("resemblance", "foreground"), places, strict=True):
        said = text.partition(place)[2]
        for method in ("gradient", "integrated", "gradcam"):
            values = [
                each["maps"][method][what]["value"] for each in models if method in each["maps"]
            ]
            assert FORMATS["score_short"](min(values)) in said
            assert FORMATS["score_short"](max(values)) in said
    assert "above 0 for gradient maps (every model) and integrated gradients (every model):" in text


def test_images_that_are_shown(evidence: Evidence) -> None:
    """Disputed ones have the most answers; agreed ones are right, and of the same classes."""
    agreed, disputed = choose_shown(evidence, 3)
    first = np.array([evidence.runs[slug, 0]["test"].classes for slug in STRENGTHS])
    answers = [len(set(column)) for column in first.T]
    assert [answers[place] for place in disputed] == sorted(answers, reverse=True)[:3]
    assert min(answers[place] for place in disputed) > 1
    labels = evidence.test_labels
    assert (first[:, agreed] == labels[agreed]).all()
    assert labels[agreed].tolist() == labels[disputed].tolist()


def test_a_single_model_and_one_that_is_always_right() -> None:
    """Wrong answers are in the place of disputed ones; without any, right ones alone are shown."""
    evidence = make_evidence({"cnn": 0.9}, seeds=1)
    labels, kept = evidence.test_labels, evidence.runs["cnn", 0]["test"]
    agreed, disputed = choose_shown(evidence, 2)
    assert (kept.classes[disputed] != labels[disputed]).all()
    facts = analyse(evidence)
    assert "interpretability.models" not in facts.claims
    assert "(every model" not in text_of(facts, "interpretability")

    right = {"test": replace(kept, classes=labels, stored=None)}
    agreed, disputed = choose_shown(replace(evidence, runs={("cnn", 0): right}), 2)
    assert (len(agreed), disputed) == (2, [])


def test_figures_are_drawn(facts: Facts) -> None:
    """Maps with their answers, which fall into two parts on a narrow screen; the first layers."""
    own = ("explanation", "first-layers")
    specs = {spec.slug: spec for spec in plan_figures(facts, None) if spec.slug.startswith(own)}
    assert list(specs) == [
        "explanation-maps",
        "explanation-deletion",
        "explanation-insertion",
        "explanation-gains",
        "first-layers",
    ]
    rows = specs["explanation-maps"].data["rows"]
    assert len(rows) == 2 * (1 + 8)
    drawn = draw_svg(specs["explanation-maps"])
    assert 'data-columns="2"' in drawn
    assert drawn.count("<image") == len(rows)
    for row in rows[:2]:
        assert all(text in drawn for text in (*row["texts"], row["name"]))
    assert draw_svg(specs["first-layers"]).count("<image") == 5


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Every array comes back; one of another shape than the header has is refused."""
    written_and_read(evidence)
    parts = dict(evidence.examined["interpretability"])
    parts["images"] = parts["images"][1:]
    with pytest.raises(VerificationFailed):
        decode(encode(replace(evidence, examined={"interpretability": parts})))


@pytest.mark.parametrize("part", ["images", "mlp/1/curves", "cnn/0/resemblance", "cnn/maps"])
def test_arrays_that_do_not_fit_give_no_numbers(evidence: Evidence, part: str) -> None:
    """Of other shapes than the settings ask for, or left out; the reason is one line."""
    parts = dict(evidence.examined["interpretability"])
    cut = {**parts, part: parts[part][..., 1:]}
    less = {name: array for name, array in parts.items() if name != part}
    for each in (cut, less) if part != "cnn/maps" else (cut,):
        facts = analyse(examined(evidence, each))
        assert "does not fit its settings" in facts.studies_left_out["interpretability"]
        assert "interpretability" not in facts.studies


def test_evidence_of_other_networks_is_found(evidence: Evidence) -> None:
    """Networks that are left out, or that nothing asks for."""
    assert faults_in(evidence) == []
    parts = evidence.examined["interpretability"]
    less = {name: array for name, array in parts.items() if not name.startswith("mlp/1/")}
    for other in (
        examined(evidence, less),
        with_tables(evidence, {}),
        replace(evidence, examined={}),
    ):
        assert ["not those that its settings ask for" in text for text in faults_in(other)] == [
            True
        ]


def test_a_study_that_cannot_run_is_left_out(evidence: Evidence) -> None:
    """No network, or no images: the reason is one line."""
    facts = analyse(replace(evidence, examined={}))
    assert facts.studies_left_out == {
        "interpretability": "it examines trained networks, and there are none"
    }
    examination = shipped_studies()["interpretability"].examination
    assert examination is not None
    for update in ({"input_shape": (4,)}, {"dtype": "float32"}):
        record = make_dataset(200).record.model_copy(update=update)
        with pytest.raises(CannotStudy, match="images of 8-bit levels"):
            examination.plan(InterpretabilitySettings(), record)
