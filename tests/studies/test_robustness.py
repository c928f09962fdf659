"""The study of robustness: its numbers against brute force, its claims, its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.results.evidence import Evidence, StudiedImages, StudiedSets
from reportgen.results.evidence_file import decode, encode
from reportgen.studies import analyse, shipped_studies
from reportgen.studies.robustness import RobustnessSettings
from reportgen.studies.robustness.records import RobustnessFacts
from tests.studies.conftest import (
    check_holm,
    faults_in,
    found_in,
    group_alike,
    interval_of_clusters,
    rotated,
    written_and_read,
)
from tests.studies.test_custom import render
from tests.support.factories import PAPER_MODELS, make_build, with_analysis, with_tables
from tests.support.facts import text_of

TABLE = {"corruptions": ["fog", "shear", "canny_edges"], "severities": [2, 4], "images": 120}
ERRORS = {"cnn": 0.1, "cnn-dropout": 0.3, "mlp": 0.5}


def make_evidence(errors: Mapping[str, float] = ERRORS, seeds: int = 2, n: int = 200) -> Evidence:
    """Return evidence in which each model has about this share of errors on corrupted images."""
    evidence = make_build(PAPER_MODELS[: len(errors)], seeds, n=n)[2]
    changes = shipped_studies()["robustness"].images
    assert changes is not None
    plan = changes.plan(RobustnessSettings.model_validate(TABLE), evidence.header.dataset)
    random = np.random.default_rng(1)
    labels = evidence.test_labels[plan.positions]
    shape = (len(plan.sets), len(plan.positions))
    predicted = {}
    for slug, seed in evidence.runs:
        wrong = random.random(shape) < errors[slug]
        predicted[slug, seed] = np.where(wrong, (labels + 1) % 10, labels).astype(np.int32)
    shown = random.integers(0, 256, (len(plan.shown), 1, 28, 28)).astype(np.uint8)
    evidence = with_tables(evidence, {"robustness": TABLE})
    described = StudiedSets(sets=plan.sets, shown=plan.shown)
    images = StudiedImages(plan.positions, predicted, shown)
    return evidence.with_study("studied", "robustness", described, images)


def test_one_corruption_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The section about it is in the singular."""
    monkeypatch.setitem(TABLE, "corruptions", ["fog"])
    text = re.sub(r"<[^>]+>", "", render(make_evidence({"cnn": 0.1}, seeds=1), all_figures=True))
    assert "were changed by one corruption in the manner of" in text


def wrong_of(evidence: Evidence, slug: str) -> dict[tuple[str, int], np.ndarray]:
    """Return for each (corruption, severity) whether a run is wrong, `[seeds, images]`."""
    images = evidence.studied["robustness"]
    labels = evidence.test_labels[images.positions]
    runs = [predicted for pair, predicted in images.predicted.items() if pair[0] == slug]
    return {
        (str(each.recipe["corruption"]), int(str(each.recipe["severity"]))): np.array(
            [run[place] != labels for run in runs]
        )
        for place, each in enumerate(evidence.header.studied["robustness"].sets)
    }


def test_errors_are_shares_of_wrong_answers(evidence: Evidence, facts: Facts) -> None:
    """Of each severity, each corruption and all of them, computed anew one by one."""
    found = found_in(facts, RobustnessFacts)
    assert found.images == 120
    for slug, model in found.models.items():
        wrong = wrong_of(evidence, slug)
        means = {}
        for name in found.corruptions:
            severities = [severity for other, severity in wrong if other == name]
            each = [wrong[name, severity].mean() for severity in severities]
            assert [e.value for e in model.by_severity[name]] == pytest.approx(each)
            means[name] = np.mean(each)
            assert model.errors[name].value == pytest.approx(means[name])
        assert model.corrupted.value == pytest.approx(np.mean(list(means.values())))
        positions = evidence.studied["robustness"].positions
        clean = np.mean(
            [
                (sets["test"].classes != evidence.test_labels)[positions].mean()
                for pair, sets in evidence.runs.items()
                if pair[0] == slug
            ]
        )
        assert model.clean.value == pytest.approx(clean)
        assert model.loss.value == pytest.approx(np.mean(list(means.values())) - clean)
        graded = [(wrong["fog", s].mean() + wrong["shear", s].mean()) / 2 for s in (2, 4)]
        assert [each.value for each in model.at_severity] == pytest.approx(graded)
        for share in (model.clean, model.corrupted, *model.errors.values()):
            assert 0 <= share.low <= share.value <= share.high <= 1


def test_mean_corruption_errors(facts: Facts) -> None:
    """As Hendrycks and Dietterich (2019) define them, from the printed errors."""
    found = found_in(facts, RobustnessFacts)
    reference = found.models[found.reference]
    assert found.reference == "cnn"
    for model in found.models.values():
        shares = [
            model.errors[name].value / reference.errors[name].value for name in found.corruptions
        ]
        assert model.mean_corruption_error is not None
        assert model.mean_corruption_error.value == pytest.approx(np.mean(shares))
        added = [
            (model.errors[name].value - model.clean.value)
            / (reference.errors[name].value - reference.clean.value)
            for name in found.corruptions
        ]
        assert model.relative_mean_corruption_error is not None
        assert model.relative_mean_corruption_error.value == pytest.approx(np.mean(added))


def test_intervals_of_groups_are_those_of_statsmodels() -> None:
    """Of the groups that the images come from, of one run."""
    evidence = make_evidence({"cnn": 0.2}, seeds=1)
    positions = evidence.studied["robustness"].positions
    wrong = np.mean(list(wrong_of(evidence, "cnn").values()), axis=(0, 1))
    clusters = np.arange(200, 400, dtype=np.int32)
    clusters[positions] = group_alike(wrong)
    numbers = np.unique(clusters, return_inverse=True)[1].astype(np.int32)
    found = found_in(analyse(replace(evidence, clusters=numbers)), RobustnessFacts)
    of_canny = np.mean(
        [each[0] for (name, _), each in wrong_of(evidence, "cnn").items() if name == "canny_edges"],
        axis=0,
    )
    interval = found.models["cnn"].errors["canny_edges"]
    assert (interval.low, interval.high) == pytest.approx(
        interval_of_clusters(of_canny, clusters[positions])
    )


@pytest.mark.parametrize("kind", ["mean_corruption_error", "relative_mean_corruption_error"])
def test_intervals_of_mean_corruption_errors(kind: str) -> None:
    """Of one seed, they are as wide as the jackknife over test images makes them."""
    evidence = make_evidence(seeds=1)
    found = found_in(analyse(evidence), RobustnessFacts)
    positions = evidence.studied["robustness"].positions
    labels = evidence.test_labels[positions]

    def errors_of(slug: str) -> np.ndarray:
        wrong = wrong_of(evidence, slug)
        each = [
            np.mean([wrong[name, severity][0] for other, severity in wrong if other == name], 0)
            for name in found.corruptions
        ]
        clean = evidence.runs[slug, 0]["test"].classes[positions] != labels
        return np.array(each) - (clean if kind.startswith("relative") else 0)

    def ratio(mine: np.ndarray, theirs: np.ndarray) -> float:
        return float(np.mean(mine.mean(axis=1) / theirs.mean(axis=1)))

    mine, theirs = errors_of("mlp"), errors_of("cnn")
    images = len(labels)
    without = [ratio(np.delete(mine, i, 1), np.delete(theirs, i, 1)) for i in range(images)]
    error = np.sqrt((images - 1) * np.var(without))
    interval = getattr(found.models["mlp"], kind)
    half = scipy.stats.t(images - 1).ppf(0.975) * error
    assert interval.value == pytest.approx(ratio(mine, theirs))
    # The jackknife is no linear approximation: they agree to a few hundredths.
    assert interval.high - interval.value == pytest.approx(half, rel=0.1)
    own = getattr(found.models["cnn"], kind)
    assert (own.low, own.value, own.high) == (1, 1, 1)


def test_pairs_are_corrected_over_all_that_is_compared(evidence: Evidence, facts: Facts) -> None:
    """Holm's correction, as in statsmodels, over pairs and corruptions together."""
    found = found_in(facts, RobustnessFacts)
    every = [each for pair in found.by_corruption.values() for each in pair.values()]
    assert len(every) == 3 * 3
    for family in (every, list(found.pairs.values()), list(found.losses.values())):
        check_holm(family)
    difference = (
        wrong_of(evidence, "cnn")["fog", 2].mean() + wrong_of(evidence, "cnn")["fog", 4].mean()
    ) / 2 - (
        wrong_of(evidence, "mlp")["fog", 2].mean() + wrong_of(evidence, "mlp")["fog", 4].mean()
    ) / 2
    pair = found.by_corruption["cnn--mlp"]["fog"]
    assert pair.difference.value == pytest.approx(difference)
    assert (pair.verdict, pair.winner) == ("better", "cnn")


@pytest.mark.parametrize("order", rotated(ERRORS))
def test_claims_follow_the_numbers(order: list[str]) -> None:
    """Whatever model has the fewest errors is the one that is named, and likewise the most."""
    errors = dict(zip(order, ERRORS.values(), strict=True))
    facts = analyse(make_evidence({slug: errors[slug] for slug in ERRORS}))
    names = {slug: facts.models[slug].name for slug in ERRORS}
    best, _, worst = (names[slug] for slug in order)

    text = text_of(facts, "robustness")
    assert f"{best} has the lowest mean error" in text
    assert f"and {worst} the highest" in text
    assert "is statistically significant (corrected p" in text
    lost = {
        slug: model.loss.value for slug, model in found_in(facts, RobustnessFacts).models.items()
    }
    assert f"the error of {names[min(lost, key=lost.__getitem__)]} least" in text_of(
        facts, "robustness.loss"
    )


def test_a_ranking_that_turns_is_named() -> None:
    """A model that is better on unchanged images and worse on corrupted ones."""
    evidence = make_evidence({"cnn": 0.9, "cnn-dropout": 0.5, "mlp": 0.1}, seeds=3, n=1500)
    text = text_of(analyse(evidence), "robustness.ranking")

    assert "the ranking does not hold: " in text
    assert "CNN is better than MLP on unchanged images but worse on corrupted ones" in text
    # Verdicts in another metric are not about the errors on unchanged images.
    assert "robustness.ranking" not in analyse(with_analysis(evidence, primary="log_loss")).claims


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Predictions, positions and images come back, and so do all facts."""
    ours, theirs = evidence.studied["robustness"], written_and_read(evidence).studied["robustness"]
    np.testing.assert_array_equal(ours.positions, theirs.positions)
    np.testing.assert_array_equal(ours.shown, theirs.shown)
    assert list(ours.predicted) == list(theirs.predicted)


def test_positions_beyond_the_test_set_are_refused(evidence: Evidence) -> None:
    """Evidence that makes no sense is no evidence."""
    images = evidence.studied["robustness"]
    beyond = replace(images, positions=images.positions + 100)
    with pytest.raises((VerificationFailed, ValueError, IndexError)):
        decode(encode(replace(evidence, studied={"robustness": beyond})))


def test_a_study_without_networks_is_left_out(evidence: Evidence) -> None:
    """The reason is given in one line."""
    facts = analyse(replace(evidence, studied={}))

    assert "robustness" not in facts.studies
    assert facts.studies_left_out == {
        "robustness": "it evaluates trained networks, and there are none"
    }


def test_evidence_of_other_images_is_found(evidence: Evidence) -> None:
    """Corruptions left out, images chosen otherwise, networks without predictions."""
    images, described = evidence.studied["robustness"], evidence.header.studied["robustness"]

    assert faults_in(evidence) == []
    fewer = described.model_copy(update={"sets": described.sets[:-1], "shown": ()})
    shortened = evidence.with_header(studied={"robustness": fewer})
    assert "image sets are not those" in faults_in(shortened)[0]
    moved = replace(images, positions=(images.positions + 1) % 200)
    assert (
        "test images are not those"
        in faults_in(replace(evidence, studied={"robustness": moved}))[0]
    )
    without = {pair: each for pair, each in images.predicted.items() if pair[0] != "mlp"}
    alone = replace(images, predicted=without)
    assert "every network" in faults_in(replace(evidence, studied={"robustness": alone}))[0]
    assert "asks for no evaluations" in faults_in(with_tables(evidence, {}))[0]
    bare = replace(evidence.with_header(studied={}), studied={})
    assert "lacks the evaluations" in faults_in(bare)[0]
