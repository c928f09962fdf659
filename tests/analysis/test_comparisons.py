"""Pairs of models: what is said of them, and that it follows from the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from reportgen.analysis.comparisons import compare_models, judge
from reportgen.analysis.facts import Difference, PairFacts
from reportgen.analysis.inputs import AnalysisInputs, prepare_inputs
from reportgen.config.schema import Analysis
from reportgen.metrics import shipped_metrics
from tests.support.predictions import draw_correct, draw_predictions, make_predictions

MARGIN = 0.002

ACCURACY = shipped_metrics()["accuracy"]


def make_inputs(correct: np.ndarray, classes: int = 4, margin: float = 0.2) -> AnalysisInputs:
    """Return inputs of runs that are right where `correct`, `[models, seeds, n]`, says so."""
    labels = (np.arange(correct.shape[2]) % classes).astype(np.int32)
    predicted = draw_predictions(np.random.default_rng(0), labels, correct, classes)
    return prepare_inputs(make_predictions(labels, predicted, classes), Analysis(margin=margin))


def compare(correct: np.ndarray, margin: float = 0.2) -> dict[str, PairFacts]:
    """Compare all models; their keys differ."""
    keys = [
        [f"{model}-{seed}" for seed in range(correct.shape[1])] for model in range(len(correct))
    ]
    inputs = make_inputs(correct, margin=margin)
    return compare_models(inputs, keys, ACCURACY, inputs.accuracy)


@pytest.mark.parametrize(
    ("low", "high", "p_adjusted", "verdict"),
    [
        (0.003, 0.009, 0.001, "better"),
        (-0.009, -0.003, 0.001, "better"),
        (-0.0015, 0.0015, 1.0, "equivalent"),
        (0.0005, 0.0015, 0.001, "equivalent"),
        (-0.001, 0.0025, 0.3, "undecided"),
        (0.0005, 0.009, 0.06, "undecided"),
        (-0.002, 0.001, 0.5, "undecided"),
    ],
)
def test_verdict_follows_interval_and_p_value(
    low: float, high: float, p_adjusted: float, verdict: str
) -> None:
    """Equivalent lies inside the margin; better survives the correction; else undecided."""
    interval = Difference(value=(low + high) / 2, low=low, high=high)
    assert judge(interval, p_adjusted, MARGIN, 0.95) == verdict


def test_a_clear_difference_is_found_either_way_round() -> None:
    """The better model wins, whether it stands first or second."""
    correct = draw_correct(np.random.default_rng(1), (0.95, 0.80), 3, 1000)
    pair = compare(correct)["model-0--model-1"]
    assert (pair.verdict, pair.winner) == ("better", "model-0")
    assert pair.difference.low > 0.1
    turned = compare(correct[::-1])["model-0--model-1"]
    assert (turned.verdict, turned.winner) == ("better", "model-1")
    assert turned.difference.value == pytest.approx(-pair.difference.value)
    assert turned.difference.low == pytest.approx(-pair.difference.high)
    assert turned.p_value == pytest.approx(pair.p_value)


def test_the_same_network_has_no_difference_anywhere() -> None:
    """Equal keys and equal predictions: every difference is exactly 0, and p is 1."""
    run = draw_correct(np.random.default_rng(2), (0.9,), 3, 400)
    inputs = make_inputs(np.concatenate([run, run]))
    predicted = inputs.predictions.predicted
    assert (predicted[0] == predicted[1]).all()
    pair = compare_models(inputs, [["a", "b", "c"]] * 2, ACCURACY, inputs.accuracy)[
        "model-0--model-1"
    ]
    nothing = Difference(value=0.0, low=0.0, high=0.0)
    assert pair.identical
    assert (pair.verdict, pair.winner) == ("equivalent", None)
    assert (pair.p_value, pair.p_adjusted) == (1.0, 1.0)
    assert {pair.difference, pair.sampling_difference, pair.macro_f1_difference} == {nothing}
    assert set(pair.class_f1_differences) == {nothing}
    assert {(test.only_first, test.only_second, test.p_value) for test in pair.mcnemar} == {
        (0, 0, 1)
    }
    assert not np.any(pair.confusion_difference)
    assert pair.cells_beyond_chance == ()


def test_equal_predictions_of_other_networks_are_not_identical() -> None:
    """Two networks that agree on every example are still two networks."""
    run = draw_correct(np.random.default_rng(2), (0.9,), 2, 300)
    pair = compare(np.concatenate([run, run]))["model-0--model-1"]
    assert not pair.identical
    assert pair.difference.low < 0 < pair.difference.high
    assert pair.p_value == 1.0


def test_mcnemar_counts_each_seed() -> None:
    """Discordant examples are counted seed by seed."""
    correct = draw_correct(np.random.default_rng(3), (0.8, 0.7), 2, 200)
    pair = compare(correct)["model-0--model-1"]
    for seed, test in enumerate(pair.mcnemar):
        both = list(zip(correct[0, seed], correct[1, seed], strict=True))
        assert test.only_first == sum(a and not b for a, b in both)
        assert test.only_second == sum(b and not a for a, b in both)


def test_sampling_interval_is_that_of_an_index_bootstrap() -> None:
    """The interval over test sets agrees with the bootstrap that draws examples of each class."""
    random = np.random.default_rng(4)
    correct = draw_correct(random, (0.85, 0.75), 2, 400)
    inputs = make_inputs(correct)
    pair = compare_models(inputs, [["a", "b"], ["c", "d"]], ACCURACY, inputs.accuracy)[
        "model-0--model-1"
    ]
    each = correct[0].mean(axis=0) - correct[1].mean(axis=0)
    members = [np.flatnonzero(inputs.predictions.labels == label) for label in range(4)]
    index = np.concatenate([random.choice(group, (5000, 100)) for group in members], axis=1)
    low, high = np.quantile(each[index].mean(axis=1), [0.025, 0.975])
    assert pair.sampling_difference.low == pytest.approx(low, abs=0.003)
    assert pair.sampling_difference.high == pytest.approx(high, abs=0.003)


def test_f1_differences_are_those_of_the_means() -> None:
    """Every difference of F1 is the mean over seeds of the first less that of the second."""
    inputs = make_inputs(draw_correct(np.random.default_rng(5), (0.9, 0.8), 3, 400))
    pair = compare_models(inputs, [list("abc"), list("def")], ACCURACY, inputs.accuracy)[
        "model-0--model-1"
    ]
    f1 = [scores.test.f1.mean(axis=0) for scores in inputs.scores]
    values = [each.value for each in pair.class_f1_differences]
    np.testing.assert_allclose(values, f1[0] - f1[1], atol=1e-12)
    assert pair.macro_f1_difference.value == pytest.approx((f1[0] - f1[1]).mean())
    for each in (*pair.class_f1_differences, pair.macro_f1_difference):
        assert each.low < each.value < each.high


def test_an_undecided_pair_lies_below_the_minimum_detectable_difference() -> None:
    """What this test would find four times in five cannot have been seen and left undecided."""
    random, verdicts = np.random.default_rng(6), set()
    for _ in range(12):
        correct = draw_correct(random, (0.9, 0.88, 0.87), 3, 300, 0.05)
        for pair in compare(correct).values():
            verdicts.add(pair.verdict)
            if pair.verdict == "undecided":
                assert abs(pair.difference.value) < pair.minimum_detectable_difference
            if pair.verdict == "better":
                assert pair.difference.low > 0 or pair.difference.high < 0
    assert {"undecided", "better"} <= verdicts


def test_equivalent_is_never_said_with_an_interval_outside_the_margin() -> None:
    """Over many pairs near the margin, an equivalent pair always lies inside it."""
    random, verdicts = np.random.default_rng(7), []
    for _ in range(40):
        pair = compare(draw_correct(random, (0.9, 0.895), 2, 800, 0.02), margin=2.0)
        found = pair["model-0--model-1"]
        verdicts.append(found.verdict)
        if found.verdict == "equivalent":
            assert max(abs(found.difference.low), abs(found.difference.high)) < 0.02
    assert 0 < verdicts.count("equivalent") < len(verdicts)
