"""The study of training examples: its numbers against brute force, its claims, its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.analysis.contrasts import contrast, estimate_accuracy
from reportgen.analysis.facts import Facts
from reportgen.config.keys import digest
from reportgen.config.plan import fit_to_subset
from reportgen.config.spec import Subset
from reportgen.data.subsets import digest_positions, draw_subset
from reportgen.results.evidence import Evidence, KeptEvaluation, StudyRun
from reportgen.studies import analyse
from reportgen.studies.samples.claims import describe_need, samples_claims, size_mark
from reportgen.studies.samples.curves import first_reaching
from reportgen.studies.samples.figures import samples_figures
from reportgen.studies.samples.records import SamplesFacts
from tests.studies.conftest import check_holm, faults_in, found_in, rotated, written_and_read
from tests.support.factories import PAPER_MODELS, make_build, with_analysis, with_tables
from tests.support.facts import text_of

SIZES = (100, 300, 1000)
STEPS = 200
TABLE = {"sizes": [*SIZES, 1_000_000], "steps": STEPS}
ERRORS = {"cnn": (0.4, 0.2, 0.1), "cnn-dropout": (0.5, 0.3, 0.2), "mlp": (0.6, 0.5, 0.4)}
"""Share of errors at each size; with all examples as the fake models have it."""


def make_evidence(
    errors: Mapping[str, Sequence[float]] = ERRORS, seeds: int = 2, n: int = 400
) -> Evidence:
    """Return evidence of models that have about these shares of errors at each size."""
    models = [model for model in PAPER_MODELS if model.slug in errors]
    evidence = with_tables(make_build(models, seeds, n=n)[2], {"samples": TABLE})
    labels, random = evidence.test_labels, np.random.default_rng(1)
    predicted, described = {}, []
    for run, (place, size) in product(evidence.header.runs, enumerate(SIZES)):
        wrong = random.random(n) < errors[run.model][place]
        predicted[run.model, run.seed, str(size)] = ((labels + wrong) % 10).astype(np.int32)[None]
        drawn = draw_subset(evidence.train_labels, size, run.seed)
        subset = Subset(size=size, positions_sha256=digest_positions(drawn))
        key = digest(fit_to_subset(run.record.ingredients, subset, STEPS))
        described.append(StudyRun(model=run.model, seed=run.seed, variant=str(size), key=key))
    return evidence.with_study("study_runs", "samples", tuple(described), predicted)


def right_of(evidence: Evidence, slug: str) -> np.ndarray:
    """Return whether each run is right, `[sizes, seeds, n]`, that on all examples last."""
    seeds = sorted(seed for model, seed in evidence.runs if model == slug)
    whole = [evidence.runs[slug, seed]["test"].classes for seed in seeds]
    runs = evidence.study_runs["samples"]
    parts = [[runs[slug, seed, str(size)][0] for seed in seeds] for size in SIZES]
    return np.array([*parts, whole]) == evidence.test_labels


def test_accuracies_are_shares_of_right_answers(evidence: Evidence, facts: Facts) -> None:
    """At each size, with the interval of the rest of the report; sizes beyond the data are out."""
    found = found_in(facts, SamplesFacts)
    assert found.sizes == (*SIZES, evidence.header.dataset.train)
    for slug, curve in found.accuracy.items():
        right = right_of(evidence, slug)
        assert [each.value for each in curve] == pytest.approx(list(right.mean(axis=(1, 2))))
        assert all(0 <= each.low < each.value < each.high <= 1 for each in curve)
    # With all examples, it is the accuracy of the models of the report.
    last = found.accuracy["cnn"][-1].value
    assert last == pytest.approx(facts.models["cnn"].accuracy.mean)


def test_pairs_are_corrected_over_pairs_and_sizes(evidence: Evidence, facts: Facts) -> None:
    """Holm's correction, as in statsmodels."""
    found = found_in(facts, SamplesFacts)
    family = [each for pair in found.pairs.values() for each in pair]
    assert len(family) == 3 * 4
    check_holm(family)
    difference = right_of(evidence, "cnn")[0].mean() - right_of(evidence, "mlp")[0].mean()
    assert found.pairs["cnn--mlp"][0].difference.value == pytest.approx(difference)
    assert found.pairs["cnn--mlp"][0].winner == "cnn"


@given(
    st.lists(st.floats(0.1, 0.99), min_size=4, max_size=4, unique=True).map(sorted),
    st.floats(0.05, 1.0),
)
def test_a_curve_is_inverted(accuracy: list[float], target: float) -> None:
    """Interpolating at the number that is found gives the accuracy that was asked for."""
    sizes = (10, 20, 300, 5000)
    found = first_reaching(sizes, np.array(accuracy), target)
    if accuracy[0] > target:
        assert found == 0
    elif accuracy[-1] < target:
        assert found is None
    else:
        assert found is not None
        assert np.interp(np.log(found), np.log(sizes), accuracy) == pytest.approx(target)


def shows_difference(
    evidence: Evidence, one: str, examples: float, other: str, others: float
) -> bool:
    """Return whether two accuracies differ, the predictions themselves interpolated."""
    sizes = np.log([*SIZES, evidence.header.dataset.train])

    def flags(slug: str, number: float) -> np.ndarray:
        right = right_of(evidence, slug).astype(float)
        parts = [np.interp(np.log(number), sizes, row) for row in np.eye(len(sizes))]
        return np.tensordot(parts, right, 1)

    both = estimate_accuracy([flags(one, examples), flags(other, others)])
    interval = contrast(both, [1.0, -1.0]).interval(0.95)
    return not interval.low <= 0 <= interval.high


def test_the_examples_needed_are_those_of_equal_accuracy(evidence: Evidence, facts: Facts) -> None:
    """Within the interval no difference is shown, just beyond it there is one."""
    found, checked = found_in(facts, SamplesFacts), 0
    for key, every in found.needed.items():
        one, other = key.split("--")
        accuracy = [each.value for each in found.accuracy[one]]
        for place, need in enumerate(every):
            others, target = found.sizes[place], found.accuracy[other][place].value
            assert need.fewer == (accuracy[0] > target)
            if need.examples is None:
                assert (need.low if need.fewer else need.high) is None
            else:
                assert (need.low or 0) <= need.examples <= (need.high or np.inf)
            if need.examples is not None:
                reached = np.interp(np.log(need.examples), np.log(found.sizes), accuracy)
                assert reached == pytest.approx(target, abs=2e-3)
            for end, beyond in ((need.low, 0.97), (need.high, 1.03)):
                if end is None or end in found.sizes:
                    continue
                checked += 1
                assert shows_difference(evidence, one, end * beyond, other, others)
                assert not shows_difference(evidence, one, end / beyond, other, others)
    assert checked > 5


def test_curves_that_cross_are_found() -> None:
    """Where their interpolated accuracies are equal; shown where each is better on its side."""
    errors = {"cnn": (0.8, 0.5, 0.1), "mlp": (0.5, 0.4, 0.35)}
    evidence = make_evidence(errors, seeds=3, n=2000)
    facts = analyse(evidence)
    found = found_in(facts, SamplesFacts)
    crossing = next(each for each in found.crossings if each.shown)
    assert (crossing.before, crossing.after) == ("mlp", "cnn")
    assert 300 < crossing.examples < 1000
    logs = np.log(found.sizes)
    cnn, mlp = (
        np.interp(np.log(crossing.examples), logs, [each.value for each in found.accuracy[slug]])
        for slug in ("cnn", "mlp")
    )
    assert cnn == pytest.approx(mlp, abs=2e-3)
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.low < crossing.examples < crossing.high
    text = text_of(facts, "samples.crossings")
    assert "MLP is better with fewer training images and CNN with more" in text


def test_a_curve_that_falls_again_leaves_the_interval_open() -> None:
    """What is never reached may need more than all examples, even where all are worse than some."""
    errors = {"cnn": (0.4, 0.2, 0.05), "mlp": (0.4, 0.06, 0.5)}
    evidence = make_evidence(errors, seeds=2, n=2000)
    whole = {
        pair: {**sets, "test": replace(sets["test"], classes=(evidence.test_labels + 1) % 10)}
        if pair[0] == "mlp"
        else sets
        for pair, sets in evidence.runs.items()
    }
    need = found_in(analyse(replace(evidence, runs=whole)), SamplesFacts).needed["mlp--cnn"][2]
    assert (need.examples, need.high, need.fewer) == (None, None, False)


def test_curves_that_meet_at_a_size_cross_there() -> None:
    """Equal with 300 examples: not at a number between the sizes before and after."""
    evidence = make_evidence({"cnn": (0.6, 0.3, 0.1), "mlp": (0.4, 0.3, 0.3)})
    runs = {
        (slug, seed, size): evidence.study_runs["samples"][
            "cnn" if size == "300" else slug, seed, size
        ]
        for slug, seed, size in evidence.study_runs["samples"]
    }
    facts = analyse(replace(evidence, study_runs={"samples": runs}))
    assert [each.examples for each in found_in(facts, SamplesFacts).crossings] == [300]


def test_the_model_to_match_is_less_accurate_whatever_the_metric() -> None:
    """The most accurate model is the worst in log loss, the metric of the report."""
    errors = {
        "cnn-dropout": (0.4, 0.2, 0.1),
        "mlp": (0.5, 0.4, 0.3),
        "mlp-dropout": (0.6, 0.5, 0.4),
    }
    evidence = make_evidence(errors, seeds=3, n=1500)
    runs = dict(evidence.runs)
    for pair, sets in evidence.runs.items():
        probabilities = sets["test"].probabilities
        if pair[0] == "cnn-dropout" and probabilities is not None:
            unsure = 0.08 + 0.2 * probabilities
            runs[pair] = {**sets, "test": KeptEvaluation(sets["test"].classes, unsure)}
    facts = analyse(with_analysis(replace(evidence, runs=runs), primary="log_loss"))
    assert facts.verdict.ranking[-1] == "cnn-dropout"
    pairs = found_in(facts, SamplesFacts).pairs
    assert pairs["cnn-dropout--mlp"][-1].winner == "cnn-dropout"
    assert text_of(facts, "samples.needed").startswith("To match MLP trained on all")


def test_the_title_names_who_is_the_most_accurate(facts: Facts) -> None:
    """At the ends, at every size, or nobody, where the two highest are printed alike."""
    found = found_in(facts, SamplesFacts)
    one = {"cnn": found.accuracy["cnn"]}
    for curves, title in (
        (
            [(0.9, 0.8, 0.9), (0.8, 0.7, 0.8)],
            "CNN has the highest mean accuracy at every number of",
        ),
        ([(0.9, 0.6, 0.9), (0.8, 0.7, 0.8)], "CNN has the highest mean accuracy with the fewest"),
        (
            [(0.9, 0.8, 0.7), (0.8, 0.7, 0.8)],
            f"With {found.sizes[0]} training images, CNN has the highest",
        ),
        ([(0.8, 0.8, 0.9), (0.8, 0.7, 0.8)], "Accuracy by number of training images"),
    ):
        accuracy = {
            slug: tuple(
                each.model_copy(update={"value": value})
                for each, value in zip(
                    found.accuracy["cnn"],
                    [few, *[between] * (len(found.sizes) - 2), whole],
                    strict=True,
                )
            )
            for slug, (few, between, whole) in zip(("cnn", "mlp"), curves, strict=True)
        }
        (spec,) = samples_figures(facts, found.model_copy(update={"accuracy": accuracy}))
        assert spec.title.startswith(title)
    (spec,) = samples_figures(facts, found.model_copy(update={"accuracy": one}))
    assert spec.title == "Accuracy by number of training images"


def test_the_most_accurate_model_is_named_only_where_it_is_settled(facts: Facts) -> None:
    """It is shown to be better than every other; with all examples, by the pairs of the report."""
    found = found_in(facts, SamplesFacts)
    low = found.accuracy["cnn"][0]
    means = {"cnn": 0.9, "cnn-dropout": 0.8, "mlp": 0.7}
    accuracy = {
        slug: tuple(low.model_copy(update={"value": mean}) for _ in found.sizes)
        for slug, mean in means.items()
    }

    def said(few: str | None, whole: str | None) -> str:
        pairs = {
            key: tuple(each.model_copy(update={"winner": few}) for each in every)
            for key, every in found.pairs.items()
        }
        report = {
            key: each.model_copy(update={"winner": whole}) for key, each in facts.pairs.items()
        }
        claims = samples_claims(
            facts.model_copy(update={"pairs": report}),
            found.model_copy(update={"accuracy": accuracy, "pairs": pairs}),
        )
        return next(each.text for each in claims if each.id == "samples")

    settled, open_ = "CNN is the most accurate (", "CNN has the highest mean accuracy ("
    assert said("cnn", None).startswith(f"With {size_mark(0)} training images, {settled}")
    assert f"With all {size_mark(3)}, {open_}" in said("cnn", None)
    assert said(None, "cnn").startswith(f"With {size_mark(0)} training images, {open_}")
    assert f"With all {size_mark(3)}, {settled}" in said(None, "cnn")


def test_an_interpolated_number_depends_on_the_sizes_tried(facts: Facts) -> None:
    """What lies between two of them is said to be interpolated."""
    need = found_in(facts, SamplesFacts).needed["cnn--mlp"][-1]
    between = need.model_copy(update={"examples": 500, "low": 400, "high": 600})
    said = "(interpolated between the sizes tried, on which the interval depends; "
    assert said in describe_need(between, "path", 3)
    assert "interpolated" not in describe_need(between.model_copy(update={"examples": None}), "", 3)


@pytest.mark.slow
@pytest.mark.parametrize("errors", rotated(ERRORS.values()))
def test_claims_follow_the_numbers(errors: list[Sequence[float]]) -> None:
    """Whatever model is the most accurate is the one that is named, and likewise the least."""
    of = dict(zip(ERRORS, errors, strict=True))
    facts = analyse(make_evidence(of))
    found = found_in(facts, SamplesFacts)
    name = {slug: facts.models[slug].name for slug in of}
    best, _, worst = sorted(of, key=lambda slug: tuple(of[slug]))
    text = text_of(facts, "samples")
    few, _, whole = text.partition("With all 2,000, ")
    most = rf"{re.escape(name[best])} (is the most accurate|has the highest mean accuracy) \("
    least = rf"(is that of {re.escape(name[worst])}|and {re.escape(name[worst])} the lowest) \("
    assert re.match(f"With 100 training images, {most}", few)
    assert re.search(least, few)
    last = {slug: curve[-1].value for slug, curve in found.accuracy.items()}
    leader, trailer = max(last, key=last.__getitem__), min(last, key=last.__getitem__)
    assert whole.startswith(f"{name[leader]} has the highest mean accuracy (")
    assert f"and {name[trailer]} the lowest (" in whole
    needed = text_of(facts, "samples.needed")
    assert f"To match {name[trailer]} trained on all" in needed
    assert f"{name[leader]} needs" in needed


@pytest.mark.slow
def test_claims_turn_when_the_results_of_two_models_are_swapped(evidence: Evidence) -> None:
    """The same sentences, with the names of the two exchanged."""
    swap = {"cnn": "mlp", "mlp": "cnn"}
    study_runs = {
        (swap.get(model, model), seed, size): classes
        for (model, seed, size), classes in evidence.study_runs["samples"].items()
    }
    runs = {pair: evidence.runs[swap.get(pair[0], pair[0]), pair[1]] for pair in evidence.runs}
    before = analyse(evidence)
    after = analyse(replace(evidence, runs=runs, study_runs={"samples": study_runs}))
    other = {"CNN": "MLP", "MLP": "CNN"}
    for claim in ("samples", "samples.needed"):
        said = text_of(before, claim)
        turned = re.sub(r"CNN(?! \+)|MLP(?! \+)", lambda found: other[found[0]], said)
        assert said != turned
        assert text_of(after, claim) == turned


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Predictions come back, and so do all facts."""
    again = written_and_read(evidence)
    assert list(again.study_runs["samples"]) == list(evidence.study_runs["samples"])


def test_evidence_of_other_runs_is_found(evidence: Evidence) -> None:
    """Runs left out, of another key, on other examples; runs that no table asks for."""

    def with_runs(runs: tuple[StudyRun, ...]) -> Evidence:
        return evidence.with_header(study_runs={"samples": runs})

    runs = evidence.header.study_runs["samples"]
    assert faults_in(evidence) == []
    assert "not those that its settings ask for" in faults_in(with_runs(runs[1:]))[0]
    other = runs[0].model_copy(update={"key": "0" * 64})
    assert "the key of a run" in faults_in(with_runs((other, *runs[1:])))[0]
    labels = {**evidence.labels, "train": np.roll(evidence.train_labels, 1)}
    assert "the key of a run" in faults_in(replace(evidence, labels=labels))[0]
    assert (
        "not those that its settings ask for" in faults_in(replace(with_runs(()), study_runs={}))[0]
    )
    assert "asks for no runs" in faults_in(with_tables(evidence, {}))[0]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (TABLE, "it trains models anew, and there is none that is trained here"),
        ({"sizes": [10**6]}, "none of its sizes is below the"),
    ],
)
def test_a_study_without_runs_is_left_out(
    evidence: Evidence, table: dict[str, object], reason: str
) -> None:
    """The reason is given in one line."""
    facts = analyse(replace(with_tables(evidence, {"samples": table}), study_runs={}))
    assert "samples" not in facts.studies
    assert facts.studies_left_out["samples"].startswith(reason)
