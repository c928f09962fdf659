"""The metrics of a report: equal to scikit-learn's, with intervals that cover, within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from reportgen.analysis.intervals import bounded_interval
from reportgen.config.schema import Analysis
from reportgen.report.html import render_html
from reportgen.studies import analyse
from tests.report.samples import stub_svg, view_of
from tests.support.factories import PAPER_MODELS, make_build


@pytest.mark.filterwarnings("ignore:The y_prob values do not sum to one")
def test_metrics_are_those_of_the_probabilities() -> None:
    """Each value of each seed equals scikit-learn's, computed from what the evidence contains."""
    _, dataset, evidence, _ = make_build(PAPER_MODELS[:2], seeds=2, n=400)
    facts = analyse(evidence)
    assert tuple(facts.metrics) == Analysis().metrics
    for slug in facts.models:
        for seed in range(2):
            kept = evidence.runs[slug, seed]["test"]
            expected = {
                "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(
                    dataset.test_labels, kept.classes
                ),
                "matthews_correlation": sklearn_metrics.matthews_corrcoef(
                    dataset.test_labels, kept.classes
                ),
                "log_loss": sklearn_metrics.log_loss(dataset.test_labels, kept.probabilities),
                "auroc": sklearn_metrics.roc_auc_score(
                    dataset.test_labels, kept.probabilities, multi_class="ovr"
                ),
            }
            found = {
                name: facts.metrics[name].models[slug].summary.values[seed] for name in expected
            }
            assert found == pytest.approx(expected, abs=1e-9)


def test_one_number_has_one_interval() -> None:
    """The intervals of accuracy, the default, and macro F1 are those printed elsewhere."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:2], seeds=3, n=300)
    facts = analyse(evidence)
    assert facts.primary == "accuracy"
    for slug, model in facts.models.items():
        assert facts.metrics["accuracy"].models[slug].interval == model.accuracy_interval
        assert facts.metrics["macro_f1"].models[slug].interval == model.macro_f1_interval
    for key, pair in facts.pairs.items():
        assert facts.metrics["accuracy"].pairs[key] == pair.difference


def test_differences_are_of_the_means() -> None:
    """The difference of two models is that of their means over seeds, inside its interval."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:3], seeds=3, n=300)
    facts = analyse(evidence)
    for metric in facts.metrics.values():
        for key, difference in metric.pairs.items():
            first, second = key.split("--")
            means = [metric.models[slug].summary.mean for slug in (first, second)]
            assert difference.value == pytest.approx(means[0] - means[1], abs=1e-12)
            assert difference.low <= difference.value <= difference.high


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0), (0.0, None), (None, None)])
def test_intervals_stay_within_bounds(bounds: tuple[float | None, float | None]) -> None:
    """An interval contains its value and never leaves the metric's range, however uncertain."""
    low, high = bounds
    for value in (0.0, 0.001, 0.5, 0.999, 1.0):
        for variance in (0.0, 1e-6, 0.1, 10.0):
            found = bounded_interval(value, variance, 50, bounds, 0.95)
            assert found.low <= value + 1e-12
            assert found.high >= value - 1e-12
            assert low is None or found.low >= low - 1e-12
            assert high is None or found.high <= high + 1e-12


def test_an_accuracy_has_wilsons_interval() -> None:
    """With the variance of a proportion the interval is Wilson's, as statsmodels computes it."""
    from statsmodels.stats.proportion import proportion_confint

    share, examples = 0.83, 400
    found = bounded_interval(share, share * (1 - share) / examples, examples, (0.0, 1.0), 0.95)
    expected = proportion_confint(share * examples, examples, 0.05, method="wilson")
    assert np.allclose((found.low, found.high), expected, atol=1e-12)


def test_rounded_probabilities_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics are computed from what a report keeps: exact where that takes little room."""
    sentence = "contains the probabilities rounded to one byte each"
    dataset, exact = make_build(PAPER_MODELS[:1], 1, n=50)[1:3]
    monkeypatch.setattr("reportgen.results.evidence.EXACT_BYTES", 0)
    rounded = make_build(PAPER_MODELS[:1], 1, n=50)[2]
    for evidence, said in ((exact, False), (rounded, True)):
        view = view_of(dataset, evidence, stub_svg)
        assert view.facts.rounded_probabilities is said
        assert (sentence in render_html(view)) is said
