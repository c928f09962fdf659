"""The study of continual learning: its numbers against brute force, its claims, its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reportgen.analysis.facts import Facts
from reportgen.config.keys import digest
from reportgen.results.evidence import Evidence, StudyRun
from reportgen.studies import analyse
from reportgen.studies.continual import ContinualSettings, study
from reportgen.studies.continual.claims import continual_claims
from reportgen.studies.continual.records import METHODS, ContinualFacts
from tests.studies.conftest import (
    faults_in,
    found_in,
    group_alike,
    interval_of_clusters,
    written_and_read,
)
from tests.studies.test_custom import render
from tests.support.factories import PAPER_MODELS, FakeModel, make_build, with_tables
from tests.support.facts import text_of

MODELS = ("cnn", "mlp")
TABLE: dict[str, Any] = {"buffer": 100, "models": list(MODELS)}
KEPT = {"fine-tuning": 0.1, "ewc": 0.4, "replay": 0.8}
"""Share of what was right that is right again after each later task."""


def make_evidence(
    seeds: int = 2, n: int = 400, chosen: Sequence[FakeModel] = PAPER_MODELS[:3]
) -> Evidence:
    """Return evidence of two networks that learn five tasks, and forget as `KEPT` has it."""
    evidence = with_tables(make_build(chosen, seeds, n=n)[2], {"continual": TABLE})
    assert study.variants is not None
    variants = study.variants(ContinualSettings.model_validate(TABLE), evidence.header.dataset)
    labels, random = evidence.test_labels, np.random.default_rng(1)
    of_task = labels // 2
    predicted, described = {}, []
    for run in evidence.header.runs:
        for variant in variants:
            if run.model not in MODELS:
                continue
            method, shared = variant.name.removeprefix("domain-"), "domain" in variant.name
            stages = len(variant.sets) // (1 if shared else 2)
            right = np.zeros((stages, n), dtype=bool)
            for stage in range(stages):
                task = 4 if method == "joint" else stage
                again = random.random(n) < KEPT.get(method, 0.95)
                learned = random.random(n) < 0.95
                before = right[stage - 1] & again if stage else learned
                right[stage] = np.where(of_task == task, learned, before & (of_task < task))
                if method == "joint":
                    right[stage] = learned
            truth, outputs = (labels % 2, 2) if shared else (labels, 10)
            known = right | (random.random((stages, n)) < 0.5)
            sets = np.where(
                right if shared else np.concatenate([right, known]), truth, (truth + 1) % outputs
            )
            predicted[run.model, run.seed, variant.name] = sets.astype(np.int32)
            changed = variant.change(run.record.ingredients, evidence.train_labels, None)
            assert changed is not None
            described.append(
                StudyRun(
                    model=run.model,
                    seed=run.seed,
                    variant=variant.name,
                    key=digest(changed),
                    sources=dict(variant.sources),
                )
            )
    return evidence.with_study("study_runs", "continual", tuple(described), predicted)


def matrices_of(evidence: Evidence, slug: str, method: str, scenario: str) -> np.ndarray:
    """Return R of each seed, counted example by example: `[seeds, stages, tasks]`."""
    labels, of_task = evidence.test_labels, evidence.test_labels // 2
    found = []
    for seed in (0, 1):
        name = f"domain-{method}" if scenario == "domain" else method
        stages = evidence.study_runs["continual"][slug, seed, name]
        if scenario != "domain":
            stages = np.split(stages, 2)[scenario == "task"]
        truth = labels % 2 if scenario == "domain" else labels
        found.append(
            [[(stage == truth)[of_task == task].mean() for task in range(5)] for stage in stages]
        )
    return np.array(found)


@pytest.mark.parametrize("scenario", ["class", "task", "domain"])
@pytest.mark.parametrize("method", METHODS)
def test_numbers_follow_from_the_accuracy_matrix(
    evidence: Evidence, facts: Facts, method: str, scenario: str
) -> None:
    """By their formulas, from matrices that are counted example by example."""
    for slug, scenarios in found_in(facts, ContinualFacts).models.items():
        found = scenarios[scenario][method]  # type: ignore[index]
        matrices = matrices_of(evidence, slug, method, scenario)
        np.testing.assert_allclose(found.matrix, matrices.mean(axis=0))
        assert found.average.value == pytest.approx(matrices[:, -1].mean())
        assert found.average.low < found.average.value < found.average.high
        if method == "joint":
            assert (found.transfer, found.forgetting) == (None, None)
            continue
        transfer = np.mean([R[4, :4] - np.diag(R)[:4] for R in matrices])
        forgetting = np.mean([R[:4, :4].max(axis=0) - R[4, :4] for R in matrices])
        assert found.transfer is not None
        assert found.transfer.value == pytest.approx(transfer)
        assert found.forgetting is not None
        assert found.forgetting.value == pytest.approx(forgetting)


def test_intervals_of_groups_are_those_of_statsmodels() -> None:
    """Of the average accuracy of one run."""
    evidence = make_evidence(seeds=1)
    labels, last = evidence.test_labels, evidence.study_runs["continual"]["cnn", 0, "replay"][4]
    of_task = np.bincount(labels // 2)
    right = (last == labels) * len(labels) / (5 * of_task[labels // 2])
    clusters = group_alike(right)
    found = found_in(analyse(replace(evidence, clusters=clusters)), ContinualFacts)
    average = found.models["cnn"]["class"]["replay"].average
    assert (average.low, average.high) == pytest.approx(interval_of_clusters(right, clusters))


def test_a_matrix_that_was_worked_out_by_hand() -> None:
    """Three tasks: average (0.2 + 0.5 + 0.9) / 3, transfer −0.55, forgetting 0.6."""
    from reportgen.studies.continual.measures import Outcomes

    # R = [[0.9, 0, 0], [1.0, 0.8, 0], [0.2, 0.5, 0.9]], of ten examples of each task.
    shares = np.array([[9, 0, 0], [10, 8, 0], [2, 5, 9]])
    right = np.zeros((3, 1, 30))
    for stage, row in enumerate(shares):
        for task, count in enumerate(row):
            right[stage, 0, 10 * task : 10 * task + count] = 1
    weights = np.repeat(np.eye(3), 10, axis=1) * 3
    found = Outcomes(right, weights)
    np.testing.assert_allclose(found.matrix[0], shares / 10)
    assert found.average().mean() == pytest.approx(1.6 / 3)
    assert found.transfer().mean() == pytest.approx(((0.2 - 0.9) + (0.5 - 0.8)) / 2)
    assert found.forgetting().mean() == pytest.approx(((1.0 - 0.2) + (0.8 - 0.5)) / 2)


def test_claims_name_the_methods(facts: Facts) -> None:
    """The most and the least accurate one, and what is forgotten."""
    text = text_of(facts, "continual.mlp")
    assert text.startswith(
        "When MLP learns the classes in five groups, one after the other, its final accuracy is "
        "highest with replay, "
    )
    assert "and lowest with plain fine-tuning, " in text
    assert "forgets least with replay" in text_of(facts, "continual.mlp.forgetting")


LESS_LEARNED = "With plain fine-tuning, there was less to forget than with EWC: "
LAST_GROUP = "On the last group, of which nothing can be forgotten yet, the accuracy is "


@pytest.mark.parametrize(
    ("earlier", "last", "average", "reasons"),
    [
        (0.02, 0.9, 0.2, (LESS_LEARNED, LAST_GROUP)),
        (0.02, 0.4, 0.2, (LESS_LEARNED,)),
        (0.0, 0.9, 0.2, (LAST_GROUP,)),
        (0.02, 0.9, 0.1, ()),
    ],
)
def test_forgetting_less_and_ending_less_accurate_is_explained(
    facts: Facts, earlier: float, last: float, average: float, reasons: tuple[str, ...]
) -> None:
    """Forgetting is measured from the best accuracy, of which a method may have had little.

    What was forgotten and what is left of the earlier groups, 0.98 + `earlier` for EWC and 0.9 +
    0.09 for fine-tuning, is the best accuracy on them.
    """
    found = found_in(facts, ContinualFacts)
    methods = dict(found.models["mlp"]["class"])
    for name, (forgetting, left, mean, final) in {
        "ewc": (0.98, earlier, average, last),
        "fine-tuning": (0.90, 0.09, 0.13, 0.47),
        "replay": (0.10, 0.8, 0.86, 0.90),
    }.items():
        before = methods[name]
        assert before.forgetting is not None
        row = (left, left, left, left, final)
        methods[name] = before.model_copy(
            update={
                "forgetting": before.forgetting.model_copy(update={"value": forgetting}),
                "average": before.average.model_copy(update={"value": mean}),
                "matrix": (*before.matrix[:-1], row),
            }
        )
    models = found.models | {"mlp": found.models["mlp"] | {"class": methods}}
    changed = found.model_copy(update={"models": models})
    claims = {each.id: each.text for each in continual_claims(facts, changed)}
    text = claims["continual.mlp.forgetting"]
    assert [each for each in (LESS_LEARNED, LAST_GROUP) if each in text] == list(reasons)


def test_every_comparison_of_methods_is_stated(facts: Facts) -> None:
    """Also that of the method in between, and of all at once: settled, equivalent or open."""
    found = found_in(facts, ContinualFacts)
    means = {"fine-tuning": 0.5, "ewc": 0.6, "replay": 0.7, "joint": 0.9}
    methods = {
        name: each.model_copy(
            update={
                "average": each.average.model_copy(update={"value": means[name]}),
                "forgetting": each.forgetting
                and each.forgetting.model_copy(update={"value": 1 - means[name], "low": 0.01}),
            }
        )
        for name, each in found.models["mlp"]["class"].items()
    }
    open_: dict[str, object] = {"verdict": "undecided", "winner": None}
    alike: dict[str, object] = {"verdict": "equivalent", "winner": None}

    def said(*verdicts: dict[str, object]) -> dict[str, str]:
        keys = ("fine-tuning--ewc", "ewc--replay", "replay--joint")
        changes = dict(zip(keys, verdicts, strict=True))
        pairs, forgetting = (
            {
                key: pair.model_copy(update=changes.get(key, {}))
                for key, pair in table["mlp"]["class"].items()
            }
            for table in (found.pairs, found.forgetting)
        )
        scenarios = dict.fromkeys(found.models["mlp"], methods)
        changed = found.model_copy(
            update={
                "models": {"mlp": scenarios},
                "pairs": {"mlp": dict.fromkeys(scenarios, pairs)},
                "forgetting": {"mlp": dict.fromkeys(scenarios, forgetting)},
            }
        )
        claims = continual_claims(facts, changed)
        return {each.id: re.sub(r"\[\[.*?\]\]", "#", each.text) for each in claims}

    def better(winner: str) -> dict[str, object]:
        return {"verdict": "better", "winner": winner}

    texts = said(better("ewc"), open_, open_)
    between = (
        "not shown to differ from that with replay (corrected #) and significantly {} than with "
        "plain fine-tuning (corrected #)."
    )
    for claim in ("", ".known", ".domain"):
        assert (
            f" With EWC, the accuracy is #: {between.format('higher')}"
            in texts[f"continual.mlp{claim}"]
        )
    assert texts["continual.mlp"].endswith(
        "MLP reaches #: not shown to differ from that with replay (corrected #)."
    )
    # What is lost has no sign, and the better method is the one that forgets less.
    assert texts["continual.mlp.forgetting"].endswith(
        f" With EWC, it forgets # points (# interval # to #): {between.format('less')}"
    )

    texts = said(open_, better("replay"), better("joint"))
    for claim, word in (("", "lower"), (".forgetting", "more")):
        assert (
            f"significantly {word} than with replay (corrected #) and not shown to differ from "
            "that with plain fine-tuning (corrected #)."
        ) in texts[f"continual.mlp{claim}"]
    assert texts["continual.mlp"].endswith("significantly higher than with replay (corrected #).")
    text = said(open_, open_, open_)["continual.mlp.known"]
    assert "from that with replay (corrected #) or plain fine-tuning (corrected #)." in text
    text = said(alike, alike, alike)["continual.mlp.known"]
    assert "to that with replay and plain fine-tuning." in text


@pytest.mark.parametrize(("low", "form"), [(0.01, "size_in_points"), (-0.01, "points")])
def test_what_is_forgotten_has_a_sign_only_where_it_may_be_a_gain(
    facts: Facts, low: float, form: str
) -> None:
    """By the interval of the method."""
    found = found_in(facts, ContinualFacts)
    replay = found.models["mlp"]["class"]["replay"]
    assert replay.forgetting is not None
    forgetting = replay.forgetting.model_copy(update={"low": low})
    methods = found.models["mlp"]["class"] | {
        "replay": replay.model_copy(update={"forgetting": forgetting})
    }
    models = {"mlp": found.models["mlp"] | {"class": methods}}
    claims = continual_claims(facts, found.model_copy(update={"models": models}))
    text = next(each.text for each in claims if each.id == "continual.mlp.forgetting")
    assert f"mlp.class.replay.forgetting.value|{form}]]" in text


def test_networks_that_are_not_studied_are_explained(evidence: Evidence) -> None:
    """The experiment chose others; nothing is said where all are studied."""
    assert "the experiment chose only CNN and MLP for it." in render(evidence)
    assert "the experiment chose only" not in render(make_evidence(chosen=PAPER_MODELS[:1]))


def test_claims_turn_when_the_results_of_two_methods_are_swapped(evidence: Evidence) -> None:
    """The same sentences, with the names of the two exchanged."""
    swap = {"replay": "fine-tuning", "fine-tuning": "replay"}
    swap |= {f"domain-{one}": f"domain-{other}" for one, other in swap.items()}
    runs = evidence.study_runs["continual"]
    swapped = {pair: runs[pair[0], pair[1], swap.get(pair[2], pair[2])] for pair in runs}
    before, after = analyse(evidence), analyse(replace(evidence, study_runs={"continual": swapped}))
    for claim in (
        "continual.cnn",
        "continual.cnn.forgetting",
        "continual.cnn.known",
        "continual.cnn.domain",
    ):
        said = text_of(before, claim)
        turned = said.replace("plain fine-tuning", "@").replace("replay", "plain fine-tuning")
        turned = turned.replace("@", "replay")
        assert said != turned
        assert text_of(after, claim) == turned


def test_the_evidence_is_read_as_it_was_written(evidence: Evidence) -> None:
    """Predictions come back, and what was altered is found."""
    assert faults_in(written_and_read(evidence)) == []
    runs = evidence.header.study_runs["continual"]
    other = runs[0].model_copy(update={"sources": {"training/tasks.py": "0" * 64}})
    changed = evidence.with_header(study_runs={"continual": (other, *runs[1:])})
    assert "the key of a run" in faults_in(changed)[0]
    fewer = {pair: sets[1:] for pair, sets in evidence.study_runs["continual"].items()}
    short = replace(evidence, study_runs={"continual": fewer})
    assert "does not have the evaluations" in faults_in(short)[0]
    table = {"continual": {**TABLE, "epochs": 2}}
    assert "the key of a run" in faults_in(with_tables(evidence, table))[0]


def test_a_weak_penalty_is_printed_as_it_was_asked_for(evidence: Evidence) -> None:
    """And not as a whole number."""
    html = render(with_tables(evidence, {"continual": {**TABLE, "penalty": 0.25}}))
    assert 'data-path="studies.continual.penalty" data-format="plain">0.25<' in html


def test_a_network_of_the_users_own_keeps_its_outputs(evidence: Evidence) -> None:
    """It may state their number itself: it has no runs with fewer, and no such scenario."""
    assert study.variants is not None
    settings = ContinualSettings.model_validate(TABLE)
    run = evidence.header.runs[0].record.ingredients
    own = run.model_copy(update={"spec": run.spec.model_copy(update={"reference": "mine.py:net"})})
    for variant in study.variants(settings, evidence.header.dataset):
        changed = variant.change(own, evidence.train_labels, None)
        assert (changed is None) == variant.name.startswith("domain-")

    whole = {
        place: sets
        for place, sets in evidence.study_runs["continual"].items()
        if place[0] == "mlp" or not place[2].startswith("domain-")
    }
    facts = analyse(replace(evidence, study_runs={"continual": whole}))
    assert {slug: len(each) for slug, each in found_in(facts, ContinualFacts).models.items()} == {
        "cnn": 2,
        "mlp": 3,
    }
    assert "continual.cnn.domain" not in facts.claims


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"classes": 3}, "10 classes cannot be divided into two or more tasks of 3"),
        ({"classes": 10}, "10 classes cannot be divided into two or more tasks of 10"),
        ({}, "it trains networks anew, and there is none that is trained here"),
    ],
)
def test_a_study_that_cannot_run_gives_the_reason(
    evidence: Evidence, table: dict[str, object], reason: str
) -> None:
    """In one line."""
    facts = analyse(replace(with_tables(evidence, {"continual": table}), study_runs={}))
    assert facts.studies_left_out == {"continual": reason}
