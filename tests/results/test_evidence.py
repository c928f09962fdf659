"""The evidence of a report: small, exact where it is small, and proof against forged contents."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import VerificationFailed
from reportgen.results.container import Container, pack, unpack
from reportgen.results.evidence import Evidence, KeptEvaluation, collect_evidence, keep_evaluation
from reportgen.results.evidence_file import decode, encode
from reportgen.results.records import Evaluation
from reportgen.studies import analyse
from tests.support.examples import at_most
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, make_result


@cache
def small_evidence() -> Evidence:
    """Return the evidence of two models with two seeds."""
    return make_build(PAPER_MODELS[:2], seeds=2, n=60)[2]


def assert_equal(first: Evidence, second: Evidence) -> None:
    """Make sure that two evidences are equal, order and types included."""
    assert first.header == second.header
    assert_same_arrays(first.labels, second.labels)
    assert list(first.runs) == list(second.runs)
    for pair, sets in first.runs.items():
        assert list(sets) == list(second.runs[pair])
        for name, kept in sets.items():
            assert_same_arrays(vars(kept), vars(second.runs[pair][name]))


def assert_same_arrays(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    """Make sure that two mappings have equal arrays of equal types in the same order."""
    assert list(first) == list(second)
    for name, ours in first.items():
        if ours is None:
            assert second[name] is None
        else:
            assert ours.dtype == second[name].dtype
            np.testing.assert_array_equal(ours, second[name])


@st.composite
def evaluations(draw: st.DrawFn, length: int) -> KeptEvaluation:
    """What a run may predict for `length` examples of ten classes: labels alone, exact or not."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    probabilities = random.dirichlet(np.full(10, 0.3), length).astype(
        draw(st.sampled_from(["float32", "float64"]))
    )
    found = draw(st.sampled_from([None, probabilities]))
    classes = probabilities.argmax(axis=1).astype(np.int32)
    return keep_evaluation(Evaluation(classes, found), True, draw(st.booleans()))


@at_most(60)
@given(
    data=st.data(), n=st.integers(1, 40), seeds=st.lists(st.integers(1, 3), min_size=1, max_size=4)
)
def test_evidence_comes_back_exact(data: st.DataObject, n: int, seeds: list[int]) -> None:
    """Any sizes, numbers of seeds, missing training sets and probabilities."""
    _, _, evidence, _ = make_build(PAPER_MODELS[: len(seeds)], 3, n)
    places = [
        (model.slug, seed)
        for model, count in zip(PAPER_MODELS, seeds, strict=False)
        for seed in range(count)
    ]
    described = tuple(run for run in evidence.header.runs if (run.model, run.seed) in places)
    trains = data.draw(st.booleans())
    runs = {}
    for pair in places:
        sets = {"test": data.draw(evaluations(n))}
        if trains and data.draw(st.booleans()):
            sets["train"] = evidence.runs[pair]["train"]
        runs[pair] = sets
    evidence = Evidence(
        header=evidence.header.model_copy(update={"runs": described}),
        labels={name: evidence.labels[name] for name in ("test", *(["train"] if trains else []))},
        runs=runs,
    )
    packed = encode(evidence)
    assert_equal(decode(packed), evidence)
    assert encode(decode(packed)) == packed
    assert decode(packed).digest() == evidence.digest()


def test_few_probabilities_are_kept_unchanged() -> None:
    """What takes little room is kept to the last bit, so that metrics are exact."""
    _, _, evidence, runs = make_build(PAPER_MODELS[:1], seeds=2, n=60)
    for pair, run in runs.items():
        np.testing.assert_array_equal(
            decode(encode(evidence)).runs[pair]["test"].probabilities,
            run.evaluations["test"].probabilities,
        )


@pytest.mark.slow
@at_most(25)
@given(
    n=st.integers(12, 60),
    exact=st.booleans(),
    order=st.sampled_from("CF"),
    kind=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**32),
)
def test_facts_are_those_of_the_evidence_as_it_is_read(
    n: int, exact: bool, order: Any, kind: str, seed: int
) -> None:
    """What a build computes and what `verify` computes are the same to the last bit.

    Libraries give probabilities in either order of memory, and sums depend on it.
    """
    _, _, evidence, _ = make_build(PAPER_MODELS[:2], seeds=2, n=n)
    random = np.random.default_rng(seed)
    runs = {}
    for pair, sets in evidence.runs.items():
        probabilities = np.asarray(random.dirichlet(np.full(10, 0.3), n), dtype=kind, order=order)
        classes = probabilities.argmax(axis=1).astype(np.int32)
        found = keep_evaluation(Evaluation(classes, probabilities), True, exact)
        runs[pair] = {**sets, "test": found}
    evidence = dataclasses.replace(evidence, runs=runs)
    assert analyse(decode(encode(evidence))) == analyse(evidence)


def test_a_change_of_any_array_changes_the_digest() -> None:
    """The digest of the evidence covers every array."""
    evidence = small_evidence()
    changed = [
        dataclasses.replace(evidence, labels={**evidence.labels, name: labels[::-1]})
        for name, labels in evidence.labels.items()
    ]
    for pair, sets in evidence.runs.items():
        for name, kept in sets.items():
            for field, array in vars(kept).items():
                if array is not None:
                    other = {**sets, name: dataclasses.replace(kept, **{field: array[::-1]})}
                    runs = {**evidence.runs, pair: other}
                    changed.append(dataclasses.replace(evidence, runs=runs))
    digests = {evidence.digest(), *(each.digest() for each in changed)}
    assert len(digests) == 1 + 2 + 3 * len(evidence.runs)


FIRST = "runs/cnn/0/test"
Parts = dict[str, Any]


def with_probability(parts: Parts, value: float) -> Parts:
    """Return the parts with another value in the first run's probabilities."""
    probabilities = parts[f"{FIRST}/probabilities"].copy()
    probabilities[3, 0] = value
    return {**parts, f"{FIRST}/probabilities": probabilities}


def without(parts: Parts, name: str) -> Parts:
    """Return the parts but one."""
    return {key: value for key, value in parts.items() if key != name}


FORGED_PARTS: dict[str, Callable[[Parts], Parts]] = {
    "array runs/cnn/0/test/classes is uint8": lambda p: {
        **p,
        f"{FIRST}/classes": p["labels/test"][1:],
    },
    "names class 10 of 10": lambda p: {**p, "labels/test": np.full(60, 10, np.uint8)},
    "labels/test is missing": lambda p: without(p, "labels/test"),
    "has the sets train": lambda p: without(p, f"{FIRST}/classes"),
    "values that are not numbers": lambda p: with_probability(p, np.nan),
    "rows that are not probabilities": lambda p: with_probability(p, 0.7),
    "nothing in the header has an array odd": lambda p: {**p, "odd": p["labels/test"]},
    "labels of the sets": lambda p: {**p, "labels/validation": p["labels/test"]},
    r"instead of uint8 \[9, 60\]": lambda p: {
        **p,
        f"{FIRST}/probabilities": np.zeros((60, 9), np.uint8),
    },
}


@pytest.mark.parametrize("reason", FORGED_PARTS)
def test_forged_parts_make_no_sense(reason: str) -> None:
    """Right checksums around wrong arrays: still no evidence."""
    whole = unpack(encode(small_evidence()))
    assert_equal(decode(pack(whole)), small_evidence())
    with pytest.raises(VerificationFailed, match=f"is not valid: .*{reason}"):
        decode(pack(Container(whole.header, FORGED_PARTS[reason](dict(whole.parts)))))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("dataset", "test"), -1, "instead of int32"),
        (("runs", 1, "seed"), 0, "the runs are not those"),
        (("reportgen",), None, "reportgen: "),
        (("odd",), 1, "odd: "),
    ],
)
def test_a_forged_header_makes_no_sense(path: tuple[Any, ...], value: Any, reason: str) -> None:
    """Right checksums around a wrong header: still no evidence."""
    whole = unpack(encode(small_evidence()))
    *steps, last = path
    place: Any = whole.header
    for step in steps:
        place = place[step]
    place[last] = value
    with pytest.raises(VerificationFailed, match=f"is not valid: .*{reason}"):
        decode(pack(whole))


def test_evidence_that_does_not_fit_its_header_is_not_written() -> None:
    """Encoding refuses arrays of another length or another set of runs."""
    evidence = small_evidence()
    cut = {**evidence.labels, "test": evidence.test_labels[1:]}
    with pytest.raises(ValueError, match="labels/test"):
        encode(dataclasses.replace(evidence, labels=cut))
    with pytest.raises(ValueError, match="runs are not those"):
        encode(dataclasses.replace(evidence, runs={}))


def trained_logits(random: np.random.Generator, predicted: np.ndarray) -> np.ndarray:
    """Return logits as a convolutional network has them after two epochs of MNIST.

    There, 85 to 89 % of the confidences are above 0.99, and the logarithm of the ratio of the
    largest to another probability has a mean of 15 to 16 and a standard deviation of 6. (Less
    certain networks need less room.)
    """
    count = len(predicted)
    logits = random.normal(0, 4.5, (count, 10))
    largest = logits.max(axis=1) + random.gamma(4.0, 2.2, count)
    logits[np.arange(count), predicted] = largest
    return logits


def test_evidence_of_the_paper_is_small() -> None:
    """Four models, three seeds, MNIST's 10,000 and 60,000 examples: less than 1.2 MB."""
    dataset = make_dataset(10_000, 60_000)
    experiment, _, _, _ = make_build(PAPER_MODELS, seeds=3, n=10)
    random = np.random.default_rng(5)
    runs = {}
    for model in PAPER_MODELS:
        for seed in range(3):
            run = make_result(model, seed, dataset)
            test = run.evaluations["test"]
            logits = trained_logits(random, test.classes)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            probabilities = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
            assert 0.8 < (probabilities.max(axis=1) > 0.99).mean() < 0.95
            classes = probabilities.argmax(axis=1).astype(np.int32)
            sets = {**run.evaluations, "test": Evaluation(classes, probabilities)}
            runs[model.slug, seed] = dataclasses.replace(run, evaluations=sets)
    evidence = collect_evidence("1", experiment.model_dump(mode="json"), dataset, runs)
    data = encode(evidence)
    assert len(data) < 1_200_000
    assert_equal(decode(data), evidence)


def test_a_class_that_is_not_the_most_probable_one_is_kept() -> None:
    """Where predictions and probabilities disagree, both are carried as they were given."""
    random = np.random.default_rng(3)
    probabilities = random.dirichlet(np.ones(4), size=50).astype(np.float32)
    classes = ((probabilities.argmax(axis=1) + 1) % 4).astype(np.int32)
    kept = keep_evaluation(Evaluation(classes, probabilities), True, exact=False)
    np.testing.assert_array_equal(kept.classes, classes)
    assert kept.probabilities is not None
    np.testing.assert_array_equal(kept.probabilities, probabilities.astype(np.float64))
