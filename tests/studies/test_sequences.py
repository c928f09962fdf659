"""The study of sequences: composing, cutting, reading, its numbers, its claims, its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.special import logit, softmax

from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.results.evidence import Evidence, StudiedImages, StudiedSets
from reportgen.results.evidence_file import decode, encode
from reportgen.results.quantisation import code_odds, restore_odds
from reportgen.studies import CannotStudy, analyse, shipped_studies
from reportgen.studies.sequences import SequencesSettings
from reportgen.studies.sequences.claims import sequences_claims
from reportgen.studies.sequences.composition import compose, make_pieces, segment, slots
from reportgen.studies.sequences.measures import find_threshold
from reportgen.studies.sequences.records import SequencesFacts
from reportgen.studies.study import ImagePlan
from tests.studies.conftest import check_holm, faults_in, found_in, rotated, written_and_read
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, with_tables
from tests.support.facts import text_of

TABLE = {"lengths": [2, 4], "count": 20}
ERRORS = {"cnn": 0.02, "cnn-dropout": 0.1, "mlp": 0.3}


def blobs(count: int, seed: int = 0) -> np.ndarray:
    """Return images of one upright stroke each, of many widths and heights, its mass centred."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 1, 28, 28), dtype=np.uint8)
    for image in images:
        height, width = 2 * random.integers(8, 11), 2 * random.integers(2, 6)
        own = random.integers(200, 256, (height // 2, width // 2))
        own = np.block([[own, own[:, ::-1]], [own[::-1], own[::-1, ::-1]]])
        top, left = (28 - height) // 2, (28 - width) // 2
        image[0, top : top + height, left : left + width] = own
    return images


def recipe(style: str, lengths: tuple[int, ...] = (3,), count: int = 4) -> dict[str, Any]:
    """Return a recipe."""
    return {"style": style, "seed": 5, "lengths": list(lengths), "count": count}


@pytest.mark.parametrize("style", ["spaced", "slanted"])
def test_lines_with_gaps_are_cut_into_their_images(style: str) -> None:
    """In the right order; a piece of an upright line is the image that it was made of."""
    images = blobs(12)
    pieces = make_pieces(images, np.arange(12), recipe(style)).reshape(4, slots(3), 28, 28)

    assert pieces[:, 0].any(axis=(1, 2)).all()
    assert not pieces[:, 4:].any()
    if style == "spaced":
        np.testing.assert_array_equal(pieces[:, 1:4].reshape(12, 1, 28, 28), images)


def test_neighbours_that_touch_are_one_component() -> None:
    """Their ink meets: a line of the style touching has one connected component."""
    images = blobs(3)
    for number in range(20):
        line = compose(images, np.arange(3), recipe("touching"), number, 0)
        assert ndimage.label(line.ink >= 64, np.ones((3, 3)))[1] == 1
        assert list(line.middles) == sorted(line.middles)


def test_wide_pieces_are_cut_where_ink_is_least() -> None:
    """Two blocks that a thin bridge joins are cut within the bridge."""
    ink = np.zeros((24, 36), dtype=np.uint8)
    ink[2:22, 2:12] = ink[2:22, 15:26] = 255
    ink[10:12, 12:15] = 255
    _, _, ((first, cut), (again, last)) = segment(ink)

    assert (first, last) == (2, 26)
    assert cut == again
    assert 12 <= cut < 15


def test_a_leaning_line_is_put_upright() -> None:
    """Nearly: the rows of each stroke begin in the same columns again."""
    line = compose(blobs(3), np.arange(3), recipe("slanted"), 1, 0)
    before = np.ptp([np.flatnonzero(row)[0] for row in line.ink if row.any()])
    ink, _, _ = segment(line.ink)

    assert before >= 4
    assert np.ptp([np.flatnonzero(row)[0] for row in ink if row.any()]) <= 2


@pytest.mark.parametrize("style", ["spaced", "touching", "slanted"])
def test_dark_on_white_is_the_same(style: str) -> None:
    """Pieces of inverted images are inverted pieces; blank images stay zero."""
    images = blobs(12)
    light, dark = (
        make_pieces(each, np.arange(12), recipe(style)) for each in (images, 255 - images)
    )
    there = light.any(axis=(1, 2, 3))
    np.testing.assert_array_equal(dark[there], 255 - light[there])
    assert not dark[~there].any()


def test_lines_depend_on_nothing_but_their_own_images() -> None:
    """The same bits come out again, alone or among others; another seed gives another line."""
    images, positions = blobs(12), np.arange(40, 52)
    every = make_pieces(images, positions, recipe("touching"))
    np.testing.assert_array_equal(every, make_pieces(images, positions, recipe("touching")))
    one = compose(images[3:6], positions[3:6], recipe("spaced"), 1, 0)
    other = compose(images[3:6], positions[3:6], {**recipe("spaced"), "seed": 6}, 1, 0)
    assert one.ink.shape != other.ink.shape or (one.ink != other.ink).any()


def test_images_without_ink_and_large_pieces() -> None:
    """A blank line has no piece; one that is larger than an image is made to fit into it."""
    blank = np.zeros((3, 1, 28, 28), dtype=np.uint8)
    assert not make_pieces(blank, np.arange(3), recipe("spaced", count=1)).any()
    tall = np.full((30, 12), 255, dtype=np.uint8)
    assert segment(tall)[2] == [(0, 12)]
    full = np.full((3, 1, 28, 28), 255, dtype=np.uint8)
    full[:, :, :, 20:] = full[:, :, [0, -1]] = full[:, :, :, [0]] = 0
    pieces = make_pieces(full, np.arange(3), recipe("spaced", count=1))
    assert pieces[0].any()
    assert pieces[1:4].any(axis=(1, 2, 3)).all()


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6))
@settings(deadline=None)
def test_codes_of_confidences(logits: list[float]) -> None:
    """Within an eighth of the log-odds, as SciPy computes them, in their order, and never 0."""
    probability = softmax(np.array(logits, dtype=np.longdouble)).max()
    odds = float(logit(probability)) if probability < 1 else 99.0
    code = code_odds(np.array([odds]))
    assert code[0] >= 1
    if -7.7 < odds < 55:
        assert restore_odds(code)[0] == pytest.approx(odds, abs=0.1251)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_thresholds(pairs: list[tuple[int, bool]], accuracy: float) -> None:
    """The lowest confidence whose answers from it upwards are right often enough."""
    confidence = np.array([float(each) for each, _ in pairs])
    right = np.array([float(each) for _, each in pairs])
    fitting = [value for value in set(confidence) if right[confidence >= value].mean() >= accuracy]
    assert find_threshold(confidence, right, accuracy) == (min(fitting) if fitting else np.inf)


def plan_of(evidence: Evidence) -> ImagePlan:
    """Return the plan of the study for these settings."""
    changes = shipped_studies()["sequences"].images
    assert changes is not None
    plan = changes.plan(SequencesSettings.model_validate(TABLE), evidence.header.dataset)
    assert plan.count == 20 * (slots(2) + slots(4))
    return plan


def make_evidence(errors: Mapping[str, float] = ERRORS, seeds: int = 2) -> Evidence:
    """Return evidence in which each model reads this share of all pieces wrong.

    The first sequence of each style has a piece too many, the second is cut in the wrong place.
    """
    evidence = make_build(PAPER_MODELS[: len(errors)], seeds, n=200)[2]
    plan = plan_of(evidence)
    labels = evidence.test_labels[plan.positions]
    random = np.random.default_rng(1)
    predicted, confidence = {}, {}
    for slug, seed in evidence.runs:
        classes = np.zeros((3, plan.count or 0), dtype=np.int32)
        codes = np.zeros(classes.shape, dtype=np.uint8)
        start = digit = 0
        for number in range(40):
            length = 2 if number < 20 else 4
            own = slice(start + 1, start + 1 + length)
            wrong = random.random((3, length)) < errors[slug]
            truth = labels[digit : digit + length]
            classes[:, own] = np.where(wrong, (truth + 1) % 10, truth)
            codes[:, own] = np.where(wrong, 40, 60) + random.integers(0, 15, (3, length))
            if number == 0:
                codes[:, own.stop] = 50
            codes[:, start] = number > 1
            start, digit = start + slots(length), digit + length
        predicted[slug, seed], confidence[slug, seed] = classes, codes
    shown = random.integers(1, 256, (9, 1, 30, 60)).astype(np.uint8)
    evidence = with_tables(evidence, {"sequences": TABLE})
    described = StudiedSets(sets=plan.sets, count=plan.count)
    images = StudiedImages(plan.positions, predicted, shown, confidence)
    return evidence.with_study("studied", "sequences", described, images)


def read_again(evidence: Evidence, slug: str) -> dict[tuple[int, int, int], bool]:
    """Return whether (seed, style, sequence) is read right, read one by one."""
    images = evidence.studied["sequences"]
    found = {}
    for (model, seed), classes in images.predicted.items():
        if model != slug:
            continue
        for style in range(3):
            start = digit = 0
            for number in range(40):
                length = 2 if number < 20 else 4
                read = [
                    classes[style, place]
                    for place in range(start + 1, start + 3 + length)
                    if images.confidence[model, seed][style, place]
                ]
                truth = evidence.test_labels[images.positions[digit : digit + length]]
                found[seed, style, number] = read == truth.tolist()
                start, digit = start + slots(length), digit + length
    return found


def test_shares_are_those_of_sequences_read_one_by_one(evidence: Evidence, facts: Facts) -> None:
    """Of all, of each length, of each style; the causes of errors add up."""
    found = found_in(facts, SequencesFacts)
    assert (found.total, found.count, found.runs) == (120, 20, 6)
    assert set(found.cut.values()) == {38 / 40}
    positions = evidence.studied["sequences"].positions
    for slug, model in found.models.items():
        right = read_again(evidence, slug)

        def share(of: dict[tuple[int, int, int], bool], *wanted: int | None) -> float:
            chosen = [
                value
                for key, value in of.items()
                if all(want is None or want == own for want, own in zip(wanted, key, strict=True))
            ]
            return float(np.mean(chosen))

        assert model.right.value == pytest.approx(share(right, None, None, None))
        short = [value for key, value in right.items() if key[2] < 20]
        assert model.by_length[0].value == pytest.approx(np.mean(short))
        for place, shares in enumerate(model.styles.values()):
            assert shares.right.value == pytest.approx(share(right, None, place, None))
            parts = shares.right.value + shares.segmentation + shares.recognition
            assert parts == pytest.approx(1)
            missed = [not right[seed, place, number] for seed in (0, 1) for number in (0, 1)]
            assert shares.segmentation == pytest.approx(np.sum(missed) / 80)
        single = [
            (evidence.runs[slug, seed]["test"].classes == evidence.test_labels)[positions].mean()
            for seed in (0, 1)
        ]
        assert model.single == pytest.approx(np.mean(single))
        assert model.independent == pytest.approx(
            [np.mean(np.power(single, length)) for length in (2, 4)]
        )
        for each in (model.right, *model.by_length, model.coverage):
            assert 0 <= each.low <= each.value <= each.high <= 1


def test_pairs_are_corrected(facts: Facts) -> None:
    """Holm's correction over the pairs, as in statsmodels."""
    check_holm(found_in(facts, SequencesFacts).pairs.values())


def test_failures_name_the_cause(facts: Facts) -> None:
    """A piece too many is an error of segmentation, and is read as such."""
    found = found_in(facts, SequencesFacts)
    causes = {each.cause for each in found.failures}
    assert causes == {"segmentation", "recognition"}
    for each in found.failures:
        assert each.truth != each.read
        assert 1 <= each.runs <= 6
    assert any(
        len(each.read) == len(each.truth) + 1 and each.cause == "segmentation"
        for each in found.failures
    )


@pytest.mark.parametrize("order", rotated(ERRORS))
def test_claims_follow_the_numbers(order: list[str]) -> None:
    """Whatever model reads most is the one that is named, and likewise the fewest."""
    errors = dict(zip(order, ERRORS.values(), strict=True))
    facts = analyse(make_evidence({slug: errors[slug] for slug in sorted(errors)}, seeds=1))
    best, _, worst = (facts.models[slug].name for slug in order)

    text = text_of(facts, "sequences")
    assert f"{best} reads the most without error" in text
    assert f"and {worst} the fewest" in text
    assert "is statistically significant (corrected p" in text
    assert text_of(facts, "sequences.length").startswith(best)
    assert f"most errors of {best} come from" in text_of(facts, "sequences.causes")


def test_the_cause_of_most_errors_is_stated_by_style(facts: Facts) -> None:
    """Not of all styles together: one of them may have most of the errors."""
    found = found_in(facts, SequencesFacts)
    shares = {"spaced": (0.01, 0.04), "touching": (0.7, 0.1), "slanted": (0.02, 0.06)}
    styles = {
        style: found.models["cnn"]
        .styles[style]
        .model_copy(update={"segmentation": cut, "recognition": read})
        for style, (cut, read) in shares.items()
    }
    models = {"cnn": found.models["cnn"].model_copy(update={"styles": styles})}

    def said() -> str:
        claims = sequences_claims(facts, found.model_copy(update={"models": models}))
        return next(each.text for each in claims if each.id == "sequences.causes")

    text = re.sub(r" \(.*?\)", "", said())
    assert (
        " With gaps between the images and on leaning lines, most errors of CNN come from reading "
        "what was cut out; where neighbours touch, most come from cutting." in text
    )

    for style, each in styles.items():
        none = each.model_copy(update={"segmentation": 0.0, "recognition": 0.0})
        styles[style] = none
    assert said().endswith("CNN reads every sequence right.")


def test_models_not_shown_to_read_fewer_are_named(facts: Facts) -> None:
    """The one in the middle, unless the best is shown to read more; the ends have a verdict."""
    found = found_in(facts, SequencesFacts)
    best = max(found.models, key=lambda slug: found.models[slug].right.value)
    assert best == "cnn"
    for winner, expected in ((None, True), ("cnn", False)):
        pair = found.pairs["cnn--cnn-dropout"].model_copy(update={"winner": winner})
        pairs = found.pairs | {"cnn--cnn-dropout": pair}
        claims = sequences_claims(facts, found.model_copy(update={"pairs": pairs}))
        text = next(each.text for each in claims if each.id == "sequences")
        assert ("CNN + dropout (corrected " in text) == expected
        assert text.endswith("is not shown to read fewer than CNN.") == expected


@pytest.mark.parametrize(
    ("shift", "fewer", "rest"),
    [((0.1, 0.1), False, False), ((0.1, -0.3), True, False), ((-0.1, -0.3), True, True)],
)
def test_only_what_no_length_loses_is_called_no_fewer(
    facts: Facts, shift: tuple[float, float], fewer: bool, rest: bool
) -> None:
    """A share below that of independent errors is stated, even if that of another length is not."""
    found = found_in(facts, SequencesFacts)
    best = max(found.models, key=lambda slug: found.models[slug].right.value)
    model = found.models[best]
    alone = (0.8, *([0.6] * (len(model.independent) - 2)), 0.6)
    changes = (shift[0], *([shift[1]] * (len(alone) - 1)))
    shares = tuple(
        each.model_copy(update={"value": value + change})
        for each, value, change in zip(model.by_length, alone, changes, strict=True)
    )
    changed = model.model_copy(update={"by_length": shares, "independent": alone})
    models = found.models | {best: changed}
    claims = sequences_claims(facts, found.model_copy(update={"models": models}))
    text = next(each.text for each in claims if each.id == "sequences.length")
    assert ("no fewer than if errors were independent" in text) != fewer
    assert ("it would read" in text) == fewer
    assert ("the rest is lost" in text) == rest


def test_claims_are_true_of_models_that_do_equally_well(facts: Facts) -> None:
    """Neither of two is said to answer more than the other, and of no cause most errors."""
    found = found_in(facts, SequencesFacts)
    half = {"segmentation": 0.1, "recognition": 0.1}
    models = {
        slug: model.model_copy(
            update={
                "coverage": found.models["cnn"].coverage,
                "reached": found.models["cnn"].reached,
                "styles": {
                    style: shares.model_copy(update=half) for style, shares in model.styles.items()
                },
            }
        )
        for slug, model in found.models.items()
    }

    def said(count: int) -> dict[str, str]:
        few = dict(list(models.items())[:count])
        claims = sequences_claims(facts, found.model_copy(update={"models": few}))
        return {each.id: each.text for each in claims}

    assert "are right, CNN, CNN + dropout and MLP can answer" in said(3)["sequences.coverage"]
    assert "are right, CNN can answer" in said(1)["sequences.coverage"]
    assert (
        "as many errors of CNN come from cutting as from reading what was cut out. In brackets"
        in said(3)["sequences.causes"]
    )


def test_one_network_and_one_length() -> None:
    """Nothing to compare, no curve; the sentences are about what there is."""
    evidence = make_evidence({"cnn": 0.2}, seeds=1)
    text = text_of(analyse(evidence), "sequences")
    assert text.startswith("Of the sequences of two to four test images on one line, CNN reads ")


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Predictions, confidences and images come back; what does not fit is refused."""
    written_and_read(evidence)
    images = evidence.studied["sequences"]
    short = {pair: codes[:, 1:] for pair, codes in images.confidence.items()}
    with pytest.raises(VerificationFailed):
        decode(encode(replace(evidence, studied={"sequences": replace(images, confidence=short)})))


def test_evidence_of_other_sequences_is_found(evidence: Evidence) -> None:
    """Other settings, and confidences left out."""
    assert faults_in(evidence) == []
    other = with_tables(evidence, {"sequences": {**TABLE, "seed": 1}})
    assert "image sets are not those" in faults_in(other)[0]
    images = replace(evidence.studied["sequences"], confidence={})
    assert (
        "the confidence of every network"
        in faults_in(replace(evidence, studied={"sequences": images}))[0]
    )


def test_a_study_that_cannot_run_is_left_out(evidence: Evidence) -> None:
    """No network, colour, or a small test set: the reason is one line."""
    facts = analyse(replace(evidence, studied={}))
    assert facts.studies_left_out == {
        "sequences": "it evaluates trained networks, and there are none"
    }
    changes = shipped_studies()["sequences"].images
    assert changes is not None
    for update, reason in (
        ({"input_shape": (3, 28, 28)}, "it composes grey images"),
        ({"test": 59}, "it needs 60 test images for 10 sequences of each length"),
    ):
        record = make_dataset(200).record.model_copy(update=update)
        with pytest.raises(CannotStudy, match=reason):
            changes.plan(SequencesSettings.model_validate(TABLE), record)
