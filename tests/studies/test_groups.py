"""The study of groups: what is measured, its numbers against brute force, claims, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy.stats import norm
from statsmodels.api import OLS, add_constant

from reportgen.analysis.contrasts import contrast
from reportgen.analysis.facts import Facts
from reportgen.config.schema import Data, Experiment
from reportgen.data.assembly import Examples, assemble
from reportgen.data.describe import describe_dataset
from reportgen.data.source import Source
from reportgen.errors import VerificationFailed
from reportgen.pipeline.groups import add_groups, compare_groups
from reportgen.results.datasets import load_dataset, save_dataset
from reportgen.results.evidence import (
    Evidence,
    GroupedExamples,
    Grouping,
    collect_evidence,
    find_clusters,
)
from reportgen.results.evidence_file import decode, encode
from reportgen.results.store import Store
from reportgen.studies import analyse
from reportgen.studies.assembly import compute
from reportgen.studies.groups.claims import groups_claims
from reportgen.studies.groups.measures import (
    _compare_models,
    _describe_model,
    enclose_gap,
    find_units,
    label_groups,
    subtract_groups,
)
from reportgen.studies.groups.records import GroupsFacts
from reportgen.studies.groups.strokes import cut, measure
from reportgen.verification.consistency import check_evidence
from tests.studies.conftest import check_holm, found_in, rotated, written_and_read
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, with_tables
from tests.support.facts import text_of

SCALE = 16
"""Images are drawn so many times larger and reduced, for smooth edges."""


def draw(width: float, lean: float = 0.0, length: float = 18.0, size: int = 28) -> np.ndarray:
    """Return a stroke of this width and height, its top `lean` degrees to the right."""
    image = Image.new("L", (size * SCALE, size * SCALE))
    run, middle = np.tan(np.radians(lean)) * length / 2, size / 2
    half = width / 2
    corners = [
        (middle + run - half, middle - length / 2),
        (middle + run + half, middle - length / 2),
        (middle - run + half, middle + length / 2),
        (middle - run - half, middle + length / 2),
    ]
    ImageDraw.Draw(image).polygon([(x * SCALE, y * SCALE) for x, y in corners], fill=255)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


@pytest.mark.parametrize("width", [2.0, 3.0, 4.5])
def test_thickness_is_the_width_of_a_stroke(width: float) -> None:
    """Of a long stroke: its area over half its outline, which the ends make a little longer."""
    found = measure(draw(width)[None])["thickness"][0]
    exact = 2 * width * 18 / (2 * 18 + 2 * width)

    assert found == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("lean", [-25.0, -8.0, 0.0, 12.0, 30.0])
def test_slant_is_the_angle_of_a_stroke(lean: float) -> None:
    """To the right is positive."""
    assert measure(draw(3.0, lean)[None])["slant"][0] == pytest.approx(lean, abs=0.5)


def test_size_is_the_distance_of_the_ink_from_its_centre() -> None:
    """Of a rectangle: √((width² + height²) / 12); the place does not matter."""
    image = draw(6.0, length=12.0)
    sizes = measure(np.stack([image, np.roll(image, (3, -4), axis=(0, 1))]))["size"]

    assert sizes[0] == pytest.approx(np.sqrt((6**2 + 12**2) / 12), rel=0.01)
    assert sizes[0] == sizes[1]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_shades_do_not_matter(seed: int) -> None:
    """Dark on white measures as white on dark; an image without ink measures 0."""
    images = np.zeros((4, 12, 9), dtype=np.uint8)
    images[:3, 3:-3, 2:-2] = np.random.default_rng(seed).integers(0, 256, (3, 6, 5))
    found, turned = measure(images), measure(255 - images)
    for name, values in found.items():
        np.testing.assert_allclose(values, turned[name])
        assert values[3] == 0


@given(st.lists(st.integers(0, 12), min_size=8, max_size=60), st.integers(2, 5), st.integers(1, 3))
@settings(deadline=None)
def test_groups_are_parts_of_each_class(values: list[int], count: int, classes: int) -> None:
    """In the order of the values, equal ones together; of unequal values, as pandas cuts them."""
    of, labels = np.array(values, dtype=float), np.arange(len(values)) % classes
    groups = cut(of, labels.astype(np.int32), count)
    for label in range(classes):
        own, at = of[labels == label], groups[labels == label]
        for one, other in combinations(range(len(own)), 2):
            if own[one] <= own[other]:
                assert at[one] <= at[other]
        if len(set(own)) == len(own):
            np.testing.assert_array_equal(at, pd.qcut(own, count, labels=False))


Rates = Mapping[str, Sequence[float]]
"""Slug → its share of errors in the lowest, middle and highest group by thickness."""
RATES: Rates = {"cnn": (0.02, 0.05, 0.1), "cnn-dropout": (0.1, 0.1, 0.25), "mlp": (0.2, 0.3, 0.5)}


@cache
def draw_strokes(count: int) -> np.ndarray:
    """Return strokes of many widths and slants, `[count, height, width]`."""
    pairs = np.random.default_rng(0).uniform((2, -20), (5, 20), (count, 2))
    return np.stack([draw(*pair) for pair in pairs])


def make_evidence(rates: Rates = RATES, seeds: int = 3, n: int = 1500) -> Evidence:
    """Return evidence of strokes in which models err as often as asked, by thickness."""
    experiment, dataset, evidence, _ = make_build(PAPER_MODELS[: len(rates)], seeds, n=n)
    random = np.random.default_rng(0)
    dataset = replace(dataset, test_inputs=draw_strokes(n)[:, None])
    tables = {"groups": {"count": 3}}
    evidence = with_tables(evidence, tables)
    experiment = experiment.model_copy(update={"studies": tables})
    evidence = add_groups(evidence, experiment, dataset)
    assert evidence.grouped is not None
    thickness = evidence.grouped.groups[0]
    runs = {}
    for (slug, seed), sets in evidence.runs.items():
        wrong = random.random(n) < np.array(rates[slug])[thickness]
        classes = np.where(wrong, (dataset.test_labels + 1) % 10, dataset.test_labels)
        kept = replace(sets["test"], classes=classes.astype(np.int32), stored=None)
        runs[slug, seed] = {**sets, "test": kept}
    return replace(evidence, runs=runs)


def test_a_deterministic_model_leaves_the_seeds_of_its_rival_in() -> None:
    """In a group of all examples, the models differ as they do in the report."""
    experiment, dataset, _, runs = make_build(PAPER_MODELS[:1], seeds=3, n=400, baseline=True)
    configuration = experiment.model_dump(mode="json")
    configuration["models"][1]["role"] = "model"
    given = compute(collect_evidence("1.0", configuration, dataset, runs))
    correct = dict(zip(given.inputs.slugs, given.inputs.predictions.correct, strict=True))
    every = np.ones((2, 400), dtype=bool)
    models = {slug: _describe_model(each, every, None, 0.95, 1) for slug, each in correct.items()}
    compared = _compare_models(given, correct, {"data": every}, {"data": models})
    (found,) = compared["data"].values()
    (pair,) = given.facts.pairs.values()
    assert given.inputs.predictions.deterministic
    assert found.p_value == pytest.approx(pair.p_value)


def test_accuracies_are_those_of_the_members(evidence: Evidence, facts: Facts) -> None:
    """Counted one by one; the worst and the best are the lowest and the highest."""
    found, grouped = found_in(facts, GroupsFacts), evidence.grouped
    assert grouped is not None
    assert list(found.divisions) == ["thickness", "slant", "size"]
    for division, groups in zip(found.divisions.values(), grouped.groups, strict=True):
        assert sum(division.sizes) == 1500
        for slug, model in division.models.items():
            expected = [
                np.mean(
                    [
                        (sets["test"].classes == evidence.test_labels)[groups == group].mean()
                        for pair, sets in evidence.runs.items()
                        if pair[0] == slug
                    ]
                )
                for group in range(3)
            ]
            assert [each.value for each in model.accuracies] == pytest.approx(expected)
            assert model.worst == expected.index(min(expected))
            assert model.best == expected.index(max(expected))
            assert model.gap.value == pytest.approx(max(expected) - min(expected))
            for each in model.accuracies:
                assert 0 <= each.low < each.value < each.high <= 1


def test_a_gap_of_one_run_has_bonferronis_interval() -> None:
    """With one seed: normal intervals of independent proportions, all pairs at once."""
    evidence = make_evidence({"cnn": (0.05, 0.1, 0.4)}, seeds=1)
    facts, grouped = analyse(evidence), evidence.grouped
    assert grouped is not None
    correct = evidence.runs["cnn", 0]["test"].classes == evidence.test_labels
    z = norm.ppf(1 - 0.05 / (2 * 3 * 3))  # three pairs of groups in each of three divisions
    lows, highs = [0.0], []
    for one, other in combinations(range(3), 2):
        parts = [correct[grouped.groups[0] == group] for group in (one, other)]
        difference = abs(parts[0].mean() - parts[1].mean())
        half = z * np.sqrt(sum(part.var() / len(part) for part in parts))
        lows.append(difference - half)
        highs.append(difference + half)
    gap = found_in(facts, GroupsFacts).divisions["thickness"].models["cnn"].gap

    assert (gap.low, gap.high) == pytest.approx((max(lows), max(highs)), abs=0.005)


def test_intervals_of_gaps_cover_them_all() -> None:
    """Of samples without any gap, at most one in twenty has an interval above 0."""
    random, level = np.random.default_rng(0), 1 - 0.05 / 3
    false = 0
    for _ in range(400):
        correct = random.random((2, 600)) < 0.9
        groups = random.permutation(600) % 3
        members = groups == np.arange(3)[:, None]
        gaps = [subtract_groups(correct, *pair) for pair in combinations(members, 2)]
        false += enclose_gap(gaps, level).low > 0
    assert false <= 30  # P(more | 5 %) < 0.01


def test_a_difference_of_groups_is_that_of_statsmodels() -> None:
    """A regression on the group, robust to writers who are in both."""
    random = np.random.default_rng(1)
    writers = np.repeat(np.arange(50), 12).astype(np.int32)
    correct = random.random((1, 600)) < random.beta(4, 1, 50)[writers]
    thin = random.random(600) < random.beta(1, 1, 50)[writers]
    found = contrast(subtract_groups(correct, thin, ~thin, writers), [1.0])
    fitted = OLS(correct[0].astype(float), add_constant(thin.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": writers, "use_correction": False}
    )
    smallest = 2 / min(thin.sum(), (~thin).sum()) ** 2
    assert found.value == pytest.approx(fitted.params[1], abs=1e-12)
    assert found.sampling == pytest.approx(fitted.bse[1] ** 2 * 50 / 49 + smallest, rel=1e-9)
    fewest = min(len(np.unique(writers[own])) for own in (thin, ~thin))
    assert found.degrees_of_freedom == fewest - 1 < 49


def test_gaps_between_groups_of_writers_are_seldom_wrong() -> None:
    """Where a writer is in one group alone, taking its images for independent finds many gaps."""
    random, level, false = np.random.default_rng(2), 1 - 0.05 / 3, np.zeros(2)
    writers = np.repeat(np.arange(60), 10).astype(np.int32)
    members = writers % 3 == np.arange(3)[:, None]
    for _ in range(300):
        correct = random.normal(0, 0.4, (1, 600)) < random.normal(0.8, 1, 60)[writers]
        for place, units in enumerate((find_units(writers, members), None)):
            gaps = [subtract_groups(correct, *pair, units) for pair in combinations(members, 2)]
            false[place] += enclose_gap(gaps, level).low > 0
    assert false[0] <= 24  # P(more | 5 %) < 0.02
    assert false[1] > 90


def test_a_group_that_is_one_writer_has_independent_examples() -> None:
    """The question is about this writer; of the smaller groups together, writers are the sample."""
    writers = np.repeat([0, 1, 2, 3, 3], 20).astype(np.int32)
    members = np.array([writers == 0, writers == 1, writers > 1])
    units = find_units(writers, members)
    assert units is not None
    assert [len(np.unique(units[own])) for own in members] == [20, 20, 2]
    assert find_units(None, members) is None


def test_pairs_are_compared_in_the_hardest_group(evidence: Evidence, facts: Facts) -> None:
    """Holm's correction over all pairs and divisions, as in statsmodels."""
    found, grouped = found_in(facts, GroupsFacts), evidence.grouped
    assert grouped is not None
    every = [each for division in found.divisions.values() for each in division.pairs.values()]
    check_holm(every)
    thickness = found.divisions["thickness"]
    assert thickness.hardest == 2
    members = grouped.groups[0] == 2

    def share(slug: str) -> float:
        runs = [sets["test"].classes for pair, sets in evidence.runs.items() if pair[0] == slug]
        return float(np.mean([(run == evidence.test_labels)[members].mean() for run in runs]))

    pair = thickness.pairs["cnn--mlp"]
    assert pair.difference.value == pytest.approx(share("cnn") - share("mlp"))
    assert (pair.verdict, pair.winner) == ("better", "cnn")


def test_groups_in_the_middle_are_named_with_what_divides_them(facts: Facts) -> None:
    """There is one in each division of three; others are named by what they are."""
    found = found_in(facts, GroupsFacts)
    said = {}
    for place in (1, 2):
        divisions = {
            key: division.model_copy(
                update={
                    "hardest": place,
                    "models": {
                        slug: model.model_copy(update={"worst": place})
                        for slug, model in division.models.items()
                    },
                }
            )
            for key, division in found.divisions.items()
        }
        claims = groups_claims(facts, found.model_copy(update={"divisions": divisions}))
        said[place] = next(each.text for each in claims if each.id == "groups.hardest")
    assert said == {
        1: "In this test set, the mean accuracy of every model is lowest for the middle group by "
        "stroke thickness, the middle group by slant and the middle group by size; "
        "by slant, no gap is shown for any model.",
        2: "In this test set, the mean accuracy of every model is lowest for the thickest, the "
        "most right-leaning and the largest group; by slant, no gap is shown for any model.",
    }


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ([], ""),
        (["size"], "; by size, no gap is shown for any model"),
        # Other sentences say that none is shown at all.
        (["thickness", "slant", "size"], ""),
    ],
)
def test_divisions_without_a_shown_gap_are_named(
    facts: Facts, without: list[str], said: str
) -> None:
    """Where the interval of one model's gap is above 0, the division is not among them."""
    found = found_in(facts, GroupsFacts)
    divisions = {}
    for key, division in found.divisions.items():
        shown = ["cnn"] if key not in without else []
        models = {
            slug: model.model_copy(
                update={"gap": model.gap.model_copy(update={"low": 0.01 * (slug in shown)})}
            )
            for slug, model in division.models.items()
        }
        divisions[key] = division.model_copy(update={"models": models})
    changed = {"divisions": divisions, "shown_gaps": 3 - len(without)}
    claims = groups_claims(facts, found.model_copy(update=changed))
    text = next(each.text for each in claims if each.id == "groups.hardest")
    assert text.partition(" group")[2].endswith(f"{said}.")
    assert ("no gap" in text) == bool(said)


def test_the_most_accurate_model_is_named_only_where_it_is_settled(facts: Facts) -> None:
    """The verdict of the report settles it; otherwise a mean is stated."""
    undecided = facts.verdict.model_copy(update={"kind": "undecided"})
    for verdict, what in (
        (facts.verdict, "is the most accurate model"),
        (undecided, "has the highest mean accuracy"),
    ):
        changed = facts.model_copy(update={"verdict": verdict})
        claims = groups_claims(changed, found_in(facts, GroupsFacts))
        text = next(each.text for each in claims if each.id == "groups.worst")
        assert f"{what} over all test images." in text
        assert text.count("most accurate") == (verdict.kind == "best")


@pytest.mark.parametrize("order", rotated(RATES))
def test_claims_follow_the_numbers(order: list[str]) -> None:
    """Whatever model has the widest gap, and whichever is best for its worst group, is named."""
    rates = dict(zip(order, RATES.values(), strict=True))
    facts = analyse(make_evidence({slug: rates[slug] for slug in sorted(rates)}))
    names = {slug: facts.models[slug].name for slug in rates}

    assert f"that of {names[order[2]]} by stroke thickness" in text_of(facts, "groups")
    assert "for the thickest group, " in text_of(facts, "groups")
    assert text_of(facts, "groups.hardest").startswith(
        "In this test set, the mean accuracy of every model is lowest for the thi"
    )
    assert text_of(facts, "groups.worst").startswith(
        f"{names[order[0]]} is the most accurate model over all test images. It also has the "
        "highest worst-group accuracy by stroke thickness, by slant and by size."
    )
    assert (
        f"In the hardest group of each division, {names[order[0]]} is shown to be better than "
        "every other model." in text_of(facts, "groups.worst")
    )


def test_a_model_that_is_best_only_on_average() -> None:
    """Another one has the higher accuracy in its worst group, and is named."""
    facts = analyse(make_evidence({"cnn": (0.0, 0.01, 0.4), "cnn-dropout": (0.2, 0.2, 0.2)}, 3))
    text = text_of(facts, "groups.worst")

    assert "CNN is the most accurate model over all test images." in text
    assert "By stroke thickness, CNN + dropout has the higher worst-group accuracy" in text
    assert "in the thickest group is statistically significant" in text


def test_one_model_is_described() -> None:
    """No other model is needed; nothing is compared."""
    facts = analyse(make_evidence({"cnn": (0.02, 0.05, 0.1)}, seeds=1))

    assert "The widest gap between groups of test images is that of CNN" in text_of(facts, "groups")
    assert "groups.worst" not in facts.claims


def test_names_of_groups() -> None:
    """From one end to the other, whatever their number."""
    assert found_labels(2) == ("thinnest", "thickest")
    assert found_labels(5) == (
        "thinnest",
        "second thinnest",
        "middle",
        "second thickest",
        "thickest",
    )


def found_labels(count: int) -> tuple[str, ...]:
    """Return what groups by thickness are called."""
    return label_groups(Grouping(name="thickness", means=(1.0,) * count))


def test_groups_that_the_data_name(tmp_path: Path) -> None:
    """The column of a table goes along with its test rows, through the store, into the numbers."""
    random = np.random.default_rng(3)
    writers = np.repeat([f"writer {i:02}" for i in range(20)], 30).astype(object)
    labels = np.tile(["a", "b", "c"], 200)
    features = np.column_stack([np.arange(600) // 30, random.random((600, 3))])
    examples = Examples(features, labels, str, "table", writers)
    data = Data(source="t.csv", label="class", groups="writer", test_fraction=0.25)
    arrays = assemble(examples, None, data)
    assert arrays.test_groups is not None
    dataset = describe_dataset(Source("t", "T", (), lambda _: arrays), arrays)
    store = Store(tmp_path)
    save_dataset(store, "ab" * 32, dataset)
    again = load_dataset(store, "ab" * 32)
    assert again is not None
    np.testing.assert_array_equal(again.test_groups, arrays.test_groups)
    hands = dict(zip(arrays.test_groups.tolist(), arrays.test_inputs[:, 0].tolist(), strict=True))
    assert [hands[name] for name in arrays.test_groups] == arrays.test_inputs[:, 0].tolist()
    assert sorted(hands, key=hands.__getitem__) == sorted(hands)

    *_, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=len(again.test_labels), classes=3)
    experiment = Experiment.model_validate(
        {**evidence.header.experiment, "studies": {"groups": {}}, "data": data.model_dump()}
    )
    evidence = evidence.with_header(experiment=experiment.model_dump(mode="json"))
    evidence = add_groups(evidence, experiment, again)
    division = found_in(analyse(evidence), GroupsFacts).divisions["data"]
    assert division.title == "writer"
    assert division.labels == tuple(sorted(set(arrays.test_groups.tolist())))
    clusters = find_clusters(evidence.header.experiment, again.test_groups, is_drawn=True)
    evidence = replace(evidence, clusters=clusters, train_clusters=again.train_clusters)
    assert list(compare_groups(evidence, experiment, arrays)) == []
    assert clusters is not None
    (said,) = compare_groups(replace(evidence, clusters=clusters[::-1]), experiment, arrays)
    assert said == "its groups of dependent test examples are not those of the data"


def test_small_groups_are_put_together() -> None:
    """Fewer than twenty test examples are no group of their own."""
    experiment, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=100)
    names = np.array(["b"] * 50 + ["c"] * 5 + ["a"] * 40 + ["d"] * 5)
    experiment = experiment.model_copy(update={"studies": {"groups": {}}})
    found = add_groups(evidence, experiment, replace(dataset, test_inputs=None, test_groups=names))
    assert found.grouped is not None
    assert found.header.groupings[0].names == ("a", "b", "all smaller groups")
    assert np.bincount(found.grouped.groups[0]).tolist() == [40, 50, 10]


@pytest.mark.parametrize("kind", ["table", "colour", "few"])
def test_a_study_without_groups_is_left_out(kind: str) -> None:
    """Tables, colours and few images: the reason is given in one line."""
    experiment, _, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=60)
    tables: dict[str, object] = {"groups": {}}
    dataset = make_dataset(60)
    inputs = {"table": None, "colour": np.zeros((60, 3, 8, 8), np.uint8)}
    dataset = replace(dataset, test_inputs=inputs.get(kind, dataset.test_inputs))
    asking = experiment.model_copy(update={"studies": tables})
    facts = analyse(add_groups(with_tables(evidence, tables), asking, dataset))

    assert "groups" not in facts.studies
    assert facts.studies_left_out["groups"].startswith("it needs at least two groups of twenty")


def test_nothing_is_measured_unless_asked_for() -> None:
    """Without its table, and with enabled = false, the evidence stays the same."""
    experiment, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 1)
    off = experiment.model_copy(update={"studies": {"groups": {"enabled": False}}})
    for each in (experiment, off):
        assert add_groups(evidence, each, dataset) is evidence


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Groups and images come back."""
    written_and_read(evidence)


def test_groups_that_make_no_sense_are_refused(evidence: Evidence) -> None:
    """An index beyond the groups, another number of examples, images of no group."""
    grouped = evidence.grouped
    assert grouped is not None
    for wrong in (
        GroupedExamples(grouped.groups + np.uint16(1), grouped.shown),
        GroupedExamples(grouped.groups[:, :-1], grouped.shown),
        GroupedExamples(grouped.groups, grouped.shown[:-1]),
    ):
        with pytest.raises(VerificationFailed):
            decode(encode(replace(evidence, grouped=wrong)))


def test_other_groups_than_those_asked_for_are_found(evidence: Evidence) -> None:
    """Groups without the study, and in another number."""

    def found(tables: dict[str, object]) -> list[str]:
        checked = check_evidence(with_tables(evidence, tables))
        return [each.printed for each in checked if "groups" in each.where]

    assert found({"groups": {"count": 3}}) == []
    assert "the number of groups of test examples is not" in found({"groups": {"count": 4}})[0]
    assert "asks for no groups" in found({})[0]


def test_groups_are_compared_with_the_data() -> None:
    """Members exchanged are found where the data are at hand."""
    experiment, dataset, evidence, _ = make_build(PAPER_MODELS[:2], 1, n=400)
    experiment = experiment.model_copy(update={"studies": {"groups": {}}})
    evidence = add_groups(evidence, experiment, dataset)
    inputs = dataset.test_inputs
    assert inputs is not None
    assert evidence.grouped is not None
    data = Data()
    examples = Examples(inputs, dataset.test_labels.astype(str), str, "there")
    arrays = replace(assemble(examples, examples, data), test_labels=dataset.test_labels)
    assert list(compare_groups(evidence, experiment, arrays)) == []
    turned = replace(evidence.grouped, groups=evidence.grouped.groups[:, ::-1])
    found = list(compare_groups(replace(evidence, grouped=turned), experiment, arrays))
    assert "in other groups by thickness than in the data" in found[0]
