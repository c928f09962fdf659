"""The facts as a whole: every shape of experiment, and the same numbers every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, classification_report, f1_score

from reportgen.analysis.facts import Facts
from reportgen.results.evidence import Evidence, collect_evidence
from reportgen.studies import analyse
from tests.support.factories import (
    PAPER_MODELS,
    FakeModel,
    make_build,
    make_dataset,
    make_experiment,
    make_result,
)

NINE = tuple(
    FakeModel(f"Model {index}", f"model-{index}", f"net-{index % 3}", 0.0, 0.01 * (index + 1))
    for index in range(9)
)


def build(
    models: tuple[FakeModel, ...] = PAPER_MODELS, seeds: int = 3, n: int = 300, classes: int = 10
) -> Evidence:
    """Return evidence with any number of models, seeds and classes."""
    dataset = make_dataset(n, 2 * n, classes)
    results = {
        (model.slug, seed): make_result(model, seed, dataset)
        for model in models
        for seed in range(seeds)
    }
    settings = make_experiment(models, seeds).model_dump(mode="json")
    return collect_evidence("0.1.0", settings, dataset, results)


def numbers(value: object) -> list[float]:
    """Return every number in a tree."""
    if isinstance(value, dict):
        return [number for child in value.values() for number in numbers(child)]
    if isinstance(value, list):
        return [number for child in value for number in numbers(child)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    ("models", "seeds", "classes"),
    [
        (PAPER_MODELS, 3, 10),
        (PAPER_MODELS, 1, 10),
        (PAPER_MODELS[:1], 1, 10),
        (PAPER_MODELS[:1], 3, 2),
        (PAPER_MODELS[:2], 2, 3),
        (NINE, 2, 10),
    ],
)
def test_every_shape_of_experiment_has_facts(
    models: tuple[FakeModel, ...], seeds: int, classes: int
) -> None:
    """One model or nine, one seed or several, two classes or ten: all facts, all finite."""
    facts = analyse(build(models, seeds, classes=classes))
    assert tuple(facts.models) == tuple(model.slug for model in models)
    assert len(facts.pairs) == len(models) * (len(models) - 1) // 2
    assert ("design" in facts.studies) == (models == PAPER_MODELS)
    assert np.isfinite(numbers(facts.model_dump(mode="json"))).all()
    assert Facts.model_validate_json(facts.model_dump_json()) == facts
    assert "verdict" in facts.claims
    for model in facts.models.values():
        assert len(model.per_class) == classes
        assert (model.accuracy.sd is None) == (seeds == 1)


def test_facts_are_the_same_every_time() -> None:
    """The same evidence gives the same facts, to the last bit."""
    evidence = build()
    assert analyse(evidence).model_dump_json() == analyse(evidence).model_dump_json()


def test_run_metrics_equal_scikit_learn() -> None:
    """Every score of every run is what scikit-learn computes from the predictions."""
    evidence = build(PAPER_MODELS[:2], 2)
    facts, labels = analyse(evidence), evidence.test_labels
    for (slug, seed), sets in evidence.runs.items():
        predicted = sets["test"].classes
        found = facts.models[slug].runs[seed]
        report = classification_report(labels, predicted, output_dict=True, zero_division=0)
        assert found.accuracy == pytest.approx(accuracy_score(labels, predicted), abs=1e-12)
        assert found.micro_f1 == pytest.approx(f1_score(labels, predicted, average="micro"))
        for ours, theirs in (("macro", "macro avg"), ("weighted", "weighted avg")):
            for score, name in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score")):
                assert getattr(found, f"{ours}_{score}") == pytest.approx(report[theirs][name])
        for index, scores in enumerate(found.per_class):
            assert scores.f1 == pytest.approx(report[str(index)]["f1-score"], abs=1e-12)
            assert scores.support == report[str(index)]["support"]
        train = f1_score(evidence.train_labels, sets["train"].classes, average="macro")
        assert found.train_macro_f1 == pytest.approx(train, abs=1e-12)


def test_a_perfect_model_has_scores_of_one_and_intervals_below() -> None:
    """No error at all: the scores are 1, and yet not certain to be."""
    facts = analyse(build((FakeModel("Oracle", "oracle", "cnn", 0.0, 0.0), PAPER_MODELS[2])))
    oracle = facts.models["oracle"]
    assert oracle.accuracy.mean == oracle.macro_f1.mean == 1.0
    assert oracle.accuracy_interval.high == oracle.macro_f1_interval.high == 1.0
    assert oracle.accuracy_interval.low < 1 and oracle.macro_f1_interval.low < 1
    assert all(each.f1_interval.low < each.f1_interval.high == 1 for each in oracle.per_class)
    assert oracle.overfitting is not None
    assert oracle.overfitting.gap.mean == 0


def test_a_class_that_is_never_predicted_scores_zero() -> None:
    """A class without any prediction has no precision: 0, as in scikit-learn, without warnings."""
    evidence = build(PAPER_MODELS[:2], 2, classes=3)
    runs = {}
    for pair, sets in evidence.runs.items():
        test = sets["test"]
        without = np.where(test.classes == 2, 0, test.classes).astype(np.int32)
        runs[pair] = {**sets, "test": replace(test, classes=without)}
    facts = analyse(replace(evidence, runs=runs))
    for model in facts.models.values():
        assert model.per_class[2].f1.mean == model.per_class[2].precision.mean == 0.0
        assert model.per_class[2].f1_interval.low == 0.0
        assert model.hardest_class == 2


def test_f1_interval_holds_the_score() -> None:
    """Every score lies inside its own interval."""
    for model in analyse(build()).models.values():
        assert model.accuracy_interval.low < model.accuracy.mean < model.accuracy_interval.high
        assert model.macro_f1_interval.low < model.macro_f1.mean < model.macro_f1_interval.high
        for each in model.per_class:
            assert each.f1_interval.low <= each.f1.mean <= each.f1_interval.high


def test_confusion_shares_are_rows_that_sum_to_one() -> None:
    """Counts are summed over seeds, shares are taken in each row."""
    for model in analyse(build(PAPER_MODELS[:2])).models.values():
        counts = np.sum([run.confusion_matrix for run in model.runs], axis=0)
        np.testing.assert_array_equal(model.confusion_counts, counts)
        np.testing.assert_allclose(np.sum(model.confusion_shares, axis=1), 1.0)


def test_curves_are_means_over_seeds() -> None:
    """Learning curves have one point for each epoch; without validation there is no such curve."""
    evidence = make_build(PAPER_MODELS[:1], seeds=2, n=100)[2]
    curves = analyse(evidence).models["cnn"].curves
    histories = [run.record.history for run in evidence.header.runs]
    expected = [np.mean([each[epoch].loss for each in histories]) for epoch in range(4)]
    assert curves is not None
    assert curves.loss.mean == pytest.approx(expected)
    assert curves.validation_loss is None


def test_runs_of_baselines_take_no_part_in_the_comparison() -> None:
    """A model with the role of a baseline is in the table of baselines, and nowhere else."""
    evidence = build(PAPER_MODELS[:3], 2)
    models = [dict(model) for model in evidence.header.experiment["models"]]
    models[1] |= {"role": "baseline", "architecture": None, "estimator": "sklearn.svm:SVC"}
    models[1].pop("dropout", None)
    settings = {**evidence.header.experiment, "models": models}
    facts = analyse(evidence.with_header(experiment=settings))
    assert list(facts.models) == list(facts.verdict.ranking) == ["cnn", "mlp"]
    assert list(facts.pairs) == ["cnn--mlp"]
    baseline = facts.baselines["cnn-dropout"]
    runs = [evidence.runs["cnn-dropout", seed]["test"].classes for seed in (0, 1)]
    expected = np.mean([accuracy_score(evidence.test_labels, run) for run in runs])
    assert baseline.accuracy == pytest.approx(expected)
    assert baseline.interval.low < baseline.accuracy < baseline.interval.high
    assert baseline.fit_seconds == 12.4


@pytest.mark.parametrize("seeds", [1, 3])
def test_an_estimator_without_chance_needs_one_run(seeds: int) -> None:
    """Fitted once though there are several seeds, it leaves nothing open; with one, it may."""
    experiment, dataset, _, runs = make_build(PAPER_MODELS[:1], seeds=seeds, baseline=True)
    settings = experiment.model_dump(mode="json")
    settings["models"][1]["role"] = "model"
    facts = analyse(collect_evidence("1.0", settings, dataset, runs))
    assert facts.models["centroid"].deterministic == (seeds > 1)
    assert facts.verdict.scope == ("methods" if seeds > 1 else "runs")
    assert ("scope" in facts.claims) == (seeds == 1)
    assert ("holds only" in facts.claims["pair.cnn--centroid"].text) == (seeds == 1)
