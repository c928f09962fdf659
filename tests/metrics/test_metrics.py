"""Every metric equals scikit-learn's, and its influence values equal a brute-force jackknife."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from reportgen.metrics import Predictions, shipped_metrics
from reportgen.metrics.metric import jackknife_influence
from reportgen.metrics.probabilities import top_size
from tests.support.examples import at_most


def make_predictions(seed: int, count: int, classes: int, skill: float = 2.0) -> Predictions:
    """Return random predictions in which every class has an example."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % classes).astype(np.int32)
    logits = random.normal(size=(count, classes))
    logits[np.arange(count), labels] += skill
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1).astype(np.int32)
    return Predictions(labels, predicted, probabilities, classes)


def _auroc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    if probabilities.shape[1] == 2:
        return float(sklearn_metrics.roc_auc_score(labels, probabilities[:, 1]))
    return float(sklearn_metrics.roc_auc_score(labels, probabilities, multi_class="ovr"))


def _average_precision(labels: np.ndarray, probabilities: np.ndarray) -> float:
    if probabilities.shape[1] == 2:
        return float(sklearn_metrics.average_precision_score(labels, probabilities[:, 1]))
    return float(sklearn_metrics.average_precision_score(labels, probabilities))


ORACLES = {
    "average_precision": lambda p: _average_precision(p.labels, p.probabilities),
    "accuracy": lambda p: sklearn_metrics.accuracy_score(p.labels, p.predicted),
    "balanced_accuracy": lambda p: sklearn_metrics.balanced_accuracy_score(p.labels, p.predicted),
    "macro_f1": lambda p: sklearn_metrics.f1_score(p.labels, p.predicted, average="macro"),
    "weighted_f1": lambda p: sklearn_metrics.f1_score(p.labels, p.predicted, average="weighted"),
    "matthews_correlation": lambda p: sklearn_metrics.matthews_corrcoef(p.labels, p.predicted),
    "cohen_kappa": lambda p: sklearn_metrics.cohen_kappa_score(p.labels, p.predicted),
    "log_loss": lambda p: sklearn_metrics.log_loss(p.labels, p.probabilities),
    "brier_score": lambda p: (
        ((p.probabilities - np.eye(p.class_count)[p.labels]) ** 2).sum(axis=1).mean()
    ),
    "top_k_accuracy": lambda p: (
        1.0
        if p.class_count == 2
        else sklearn_metrics.top_k_accuracy_score(
            p.labels, p.probabilities, k=top_size(p.class_count)
        )
    ),
    "auroc": lambda p: _auroc(p.labels, p.probabilities),
}


def test_every_metric_has_an_oracle() -> None:
    """No metric is added without something to check it against."""
    assert set(shipped_metrics()) == set(ORACLES)


@pytest.mark.parametrize("name", sorted(ORACLES))
@at_most(25)
@given(seed=st.integers(0, 10**6), classes=st.integers(2, 14), skill=st.floats(0, 5))
def test_equals_scikit_learn(name: str, seed: int, classes: int, skill: float) -> None:
    """Each metric has scikit-learn's value for any number of classes and any skill."""
    predictions = make_predictions(seed, 60, classes, skill)
    assert shipped_metrics()[name].compute(predictions) == pytest.approx(
        ORACLES[name](predictions), abs=1e-12
    )


def test_of_two_classes_the_second_is_ranked() -> None:
    """Probabilities that do not add up to 1, as quantised ones, have scikit-learn's AUROC."""
    exact = make_predictions(3, 500, 2, 2.0)
    columns = np.asarray(exact.probabilities).T
    coarse = np.stack([columns[0].round(1), columns[1]], axis=1)
    predictions = Predictions(exact.labels, exact.predicted, coarse, 2)
    first, second = (
        sklearn_metrics.roc_auc_score(exact.labels == index, coarse[:, index]) for index in (0, 1)
    )
    assert first != pytest.approx(second, abs=1e-6)
    assert shipped_metrics()["auroc"].compute(predictions) == pytest.approx(second, abs=1e-12)


@pytest.mark.parametrize("decimals", [1, 12])
def test_average_precision_moves_with_the_weight_of_each_example(decimals: int) -> None:
    """Influence values are derivatives by scikit-learn's weights, also where scores are equal."""
    exact = make_predictions(4, 200, 2, 1.0)
    scores = np.asarray(exact.probabilities).round(decimals)
    predictions = Predictions(exact.labels, exact.predicted, scores, 2)

    def weighted(example: int, step: float) -> float:
        weights = np.ones(200)
        weights[example] += step
        return float(
            sklearn_metrics.average_precision_score(
                exact.labels, scores[:, 1], sample_weight=weights
            )
        )

    metric = shipped_metrics()["average_precision"]
    assert metric.compute(predictions) == pytest.approx(weighted(0, 0.0), abs=1e-12)
    slopes = [(weighted(each, 1e-5) - weighted(each, -1e-5)) / 2e-5 for each in range(200)]
    assert metric.influence_values(predictions) == pytest.approx(200 * np.array(slopes), abs=1e-5)


# Average precision is left out: without one of the first, the precision there changes by much more
# than its slope, however many examples follow.
@pytest.mark.parametrize("name", sorted(set(ORACLES) - {"average_precision"}))
def test_influence_equals_leaving_out_one_example(name: str) -> None:
    """Influence values agree with n (θ − θ without the example), up to terms of order 1/n."""
    metric = shipped_metrics()[name]
    predictions = make_predictions(1, 400, 4, 1.0)
    everything = np.arange(len(predictions.labels))
    without = np.array(
        [
            metric.compute(predictions.select(np.delete(everything, example)))
            for example in everything
        ]
    )
    brute_force = len(everything) * (metric.compute(predictions) - without)
    influence = metric.influence_values(predictions)
    assert influence.mean() == pytest.approx(0, abs=1e-9)
    # The difference is of order 1/n relative to the values themselves.
    scale = np.abs(influence).max()
    assert np.abs(influence - brute_force).max() <= 0.02 * max(scale, 1e-9)


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "log_loss", "auroc"])
def test_grouped_jackknife_gives_the_same_variance(name: str) -> None:
    """A metric without influence values of its own gets nearly the same standard error."""
    metric = shipped_metrics()[name]
    predictions = make_predictions(2, 4000, 3, 1.0)
    exact = metric.influence_values(predictions)
    estimated = jackknife_influence(metric.compute, predictions)
    assert np.sqrt((estimated**2).sum()) == pytest.approx(np.sqrt((exact**2).sum()), rel=0.15)


def test_metric_without_probabilities_is_refused() -> None:
    """A metric that needs probabilities says so where a run has none."""
    labels = np.array([0, 1], dtype=np.int32)
    predictions = Predictions(labels, labels, None, 2)
    with pytest.raises(ValueError, match="needs class probabilities"):
        shipped_metrics()["log_loss"].compute(predictions)


def test_degenerate_predictions_have_finite_values() -> None:
    """One class predicted throughout, or one class alone in the labels, gives finite numbers."""
    zeros, ones = np.zeros(6, dtype=np.int32), np.ones(6, dtype=np.int32)
    mixed = np.array([0, 1, 0, 1, 0, 1], dtype=np.int32)
    probabilities = np.full((6, 2), 0.5)
    for labels, predicted in ((zeros, zeros), (zeros, ones), (mixed, zeros)):
        predictions = Predictions(labels, predicted, probabilities, 2)
        for metric in shipped_metrics().values():
            assert np.isfinite(metric.compute(predictions)), metric.name
            assert np.isfinite(metric.influence_values(predictions)).all(), metric.name
