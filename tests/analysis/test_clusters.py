"""Test examples in clusters: variances against statsmodels and the jackknife, error rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax, stdtrit
from sklearn.metrics import balanced_accuracy_score
from statsmodels.api import OLS

from reportgen.analysis.contrasts import contrast, estimate_accuracy
from reportgen.analysis.influence import estimate_f1
from reportgen.analysis.metric_facts import describe_metrics, estimate_runs
from reportgen.analysis.prediction_arrays import PredictionArrays
from reportgen.data.subsets import draw_held_out, validate_on_clusters
from reportgen.metrics import shipped_metrics
from reportgen.metrics.metric import Metric, Predictions, mean_influence
from reportgen.results.arrays import UnfitArray
from reportgen.results.evidence import Evidence, find_clusters
from reportgen.results.evidence_file import decode, encode
from reportgen.studies import analyse
from reportgen.studies.confidence.curves import risk_coverage_area
from reportgen.verification.consistency import check_evidence
from tests.support.factories import PAPER_MODELS, make_build
from tests.support.predictions import draw_correct, draw_predictions, make_predictions


def test_variance_of_a_difference_is_that_of_statsmodels() -> None:
    """A regression on a constant, with standard errors that are robust to clusters."""
    correct = draw_correct(np.random.default_rng(1), (0.8, 0.7), 1, 300)
    clusters = np.random.default_rng(2).integers(0, 40, 300).astype(np.int32)
    found = contrast(estimate_accuracy(correct, clusters=clusters), [1.0, -1.0])
    difference = correct[0, 0].astype(float) - correct[1, 0]
    fitted = OLS(difference, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert found.value == pytest.approx(fitted.params[0], abs=1e-12)
    assert found.sampling == pytest.approx(fitted.bse[0] ** 2 + 2 / 300**2, rel=1e-9)
    assert found.degrees_of_freedom == 39
    # With one run of each model, there is no variance but that of the sample.
    assert found.sampling_interval(0.95) == found.interval(0.95)


def test_clusters_of_one_example_are_independent_examples() -> None:
    """Then only n / (n − 1) is new."""
    correct = draw_correct(np.random.default_rng(3), (0.8, 0.7), 3, 200, 0.2)
    alone = estimate_accuracy(correct, clusters=np.arange(200, dtype=np.int32))
    plain = estimate_accuracy(correct)
    np.testing.assert_allclose(
        alone.covariance_of_means, plain.covariance_of_means * 200 / 199, rtol=1e-9, atol=1e-15
    )
    np.testing.assert_allclose(alone.variances, plain.variances * 200 / 199, rtol=1e-9)


def test_variance_of_f1_is_that_of_the_jackknife() -> None:
    """Each cluster left out once; to first order the two are equal."""
    predictions, clusters = draw_clustered(np.random.default_rng(4), 80)
    macro, each = estimate_f1(replace(predictions, clusters=clusters))
    without = []
    for cluster in range(80):
        kept = clusters != cluster
        part = make_predictions(
            predictions.labels[kept], np.array(predictions.predicted)[:, :, kept], 3
        )
        left, classes = estimate_f1(part)
        without.append([left.means[0], *(one.means[0] for one in classes)])
    scores = np.array(without)
    jackknife = 79 / 80 * ((scores - scores.mean(axis=0)) ** 2).sum(axis=0)
    found = [macro.covariance_of_means[0, 0], *(one.covariance_of_means[0, 0] for one in each)]
    np.testing.assert_allclose(found, jackknife, rtol=0.1)
    assert macro.clusters == 80


@pytest.mark.parametrize("count", [40, 150, 600])
def test_variance_of_any_metric_is_that_of_the_jackknife(count: int) -> None:
    """Each cluster left out once, of a metric that has no influence values of its own.

    Of more clusters than groups are left out at once, the variance is estimated from fewer numbers.
    """
    arrays, clusters = draw_clustered(np.random.default_rng(6), count)
    found = Predictions(arrays.labels, arrays.predicted[0][0], None, 3, clusters)

    def compute(predictions: Predictions) -> float:
        return float(balanced_accuracy_score(predictions.labels, predictions.predicted))

    metric = Metric("balanced", "Balanced accuracy", compute)
    estimated = estimate_runs([metric], [("cnn", found)], clusters=clusters)["balanced"].runs
    without = [compute(found.select(np.flatnonzero(clusters != each))) for each in range(count)]
    jackknife = (count - 1) / count * ((np.array(without) - np.mean(without)) ** 2).sum()
    assert estimated.variances[0] == pytest.approx(jackknife, rel=1e-6 if count < 200 else 0.25)
    assert estimated.clusters == count


@pytest.mark.parametrize(
    "metric", [*shipped_metrics().values(), risk_coverage_area], ids=lambda each: each.name
)
def test_variances_of_shipped_metrics_are_those_of_the_jackknife(metric: Metric) -> None:
    """Of clusters with unequal skill and size, each left out once."""
    random = np.random.default_rng(8)
    clusters = np.repeat(np.arange(100), random.integers(5, 30, 100)).astype(np.int32)
    count = len(clusters)
    labels = random.integers(0, 3, count).astype(np.int32)
    logits = random.normal(0, 1, (count, 3))
    logits[np.arange(count), labels] += 2 * random.normal(1.5, 1, 100)[clusters]
    probabilities = softmax(logits, axis=1)
    predicted = probabilities.argmax(axis=1).astype(np.int32)
    found = Predictions(labels, predicted, probabilities, 3, clusters)
    estimated = estimate_runs([metric], [("cnn", found)], clusters=clusters)[metric.name].runs
    parts = (found.select(np.flatnonzero(clusters != each)) for each in range(100))
    without = np.array([metric.compute(part) for part in parts])
    jackknife = 99 / 100 * ((without - without.mean()) ** 2).sum()
    assert estimated.variances[0] == pytest.approx(jackknife, rel=0.03)


def draw_clustered(
    random: np.random.Generator, count: int
) -> tuple[PredictionArrays, NDArray[np.int32]]:
    """Return predictions of two models in `count` clusters of alike examples."""
    clusters = np.repeat(np.arange(count), random.integers(2, 9, count)).astype(np.int32)
    labels = random.integers(0, 3, len(clusters)).astype(np.int32)
    skill = random.normal(0.8, 1.0, (2, 1, count))[:, :, clusters]
    correct = random.normal(0, 1, (2, 1, len(clusters))) < skill
    return make_predictions(labels, draw_predictions(random, labels, correct, 3), 3), clusters


@pytest.mark.parametrize(("count", "most"), [(10, 0.08), (40, 0.07)])
def test_equal_models_are_seldom_called_different(count: int, most: float) -> None:
    """Where the examples of a cluster share their outcome, taking them for independent fails."""
    random, wrong, naive, draws = np.random.default_rng(5), 0, 0, 400
    clusters = np.repeat(np.arange(count), 20).astype(np.int32)
    for _ in range(draws):
        skill = random.normal(0.8, 1.0, (2, 1, count))[:, :, clusters]
        correct = random.normal(0, 0.3, (2, 1, len(clusters))) < skill
        tests = (
            contrast(estimate_accuracy(correct, clusters=each), [1.0, -1.0]).p_value < 0.05
            for each in (clusters, None)
        )
        found, without = tests
        wrong, naive = wrong + found, naive + without
    assert wrong / draws < most
    assert naive / draws > 0.4


@pytest.fixture(scope="module")
def clustered() -> Evidence:
    """The evidence of a report whose test examples are in 50 clusters of 20."""
    _, _, evidence, _ = make_build(PAPER_MODELS[::2], seeds=2, n=1000)
    return replace(evidence, clusters=np.repeat(np.arange(50), 20).astype(np.int32))


def test_a_report_counts_clusters(clustered: Evidence) -> None:
    """Tests that take examples for independent are left out; the text names the clusters."""
    facts = analyse(clustered)
    (pair,) = facts.pairs.values()
    assert facts.clusters == 50
    assert pair.mcnemar == () and pair.cells_beyond_chance == ()
    assert "[[clusters|integer]] groups" in facts.claims["data"].text
    assert "warning.clusters" not in facts.claims
    few = replace(clustered, clusters=(clustered.test_labels % 7).astype(np.int32))
    assert (
        "only [[clusters|words]] independent groups" in analyse(few).claims["warning.clusters"].text
    )
    assert analyse(replace(clustered, clusters=None)).clusters is None


def test_a_report_counts_the_groups_of_validation_examples(clustered: Evidence) -> None:
    """Of the run that has the fewest of them."""
    labels = clustered.train_labels
    clusters = (np.arange(len(labels)) % 50).astype(np.int32)
    runs, counts = [], []
    for run in clustered.header.runs:
        ingredients = run.record.ingredients
        assert ingredients.spec.training is not None
        settings = ingredients.spec.training.model_copy(update={"validation_fraction": 0.1})
        spec = ingredients.spec.model_copy(update={"training": settings})
        changed = validate_on_clusters(
            ingredients.model_copy(update={"spec": spec}), labels, clusters
        )
        record = run.record.model_copy(update={"ingredients": changed})
        runs.append(run.model_copy(update={"record": record}))
        held_out = draw_held_out(labels, 0.1, run.seed, clusters)
        counts.append(len(np.unique(clusters[held_out])))
    evidence = replace(clustered.with_header(runs=tuple(runs)), train_clusters=clusters)
    facts = analyse(evidence)
    assert facts.validation_groups == min(counts) > 1
    assert "at least [[validation_groups|words]]" in facts.claims["data"].text
    assert facts.models["cnn"].held_out == pytest.approx(0.1, abs=0.02)
    plain = analyse(clustered)
    assert plain.validation_groups is None
    assert "validation" not in plain.claims["data"].text


def test_interval_of_a_metric_is_that_of_statsmodels(clustered: Evidence) -> None:
    """By t with one degree of freedom less than there are clusters."""
    arrays, clusters = draw_clustered(np.random.default_rng(7), 12)
    found = Predictions(arrays.labels, arrays.predicted[0][0], None, 3, clusters)
    metric = Metric(
        "share",
        "Share",
        compute=lambda each: float(each.correct.mean()),
        influence=lambda each: mean_influence(each.correct.astype(float)),
        bounds=(None, None),
    )
    estimated = estimate_runs([metric], [("cnn", found)], clusters=clusters)
    described = describe_metrics(estimated.values(), analyse(clustered).models, {}, 0.95)
    interval = described["share"].models["cnn"].interval
    fitted = OLS(found.correct.astype(float), np.ones(len(clusters))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    half = float(stdtrit(11, 0.975)) * fitted.bse[0] * np.sqrt(12 / 11)
    share = float(found.correct.mean())
    assert (interval.low, interval.high) == pytest.approx((share - half, share + half))


def test_clusters_are_part_of_the_evidence(clustered: Evidence) -> None:
    """They come back as they were; others than numbers from 0 are refused."""
    again = decode(encode(clustered))
    assert again.clusters is not None
    np.testing.assert_array_equal(again.clusters, clustered.clusters)
    assert again.digest() == clustered.digest()
    for wrong in (np.full(1000, 1), np.arange(999), np.repeat([0, 2], 500)):
        with pytest.raises(UnfitArray, match="clusters/test"):
            encode(replace(clustered, clusters=wrong.astype(np.int32)))


def test_clusters_that_were_taken_out_are_missed() -> None:
    """The configuration says that there are some."""
    _, _, evidence, _ = make_build(PAPER_MODELS[::2], seeds=2, n=1000)
    settings = dict(evidence.header.experiment)
    settings["data"] = {**settings["data"], "groups": "patient"}
    found = [str(each) for each in check_evidence(evidence.with_header(experiment=settings))]
    assert any("data.groups names groups, of which the evidence has none" in each for each in found)


@pytest.mark.parametrize(
    ("column", "is_drawn", "expected"),
    [("patient", False, [0, 1, 0]), (None, True, [0, 1, 0]), (None, False, None)],
)
def test_groups_that_are_kept_together_are_clusters(
    column: str | None, is_drawn: bool, expected: list[int] | None
) -> None:
    """Groups that are only compared, such as writers beside a test set, are none."""
    groups = np.array(["ann", "bob", "ann"])
    found = find_clusters({"data": {"groups": column}}, groups, is_drawn)
    assert (None if found is None else found.tolist()) == expected
