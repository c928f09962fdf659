"""Foreign images in the study of confidence: made, found, told apart, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.data.changed_images import find_others
from reportgen.errors import DataUnavailable
from reportgen.results.evidence import Evidence, StudiedImages, StudiedSets
from reportgen.studies import CannotStudy, analyse, shipped_studies
from reportgen.studies.confidence import ConfidenceSettings
from reportgen.studies.confidence.claims import confidence_claims
from reportgen.studies.confidence.detection import estimate_areas, exceeds, threshold_of
from reportgen.studies.confidence.foreign import make_foreign
from reportgen.studies.confidence.records import ConfidenceFacts, ForeignFacts
from reportgen.studies.study import ImagePlan
from tests.data.generated import generate
from tests.studies.conftest import check_holm, faults_in, rotated, written_and_read
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, with_tables

TABLE = {"images": 200}
MEANS = {"cnn": 20, "cnn-dropout": 50, "mlp": 70}
"""Slug → mean code of the confidence in foreign images; in test images it is 80."""

Codes = st.lists(st.integers(0, 8), min_size=2, max_size=40)


@at_most(60)
@given(Codes, Codes)
def test_auroc_and_false_positives_are_those_of_scikit_learn(
    known: list[int], foreign: list[int]
) -> None:
    """With many ties; at the first point with a true positive rate of 95 % or more."""
    truth, test = [1] * len(known) + [0] * len(foreign), np.array(known, dtype=float)
    ours = exceeds(test, np.array(foreign, dtype=float)).mean()
    assert ours == pytest.approx(roc_auc_score(truth, known + foreign))
    false, true, _ = roc_curve(truth, known + foreign, drop_intermediate=False)
    passed = np.mean(np.array(foreign) >= threshold_of(test))
    assert passed == pytest.approx(false[np.flatnonzero(true >= 0.95 - 1e-12)[0]])


def test_variance_is_that_of_delong() -> None:
    """Σ over both samples of the variance of placements, pair by pair, over the sample's size."""
    random = np.random.default_rng(0)
    known, foreign = random.integers(3, 12, 40).astype(float), random.integers(0, 9, 30)
    kernel = (known[:, None] > foreign) + 0.5 * (known[:, None] == foreign)
    expected = kernel.mean(axis=1).var(ddof=1) / 40 + kernel.mean(axis=0).var(ddof=1) / 30
    found = estimate_areas([known[None]], [foreign[None].astype(float)])

    assert found.values[0] == pytest.approx(kernel.mean())
    assert found.variances[0] == pytest.approx(expected)


@pytest.mark.parametrize("apart", [False, True])
def test_variance_of_clusters_is_that_of_the_jackknife(apart: bool) -> None:
    """Each cluster left out once, of both samples where it has images in both."""
    random = np.random.default_rng(3)
    clusters = [random.permutation(size).astype(np.int32) % 80 for size in (500, 400)]
    shift = random.normal(0, 2, 80)
    known, foreign = (
        shift[of] + random.normal(mean, 1, len(of))
        for of, mean in zip(clusters, (2, 0), strict=True)
    )
    if apart:
        clusters[1] = clusters[1] + 80
    units = np.unique(np.concatenate(clusters))
    found = estimate_areas([known[None]], [foreign[None]], (clusters[0], clusters[1]))
    without = []
    for each in units:
        left = [known[clusters[0] != each], foreign[clusters[1] != each]]
        without.append(estimate_areas([left[0][None]], [left[1][None]]).values[0])
    count = len(units)
    jackknife = (count - 1) / count * ((np.array(without) - np.mean(without)) ** 2).sum()
    assert found.variances[0] == pytest.approx(jackknife, rel=0.05)
    assert found.independent == 80


def test_images_are_made_foreign() -> None:
    """Pixels change places, alike for an image alone and among others; a quarter is a quarter."""
    images = np.random.default_rng(1).integers(0, 256, (5, 1, 28, 28)).astype(np.uint8)
    positions = np.arange(10, 15)

    def made(kind: str, rows: slice = slice(None), seed: int = 0) -> np.ndarray:
        return make_foreign(images[rows], positions[rows], {"kind": kind, "seed": seed})

    noise = made("noise")
    assert (noise != images).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(np.sort(noise.reshape(5, -1)), np.sort(images.reshape(5, -1)))
    np.testing.assert_array_equal(made("noise", slice(2, 3)), noise[2:3])
    assert (made("noise", seed=1) != noise).any()
    np.testing.assert_array_equal(made("rotated")[:, :, -1], images[:, :, :, 0])
    np.testing.assert_array_equal(made("known"), images)


def test_images_of_another_data_set(tmp_path: Path) -> None:
    """They are its test images; where they are not there, or of another size, that is said."""
    generated = generate("kmnist")
    generated.write(tmp_path)
    dataset = make_dataset(50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reportgen.data.sources.CATALOGUE", generated.setting.catalogue)
        found = find_others("kmnist", tmp_path, dataset)
        small = dataset.record.model_copy(update={"input_shape": (1, 8, 8)})
        with pytest.raises(DataUnavailable, match="remove 'kmnist' from studies"):
            find_others("kmnist", tmp_path, replace(dataset, record=small))
    assert found.shape[1:] == (1, 28, 28)
    with pytest.raises(DataUnavailable):
        find_others("kmnist", tmp_path / "elsewhere", dataset)


def plan_of(evidence: Evidence) -> ImagePlan:
    """Return the plan of the study."""
    changes = shipped_studies()["confidence"].images
    assert changes is not None
    return changes.plan(ConfidenceSettings.model_validate(TABLE), evidence.header.dataset)


def make_evidence(means: Mapping[str, int] = MEANS, seeds: int = 2) -> Evidence:
    """Return evidence in which each model has about this confidence in foreign images."""
    evidence = make_build(PAPER_MODELS[: len(means)], seeds, n=300)[2]
    plan = plan_of(evidence)
    random = np.random.default_rng(2)
    labels = evidence.test_labels[plan.positions]
    predicted = {pair: np.stack([labels] * len(plan.sets)) for pair in evidence.runs}
    confidence = {
        (slug, seed): np.stack(
            [
                np.clip(random.normal(means[slug] if place else 80, 12, len(labels)), 1, 255)
                for place in range(len(plan.sets))
            ]
        ).astype(np.uint8)
        for slug, seed in evidence.runs
    }
    evidence = with_tables(evidence, {"confidence": TABLE})
    described = StudiedSets(sets=plan.sets)
    shown = np.empty((0, 1, 28, 28), dtype=np.uint8)
    images = StudiedImages(plan.positions, predicted, shown, confidence)
    return evidence.with_study("studied", "confidence", described, images)


def found_in(facts: Facts) -> ForeignFacts:
    """Return the numbers of foreign images."""
    found = ConfidenceFacts.model_validate(facts.studies["confidence"]).foreign
    assert found is not None
    return found


def test_figures_are_those_of_all_runs(evidence: Evidence) -> None:
    """Mean over seeds of what scikit-learn computes from the codes; pairs corrected together."""
    found, images = found_in(analyse(evidence)), evidence.studied["confidence"]
    assert (found.known, found.foreign, list(found.sets)) == (100, 100, ["noise", "rotated"])
    for place, each in enumerate(found.sets.values(), start=1):
        for slug, model in each.models.items():
            expected = [
                roc_auc_score([1] * 100 + [0] * 100, [*codes[0, ::2], *codes[place, 1::2]])
                for pair, codes in images.confidence.items()
                if pair[0] == slug
            ]
            assert model.auroc.value == pytest.approx(np.mean(expected))
            for share in (model.auroc, model.false_positives):
                assert 0 <= share.low <= share.value <= share.high <= 1
    check_holm(pair for each in found.sets.values() for pair in each.pairs.values())


@pytest.mark.parametrize("order", rotated(MEANS))
def test_claims_follow_the_numbers(order: list[str]) -> None:
    """Whatever model tells foreign images apart best is named, and likewise the worst."""
    means = dict(zip(order, MEANS.values(), strict=True))
    facts = analyse(make_evidence({slug: means[slug] for slug in sorted(means)}, seeds=1))
    text = plain_claim(facts.claims["confidence.foreign"].text, facts)
    best, _, worst = (facts.models[slug].name for slug in order)

    assert f"By AUROC, images turned by 90 degrees are detected best by {best} (" in text
    assert f"and worst by {worst} (" in text
    assert "This difference in AUROC is statistically significant" in text


def test_other_pairs_that_are_settled_are_named(facts: Facts) -> None:
    """Although the best and the worst model may differ by chance."""
    found = ConfidenceFacts.model_validate(facts.studies["confidence"])
    assert found.foreign is not None
    rotated_set = found.foreign.sets["rotated"]
    winners = {"cnn--mlp": None, "cnn--cnn-dropout": None, "cnn-dropout--mlp": "cnn-dropout"}
    pairs = {
        key: pair.model_copy(
            update={
                "winner": winners[key],
                "verdict": "better" if winners[key] else "undecided",
                "p_adjusted": 0.02 if winners[key] else 0.3,
            }
        )
        for key, pair in rotated_set.pairs.items()
    }
    sets = {"rotated": rotated_set.model_copy(update={"pairs": pairs})}
    changed = found.model_copy(update={"foreign": found.foreign.model_copy(update={"sets": sets})})
    studied = facts.model_copy(update={"studies": {"confidence": changed.model_dump(mode="json")}})
    texts = {each.id: each.text for each in confidence_claims(studied, changed)}
    text = plain_claim(texts["confidence.foreign"], studied).replace("\u00a0", " ")
    assert text.endswith(
        "This difference in AUROC may be due to chance (corrected p = 0.300). Among the other "
        "pairs, CNN + dropout is better than MLP (p = 0.020)."
    )


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """And is what the settings ask for."""
    assert faults_in(written_and_read(evidence)) == []
    other = with_tables(evidence, {"confidence": {**TABLE, "foreign": ["noise"]}})
    (found,) = faults_in(other)
    assert "image sets are not those" in found


def test_without_networks_or_images_the_rest_is_there(evidence: Evidence) -> None:
    """Foreign images alone are left out; nothing is evaluated unless it is asked for."""
    facts = analyse(replace(evidence, studied={}))
    assert facts.studies["confidence"]["foreign"] is None
    assert "confidence.foreign" not in facts.claims
    assert "confidence.sets" in facts.claims
    changes = shipped_studies()["confidence"].images
    assert changes is not None
    record = make_dataset(200).record
    for table, update in (
        ({"extended": False}, {}),
        ({"foreign": []}, {}),
        ({"foreign": ["mnist"]}, {}),
        ({}, {"input_shape": (4,)}),
    ):
        chosen = ConfidenceSettings.model_validate(table)
        with pytest.raises(CannotStudy):
            changes.plan(chosen, record.model_copy(update=update))
