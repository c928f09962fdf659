"""Evidence of which parts are missing: what follows from the rest is there, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score
from statsmodels.stats.contingency_tables import mcnemar

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import plain_claim
from reportgen.report.exports import results_document, results_json
from reportgen.results.evidence import Evidence, KeptEvaluation, ModelRun
from reportgen.studies import analyse
from reportgen.studies.presentation import plan_figures
from tests.support.factories import PAPER_MODELS, make_build


def strip_run(run: ModelRun) -> ModelRun:
    """Return a run of which only its predictions are known."""
    nothing = {"summary": None, "history": (), "costs": None, "provenance": None}
    return run.model_copy(update={"record": run.record.model_copy(update=nothing)})


def keep_part(
    evidence: Evidence, seeds: dict[str, int], bare: set[str], train: bool = True
) -> Evidence:
    """Return evidence with this many runs of each model; of `bare` ones only labels are known."""
    dataset = evidence.header.dataset
    if not train:
        dataset = dataset.model_copy(update={"train": 0, "input_shape": ()})
    kept = [run for run in evidence.header.runs if run.seed < seeds[run.model]]
    runs = {}
    for run in kept:
        sets = dict(evidence.runs[run.model, run.seed])
        if run.model in bare:
            sets["test"] = KeptEvaluation(sets["test"].classes)
        if run.model in bare or not train:
            del sets["train"]
        runs[run.model, run.seed] = sets
    described = tuple(strip_run(run) if run.model in bare else run for run in kept)
    labels = {name: evidence.labels[name] for name in (("test", "train") if train else ("test",))}
    return replace(evidence.with_header(runs=described, dataset=dataset), labels=labels, runs=runs)


def all_text(evidence: Evidence, facts: Facts) -> str:
    """Return every claim, caption and description: each number in them must be there."""
    figures = plan_figures(facts, None)
    texts = [claim.text for claim in facts.claims.values()]
    texts += [figure.caption for figure in figures] + [figure.alt for figure in figures]
    results_json(results_document(evidence, facts, figures))
    return "\n".join(plain_claim(text, facts) for text in texts)


@settings(max_examples=12)
@given(
    seeds=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    bare=st.sets(st.sampled_from([model.slug for model in PAPER_MODELS])),
    train=st.booleans(),
)
def test_any_part_may_be_missing(seeds: list[int], bare: set[str], train: bool) -> None:
    """Numbers of seeds differ, models have labels alone, the training set is unknown."""
    models = PAPER_MODELS[: len(seeds)]
    whole = make_build(models, seeds=4, n=120)[2]
    counts = {model.slug: count for model, count in zip(models, seeds, strict=True)}
    evidence = keep_part(whole, counts, bare, train)
    facts = analyse(evidence)
    # A mark of a number that is not there raises.
    assert all_text(evidence, facts)
    for slug, model in facts.models.items():
        assert len(model.runs) == counts[slug]
        assert model.has_probabilities == (slug not in bare)
        assert (model.overfitting is None) == (slug in bare or not train)
        assert (model.summary is None) == (slug in bare) == (model.costs is None)
        for run in model.runs:
            predicted = evidence.runs[slug, run.seed]["test"].classes
            assert run.accuracy == pytest.approx(accuracy_score(evidence.test_labels, predicted))
            expected = f1_score(evidence.test_labels, predicted, average="macro")
            assert run.macro_f1 == pytest.approx(expected)


def test_only_predictions_leave_out_all_that_is_not_known() -> None:
    """Two models of which only labels are known: no claim or figure about training or costs."""
    counts = {"cnn": 1, "cnn-dropout": 1}
    whole = make_build(PAPER_MODELS[:2], seeds=1, n=200)[2]
    evidence = keep_part(whole, counts, set(counts), train=False)
    facts = analyse(evidence)
    kinds = {figure.kind for figure in plan_figures(facts, None)}
    assert kinds.isdisjoint({"learning-curves", "reliability", "overfitting", "accuracy-cost"})
    parts = {name.split(".")[0] for name in facts.claims}
    assert parts.isdisjoint({"overfitting", "calibration", "cost", "curves", "description"})


def test_two_single_runs_are_mcnemars_test_whatever_their_seeds() -> None:
    """The exact p-value of two runs, one of each model, equals that of statsmodels."""
    whole = make_build(PAPER_MODELS[1:3], seeds=2, n=400)[2]
    described = (whole.header.runs[0], whole.header.runs[-1])
    pairs = [(run.model, run.seed) for run in described]
    assert [seed for _, seed in pairs] == [0, 1]
    runs = {pair: whole.runs[pair] for pair in pairs}
    (pair,) = analyse(replace(whole.with_header(runs=described), runs=runs)).pairs.values()
    first, second = (runs[each]["test"].classes == whole.test_labels for each in pairs)
    table = [
        [int((first & second).sum()), int((first & ~second).sum())],
        [int((~first & second).sum()), int((~first & ~second).sum())],
    ]
    (test,) = pair.mcnemar
    assert (test.only_first, test.only_second) == (table[0][1], table[1][0])
    assert test.p_value == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-12)


@pytest.mark.slow
def test_many_classes_and_examples_fit_into_memory() -> None:
    """Three hundred classes: nothing is as large as examples by classes by runs."""
    import tracemalloc

    evidence = many_classes(300, 6000)
    tracemalloc.start()
    facts = analyse(evidence)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(facts.models["cnn-dropout"].per_class) == 300
    # Examples by classes by four runs as float64 are 58 MB.
    assert peak < 200 * 2**20


def many_classes(classes: int, n: int) -> Evidence:
    """Return evidence of two models with two seeds each, labels alone."""
    whole = make_build(PAPER_MODELS[1:3], seeds=2, n=10)[2]
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(n) % classes).astype(np.int32)
    names = tuple(f"class {index}" for index in range(classes))
    dataset = whole.header.dataset.model_copy(
        update={"test": n, "train": 0, "classes": names, "input_shape": ()}
    )
    runs = {}
    for pair in whole.runs:
        other = random.integers(classes, size=n)
        classes_ = np.where(random.random(n) < 0.8, labels, other).astype(np.int32)
        runs[pair] = {"test": KeptEvaluation(classes_)}
    return replace(whole.with_header(dataset=dataset), labels={"test": labels}, runs=runs)
