"""The extended study of confidence against independent computations."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score, log_loss, precision_recall_curve

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.metrics import Predictions
from reportgen.metrics.metric import Metric
from reportgen.results.evidence import Evidence
from reportgen.studies import analyse
from reportgen.studies.confidence.calibration import (
    adaptive_calibration_error,
    debiased_calibration_error,
    debiased_square,
    equal_mass_bins,
    sweep_bins,
    sweep_calibration_error,
)
from reportgen.studies.confidence.claims import confidence_claims
from reportgen.studies.confidence.curves import (
    RECALLS,
    measure_recalls,
    risk_at,
    risk_coverage_area,
    risk_curve,
)
from reportgen.studies.confidence.figures import confidence_figures
from reportgen.studies.confidence.held_out import (
    conformal_sets,
    cross_halves,
    fit_temperature,
    scale,
    set_metrics,
    threshold,
)
from reportgen.studies.confidence.records import ConfidenceFacts, RecallCurve, ReliabilityBin
from reportgen.studies.presentation import plan_figures
from tests.studies.test_calibration import make_predictions
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, make_build, with_tables

CASES = st.lists(st.tuples(st.integers(150, 300), st.booleans()), min_size=2, max_size=60)


def draw(count: int, classes: int = 4, sharpness: float = 2.0, seed: int = 0) -> Predictions:
    """Return predictions whose probabilities are `sharpness` times as sharp as they should be."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(count, classes)) * 1.5
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (true.cumsum(axis=1) > random.random((count, 1))).argmax(axis=1).astype(np.int32)
    shown = true**sharpness / (true**sharpness).sum(axis=1, keepdims=True)
    return Predictions(labels, shown.argmax(axis=1).astype(np.int32), shown, classes)


def read_cases(cases: list[tuple[int, bool]]) -> tuple[Any, Any]:
    """Return confidences and which answers are right."""
    return np.array([each / 300 for each, _ in cases]), np.array([right for _, right in cases])


def error_over(bins: int, confidence: Any, correct: Any) -> float:
    """Return the calibration error over bins of equal size, bin by bin in plain Python."""
    order = sorted(range(len(confidence)), key=lambda place: confidence[place])
    total, start = 0.0, 0
    for bin_ in range(bins):
        end = (bin_ + 1) * len(order) // bins
        inside = order[start:end]
        total += abs(sum(float(correct[each]) - confidence[each] for each in inside))
        start = end
    return total / len(order)


@at_most(60)
@given(CASES)
def test_adaptive_error_equals_a_count_bin_by_bin(cases: list[tuple[int, bool]]) -> None:
    """Fifteen bins of sorted examples, as many examples in each as can be."""
    confidence, correct = read_cases(cases)
    found = adaptive_calibration_error.compute(make_predictions(confidence, correct))
    expected = error_over(min(15, len(cases)), confidence, correct)
    assert found == pytest.approx(expected, abs=1e-9)


@at_most(60)
@given(CASES)
def test_debiased_error_equals_a_count_bin_by_bin(cases: list[tuple[int, bool]]) -> None:
    """Of the square of each bin, the variance of its accuracy is taken off."""
    confidence, correct = read_cases(cases)
    order = np.argsort(confidence, kind="stable")
    bins, total = min(15, len(cases)), 0.0
    for inside in (
        order[b * len(order) // bins : (b + 1) * len(order) // bins] for b in range(bins)
    ):
        gap = correct[inside].mean() - confidence[inside].mean()
        noise = correct[inside].var(ddof=1) / len(inside) if len(inside) > 1 else 0.0
        total += len(inside) * (gap**2 - noise)
    found = debiased_calibration_error.compute(make_predictions(confidence, correct))
    assert found == pytest.approx(np.sqrt(max(total / len(order), 0)), abs=1e-7)


def test_chance_adds_nothing_to_the_debiased_square() -> None:
    """Of perfectly calibrated models, the mean over many test sets is 0 but for chance."""
    squares = []
    for seed in range(200):
        found = draw(500, sharpness=1.0, seed=seed)
        confidence = found.class_probabilities.max(axis=1)
        index = equal_mass_bins(confidence, 15)
        squares.append(debiased_square(found.correct - confidence, found.correct, index))
    assert abs(np.mean(squares)) < 3 * np.std(squares) / np.sqrt(200)


@at_most(60)
@given(CASES)
def test_sweep_takes_the_most_bins_with_rising_accuracy(cases: list[tuple[int, bool]]) -> None:
    """Bins are added one by one until the accuracy of some bin is below that of the one before."""
    confidence, correct = read_cases(cases)
    ordered = [bool(correct[place]) for place in np.argsort(confidence, kind="stable")]

    def rises(bins: int) -> bool:
        ends = [bin_ * len(ordered) // bins for bin_ in range(bins + 1)]
        parts = [ordered[low:high] for low, high in pairwise(ends)]
        shares = [sum(part) / len(part) for part in parts]
        return shares == sorted(shares)

    bins = 1
    while bins < len(ordered) and rises(bins + 1):
        bins += 1
    assert sweep_bins(confidence, correct) == bins
    found = sweep_calibration_error.compute(make_predictions(confidence, correct))
    assert found == pytest.approx(error_over(bins, confidence, correct), abs=1e-9)


@at_most(40)
@given(st.lists(st.tuples(st.sampled_from([200, 240, 300]), st.booleans()), min_size=1, max_size=6))
def test_area_is_the_mean_over_all_orders_of_equal_confidence(
    cases: list[tuple[int, bool]],
) -> None:
    """Every order in which confidence does not rise is tried."""
    confidence, correct = read_cases(cases)
    areas = []
    for order in permutations(range(len(cases))):
        sure = [confidence[each] for each in order]
        if sure == sorted(sure, reverse=True):
            wrong = [not correct[each] for each in order]
            areas.append(np.mean([np.mean(wrong[: k + 1]) for k in range(len(wrong))]))
    found = risk_coverage_area.compute(make_predictions(confidence, correct))
    assert found == pytest.approx(np.mean(areas), abs=1e-9)


def test_risk_is_the_error_of_the_most_confident() -> None:
    """At coverage c, ⌈c n⌉ examples are answered; at full coverage all are."""
    found = draw(333)
    assert found.probabilities is not None
    confidence = found.probabilities.max(axis=1)
    order = np.argsort(-confidence)
    risks = risk_at(found)
    for percent in (1, 50, 90, 100):
        answered = order[: math.ceil(percent * 333 / 100)]
        assert risks[percent - 1] == pytest.approx(1 - found.correct[answered].mean())
    assert risk_curve(found)[-1] == pytest.approx(1 - found.correct.mean())


@at_most(60)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=40).filter(
        lambda cases: any(truth for truth, _ in cases)
    )
)
def test_precision_and_recall_are_those_of_scikit_learn(cases: list[tuple[bool, int]]) -> None:
    """Equal scores, which make one threshold, included."""
    truth = np.array([each for each, _ in cases])
    scores = np.array([score / 8 for _, score in cases])
    precision, recall, _ = precision_recall_curve(truth, scores)
    probabilities = np.column_stack([1 - scores, scores])
    labels = truth.astype(np.int32)
    (_, _, average), (_, _, found) = measure_recalls(Predictions(labels, labels, probabilities, 2))
    assert average == pytest.approx(average_precision_score(truth, scores))
    for place in (0, 65, 99, 199):
        # scikit-learn lists the lowest threshold first, and a point without a threshold last.
        reached = np.flatnonzero(recall[:-1] >= RECALLS[place] - 1e-12)[-1]
        assert found[place] == pytest.approx(precision[reached])


def test_average_precisions_of_classes() -> None:
    """Each class is set against the rest; pooled, each example counts once for each class."""
    found = draw(200)
    truth = np.eye(found.class_count)[found.labels]
    expected = average_precision_score(truth, found.class_probabilities, average=None)
    micro = average_precision_score(truth, found.class_probabilities, average="micro")
    averages, curves = measure_recalls(found)
    assert averages == pytest.approx([micro, *expected])
    assert curves.shape == (1 + found.class_count, len(RECALLS))
    missing = replace(found, labels=np.where(found.labels == 1, 0, found.labels))
    averages, curves = measure_recalls(missing)
    assert np.isnan(averages).tolist() == np.isnan(curves).any(axis=1).tolist()
    assert np.flatnonzero(np.isnan(averages)).tolist() == [2]


@at_most(60)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.sampled_from([0.0, 0.01, 0.2]))
def test_a_thinned_line_is_near_every_point(values: list[float], tolerance: float) -> None:
    """Both ends stay, and a straight line keeps nothing else."""
    xs, ys = np.arange(len(values)) / len(values), np.array(values)
    curve = RecallCurve(recall=tuple(xs.tolist()), precision=tuple(values))
    kept = curve.thin(tolerance)
    assert np.abs(np.interp(xs, kept.recall, kept.precision) - ys).max() <= tolerance + 1e-12
    straight = curve.model_copy(update={"precision": tuple((2 * xs).tolist())})
    assert straight.thin(1e-9).recall == (0, xs[-1])


@pytest.mark.parametrize(
    "measure",
    [
        adaptive_calibration_error,
        debiased_calibration_error,
        sweep_calibration_error,
        risk_coverage_area,
        set_metrics(0.9)[0],
    ],
    ids=lambda each: each.name,
)
def test_influence_gives_the_spread_over_test_sets(measure: Metric) -> None:
    """The standard error is the standard deviation over a hundred test sets."""
    drawn = [draw(1000, seed=seed) for seed in range(100)]
    values = [measure.compute(each) for each in drawn]
    influence = [measure.influence_values(each) for each in drawn]
    errors = [np.sqrt(each @ each) / 1000 for each in influence]
    assert [each.mean() for each in influence] == pytest.approx([0] * 100, abs=1e-12)
    assert np.mean(errors) == pytest.approx(np.std(values, ddof=1), rel=0.25)


def test_temperature_has_the_lowest_log_loss() -> None:
    """Another optimiser over scikit-learn's log loss finds the same, and the inverse sharpness."""
    found = draw(4000, sharpness=2.0)
    assert found.probabilities is not None
    logarithms = np.log(found.probabilities)

    def loss(temperature: Any) -> float:
        scaled = np.exp(logarithms / float(temperature[0]))
        return float(log_loss(found.labels, scaled / scaled.sum(axis=1, keepdims=True)))

    expected = minimize(loss, x0=[1.0], method="Nelder-Mead", options={"xatol": 1e-6})
    ours = fit_temperature(logarithms, found.labels)
    assert ours == pytest.approx(expected.x[0], rel=1e-3)
    assert ours == pytest.approx(2.0, rel=0.1)


def test_each_half_is_scaled_by_the_other() -> None:
    """No label of a half changes its own probabilities; the predicted classes stay."""
    found = draw(400)
    (first, second), _ = cross_halves(400)
    assert sorted([*first, *second]) == list(range(400))
    labels = found.labels.copy()
    labels[first] = 0
    scaled, other = scale(found)[0].probabilities, scale(replace(found, labels=labels))[0]
    assert scaled is not None and other.probabilities is not None
    np.testing.assert_array_equal(scaled[first], other.probabilities[first])
    assert (scaled[second] != other.probabilities[second]).any()
    np.testing.assert_array_equal(scaled.argmax(axis=1), found.predicted)
    assert scaled.sum(axis=1) == pytest.approx(1)


def test_no_group_takes_part_in_what_it_is_judged_by() -> None:
    """Half of the groups are in each half; their labels do not change their own results."""
    clusters = np.random.default_rng(2).permutation(400).astype(np.int32) % 41
    found = replace(draw(400), clusters=clusters)
    (first, second), _ = cross_halves(400, clusters)
    assert sorted([*first, *second]) == list(range(400))
    assert not set(clusters[first]) & set(clusters[second])
    assert (len(set(clusters[first])), len(set(clusters[second]))) == (20, 21)
    labels = found.labels.copy()
    labels[first] = 0
    scaled, other = scale(found)[0].probabilities, scale(replace(found, labels=labels))[0]
    assert scaled is not None and other.probabilities is not None
    np.testing.assert_array_equal(scaled[first], other.probabilities[first])
    assert (scaled[second] != other.probabilities[second]).any()
    changed = conformal_sets(replace(found, labels=labels), 0.8)
    np.testing.assert_array_equal(conformal_sets(found, 0.8)[first], changed[first])


def test_conformal_threshold_by_hand() -> None:
    """With nine scores, 80 % coverage needs the eighth; 95 % more than there are."""
    scores = np.arange(1, 10)[::-1] / 10
    assert threshold(scores, 0.8) == 0.8
    assert threshold(scores, 0.9) == 0.9
    assert threshold(scores, 0.95) == math.inf
    assert threshold(np.arange(99.0), 0.99) == 98.0


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_conformal_sets_cover_and_equal_a_count(coverage: float) -> None:
    """The sets hold the true class as often as they should, whatever the model."""
    found = draw(4000)
    assert found.probabilities is not None
    sets = conformal_sets(found, coverage)
    size, share = (each.compute(found) for each in set_metrics(coverage))
    assert share == pytest.approx(coverage, abs=0.02)
    for fit, judged in cross_halves(4000):
        true = sorted(1 - found.probabilities[each, found.labels[each]] for each in fit)
        limit = true[math.ceil((len(fit) + 1) * coverage) - 1]
        for each in judged[:50]:
            inside = [1 - one <= limit for one in found.probabilities[each]]
            assert sets[each].tolist() == inside
    assert size == pytest.approx(sets.sum() / 4000)


def make_evidence() -> Evidence:
    """Return two models of which one errs more."""
    models = (PAPER_MODELS[0], replace(PAPER_MODELS[2], error=0.15))
    return with_tables(make_build(models, 2, n=400)[2], {"confidence": {"coverage": 0.9}})


def test_the_extended_study_is_asked_for_by_its_table(facts: Facts, evidence: Evidence) -> None:
    """Without a table there is calibration alone; with one, all claims and figures."""
    short = analyse(with_tables(evidence, {}))
    assert list(short.studies["confidence"]["measures"]) == [
        "expected_calibration_error",
        "brier_score",
    ]
    further = {"confidence.selection", "confidence.temperature", "confidence.sets"}
    assert further.isdisjoint(short.claims) and further <= facts.claims.keys()
    kinds = [[spec.kind for spec in plan_figures(each, None)] for each in (short, facts)]
    assert ["risk-coverage" in each for each in kinds] == [False, True]
    assert all("precision-recall" in each for each in kinds)
    few = with_tables(make_build(PAPER_MODELS[:1], 1, n=10)[2], {"confidence": {}})
    assert "at least 20 test examples" in analyse(few).studies_left_out["confidence"]


def test_claims_turn_when_results_are_swapped(facts: Facts, evidence: Evidence) -> None:
    """Each model says of the other's predictions what the other said."""
    runs = {
        (model, seed): evidence.runs[{"cnn": "mlp", "mlp": "cnn"}[model], seed]
        for model, seed in evidence.runs
    }
    swapped = analyse(replace(evidence, runs=runs))
    for claim in ("calibration", *(f"confidence.{n}" for n in ("selection", "precision", "sets"))):
        before, after = (plain_claim(each.claims[claim].text, each) for each in (facts, swapped))
        assert before != after
        turned = after.replace("CNN", "?").replace("MLP", "CNN").replace("?", "MLP")
        assert before == turned
    ours, theirs = (each.studies["confidence"]["scaling"] for each in (facts, swapped))
    assert ours["cnn"] | {"p_adjusted": 0} == theirs["mlp"] | {"p_adjusted": 0}


def say(facts: Facts, found: ConfidenceFacts) -> dict[str, str]:
    """Return the claims of the study as plain text, of facts with these numbers."""
    studied = facts.model_copy(update={"studies": {"confidence": found.model_dump(mode="json")}})
    return {
        each.id: plain_claim(each.text, studied).replace("\u00a0", " ")
        for each in confidence_claims(studied, found)
    }


@pytest.mark.parametrize(
    ("confidence", "text"),
    [
        ((0.9, 0.7), "CNN is overconfident, and MLP is underconfident"),
        ((0.7, 0.9), "MLP is overconfident, and CNN is underconfident"),
        ((0.9, 0.9), "every model is overconfident"),
        ((0.8, 0.7), "MLP is underconfident"),
    ],
)
def test_models_are_sorted_by_the_sign_of_their_error(
    facts: Facts, confidence: tuple[float, float], text: str
) -> None:
    """The accuracy is 80 %."""
    found = ConfidenceFacts.model_validate(facts.studies["confidence"])
    bins = {
        slug: (
            ReliabilityBin(low=0, high=1, count=10, confidence=each, accuracy=0.8, interval=None),
        )
        for slug, each in zip(("cnn", "mlp"), confidence, strict=True)
    }
    said = say(facts, found.model_copy(update={"bins": bins}))["calibration"]
    assert said.endswith(f" On average, {text}.")


@pytest.fixture(scope="module")
def facts_of_three() -> Facts:
    """Return facts about three models."""
    return analyse(with_tables(make_build(PAPER_MODELS[:3], 2, n=100)[2], {"confidence": {}}))


ESTIMATES = ("expected", "adaptive", "debiased", "sweep")
Estimated = tuple[tuple[float, float, float], dict[str, str]]
"""Errors of CNN, CNN + dropout and MLP; pair → its winner."""
SHOWN: Estimated = (0.02, 0.01, 0.03), {"cnn-dropout--mlp": "cnn-dropout"}
OPEN: Estimated = (0.02, 0.01, 0.03), {}
OTHER: Estimated = (0.04, 0.01, 0.03), {}
LOWER: Estimated = (0.04, 0.01, 0.001), {}
HALF: Estimated = (0.02, 0.01, 0.03), {"cnn--mlp": "cnn"}


@pytest.mark.parametrize(
    ("estimated", "text"),
    [
        ((SHOWN, SHOWN, SHOWN, SHOWN), None),
        ((OPEN, OPEN, OPEN, OPEN), None),
        (
            (SHOWN, OTHER, OTHER, OTHER),
            "By the three other estimates, CNN has the highest error, and no difference between "
            "two models is statistically significant.",
        ),
        (
            (OPEN, OTHER, LOWER, OPEN),
            "By the adaptive error and the debiased error, CNN has the highest error; by the "
            "debiased error, MLP has the lowest error.",
        ),
        (
            (SHOWN, SHOWN, HALF, SHOWN),
            "By the debiased error, the difference between CNN + dropout and MLP is not "
            "statistically significant.",
        ),
        (
            (OPEN, OPEN, OPEN, SHOWN),
            "By the monotonic sweep, CNN + dropout has a lower error than MLP (corrected "
            "p = 0.020).",
        ),
    ],
)
def test_estimates_that_contradict_the_first_are_named(
    facts_of_three: Facts, estimated: tuple[Estimated, ...], text: str | None
) -> None:
    """With another model at an end, or another verdict on the two at the ends."""
    found = ConfidenceFacts.model_validate(facts_of_three.studies["confidence"])
    measures, pairs = dict(found.measures), dict(found.pairs)
    for start, (errors, winners) in zip(ESTIMATES, estimated, strict=True):
        name = f"{start}_calibration_error"
        models = {
            slug: model.model_copy(
                update={"summary": model.summary.model_copy(update={"mean": error})}
            )
            for (slug, model), error in zip(measures[name].models.items(), errors, strict=True)
        }
        measures[name] = measures[name].model_copy(update={"models": models})
        pairs[name] = {
            key: pair.model_copy(
                update={
                    "p_adjusted": 0.02 if key in winners else 0.3,
                    "verdict": "better" if key in winners else "undecided",
                    "winner": winners.get(key),
                }
            )
            for key, pair in pairs[name].items()
        }
    said = say(facts_of_three, found.model_copy(update={"measures": measures, "pairs": pairs}))
    assert said.get("confidence.estimates") == text


def test_empty_sets_are_stated_where_there_are_some(facts: Facts, evidence: Evidence) -> None:
    """CNN is right more often than the sets are to hold the true class, MLP is not."""
    empty = set()
    for (model, _), sets in evidence.runs.items():
        kept = sets["test"]
        found = Predictions(evidence.test_labels, kept.classes, kept.probabilities, 10)
        if not conformal_sets(found, 0.9).any(axis=1).all():
            empty.add(model)
    assert "cnn" in empty and facts.models["mlp"].accuracy.mean < 0.9
    text = plain_claim(facts.claims["confidence.sets"].text, facts)
    assert text.endswith(
        " Where accuracy exceeds the nominal coverage, as for CNN, sets are small because some are "
        "empty."
    )


@pytest.mark.parametrize("single", [["cnn"], ["mlp"], ["cnn", "mlp"]])
def test_a_single_run_shows_no_order(facts: Facts, single: list[str]) -> None:
    """Whether one of two models has no second run, or both have none."""
    found = ConfidenceFacts.model_validate(facts.studies["confidence"])
    models = {
        slug: each.model_copy(
            update={"average": each.average.model_copy(update={"values": each.average.values[:1]})}
        )
        if slug in single
        else each
        for slug, each in found.precision_recall.items()
    }
    changed = found.model_copy(update={"precision_recall": models})
    texts = {each.id: each.text for each in confidence_claims(facts, changed)}
    text = plain_claim(texts["confidence.precision"], facts)
    assert "; a single run cannot show whether this order is due to chance." in text


@pytest.mark.parametrize("verdict", ["better", "undecided"])
def test_titles_name_a_model_where_the_test_supports_it(facts: Facts, verdict: str) -> None:
    """A lower error that may be chance has no winner."""
    found = ConfidenceFacts.model_validate(facts.studies["confidence"])
    (key, pair), *_ = found.pairs["expected_calibration_error"].items()
    winner = key.split("--")[0] if verdict == "better" else None
    pairs = {key: pair.model_copy(update={"verdict": verdict, "winner": winner})}
    every = dict.fromkeys(found.pairs, pairs)
    specs = confidence_figures(facts, found.model_copy(update={"pairs": every}))
    titles = {spec.kind: spec.title for spec in specs}
    assert len(found.pairs["expected_calibration_error"]) == 1
    for kind in ("reliability", "risk-coverage"):
        assert titles[kind].startswith("Lowest") == (winner is not None)


@pytest.mark.parametrize("classes", [2, 10, 26, 100])
def test_curves_of_the_hardest_classes_are_drawn(classes: int) -> None:
    """A panel for all classes pooled, then for eleven of them at most, the hardest first."""
    facts = analyse(make_build(PAPER_MODELS[:1], 2, n=40 * classes, classes=classes)[2])
    names = facts.dataset.classes
    found = ConfidenceFacts.model_validate(facts.studies["confidence"])
    spec = next(
        each for each in confidence_figures(facts, found) if each.kind == "precision-recall"
    )
    (model,) = found.precision_recall.values()
    averages = {name: each.mean for name, each in zip(names, model.classes, strict=True) if each}
    hardest = sorted(averages, key=lambda name: averages[name])[:11]
    assert [panel["title"] for panel in spec.data["panels"]] == ["All classes", *hardest]
    assert ("hardest classes" in spec.caption) == (classes > 11)
    (only,) = facts.models.values()
    assert spec.title == f"{hardest[0]} has the lowest average precision with {only.name}"
    assert spec.table is not None
    assert [row[0] for row in spec.table.rows] == ["All classes", *names]


@pytest.mark.filterwarnings("ignore:The y_prob values")  # of 32 bits
def test_scaled_log_loss_is_scikit_learns(facts: Facts, evidence: Evidence) -> None:
    """The gain is the mean over seeds of the log loss with scaling minus without."""
    gains = []
    for (model, _), sets in evidence.runs.items():
        kept = sets["test"]
        if model == "cnn":
            found = Predictions(evidence.test_labels, kept.classes, kept.probabilities, 10)
            losses = [
                log_loss(found.labels, each.probabilities, labels=range(10))
                for each in (scale(found)[0], found)
            ]
            gains.append(losses[0] - losses[1])
    gain = facts.studies["confidence"]["scaling"]["cnn"]["gain"]
    assert gain["value"] == pytest.approx(np.mean(gains), abs=1e-9)
    assert gain["low"] < gain["value"] < gain["high"]
