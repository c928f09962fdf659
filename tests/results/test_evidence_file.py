"""The evidence file: small, exact, and proof against any damage."""

from __future__ import annotations

import base64
import bz2
import dataclasses
import json
from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import VerificationFailed
from reportgen.results.evidence import Evidence, collect_evidence, reduce_predictions
from reportgen.results.evidence_file import LARGEST_CONTENT, MAGIC, decode, encode
from reportgen.results.records import Evaluation, RunOutcome
from tests.support.factories import PAPER_MODELS, make_build, make_dataset, make_result


@cache
def small_evidence() -> Evidence:
    """Return the evidence of two models with two seeds."""
    return make_build(PAPER_MODELS[:2], seeds=2, n=60)[2]


def assert_equal(first: Evidence, second: Evidence) -> None:
    """Make sure that two evidences are equal, types included."""
    assert first.header == second.header
    assert list(first.runs) == list(second.runs)
    assert list(first.baselines) == list(second.baselines)
    pairs = [(first.test_labels, second.test_labels), (first.train_labels, second.train_labels)]
    pairs += [(first.baselines[slug], second.baselines[slug]) for slug in first.baselines]
    for key in first.runs:
        for field in dataclasses.fields(first.runs[key]):
            pairs.append(
                (getattr(first.runs[key], field.name), getattr(second.runs[key], field.name))
            )
    for ours, theirs in pairs:
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 40),
    models=st.integers(1, 4),
    seeds=st.integers(1, 3),
    random=st.randoms(use_true_random=False),
)
def test_evidence_comes_back_exact(n: int, models: int, seeds: int, random: object) -> None:
    """Any sizes, any classes, any 16-bit values: decoded evidence is the one that was encoded."""
    _, _, evidence, _ = make_build(PAPER_MODELS[:models], seeds, n)
    generator = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    runs = {
        pair: dataclasses.replace(
            run,
            predicted=generator.integers(0, 10, n).astype(np.int32),
            confidence=generator.integers(0, 65536, n).astype(np.uint16),
            brier=generator.integers(0, 65536, n).astype(np.uint16),
        )
        for pair, run in evidence.runs.items()
    }
    evidence = dataclasses.replace(evidence, runs=runs)
    data = encode(evidence)
    assert_equal(decode(data), evidence)
    assert encode(decode(data)) == data
    assert decode(data).digest() == evidence.digest()


def test_a_change_of_any_array_changes_the_digest() -> None:
    """The digest of the evidence covers every array."""
    evidence = small_evidence()
    digests = {evidence.digest()}
    digests.add(dataclasses.replace(evidence, test_labels=evidence.test_labels[::-1]).digest())
    digests.add(dataclasses.replace(evidence, train_labels=evidence.train_labels[::-1]).digest())
    digests.add(
        dataclasses.replace(
            evidence, baselines={slug: item ^ 1 for slug, item in evidence.baselines.items()}
        ).digest()
    )
    for pair, run in evidence.runs.items():
        for field in dataclasses.fields(run):
            other = dataclasses.replace(run, **{field.name: getattr(run, field.name) ^ 1})
            digests.add(dataclasses.replace(evidence, runs={**evidence.runs, pair: other}).digest())
    assert len(digests) == 4 + 4 * len(evidence.runs)


def test_every_flipped_byte_is_found() -> None:
    """A change of any single byte, one bit or all of them, is never decoded."""
    data = encode(small_evidence())
    for position in range(len(data)):
        for mask in (1 << position % 8, 0xFF):
            damaged = bytearray(data)
            damaged[position] ^= mask
            with pytest.raises(VerificationFailed):
                decode(bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=100), start=st.integers(0, 60))
def test_other_bytes_are_refused(data: bytes, start: int) -> None:
    """Garbage, with or without a right beginning, ends with a plain error."""
    whole = encode(small_evidence())
    with pytest.raises(VerificationFailed):
        decode(whole[:start] + data)
    with pytest.raises(VerificationFailed):
        decode(whole + data + b"\x00")


def test_every_truncation_is_found() -> None:
    """Evidence that is cut anywhere is never decoded."""
    data = encode(small_evidence())
    for length in range(0, len(data), 7):
        with pytest.raises(VerificationFailed):
            decode(data[:length])


def forge(content: bytes, claimed: int | None = None) -> bytes:
    """Return a file with right checksums around any content."""
    length = len(content) if claimed is None else claimed
    body = length.to_bytes(8, "big") + bz2.compress(content)
    return MAGIC + sha256(body).digest() + body


def open_content(evidence: Evidence) -> tuple[dict[str, object], bytes]:
    """Return the header and the arrays of encoded evidence."""
    content = bz2.decompress(encode(evidence)[len(MAGIC) + 40 :])
    length = int.from_bytes(content[:4], "big")
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def close_content(header: object, arrays: bytes) -> bytes:
    """Return a forged file of this header and these arrays."""
    text = json.dumps(header).encode()
    return forge(len(text).to_bytes(4, "big") + text + arrays)


def test_memory_is_bounded() -> None:
    """A small file that unfolds to more than it claims, or claims too much, is refused at once."""
    bomb = bytes(50 * 2**20)
    with pytest.raises(VerificationFailed, match="another length"):
        decode(forge(bomb, claimed=1000))
    with pytest.raises(VerificationFailed, match="too many"):
        decode(forge(b"", claimed=LARGEST_CONTENT + 1))
    assert len(forge(bomb)) < 1000


@pytest.mark.parametrize("how", ["cut", "grown", "class", "sizes", "runs", "header", "extra key"])
def test_forged_contents_make_no_sense(how: str) -> None:
    """Right checksums around a wrong content: still no evidence."""
    header, arrays = open_content(small_evidence())
    assert_equal(decode(close_content(header, arrays)), small_evidence())
    dataset = header["dataset"]
    runs = header["runs"]
    assert isinstance(dataset, dict) and isinstance(runs, list)
    if how == "cut":
        arrays = arrays[:-1]
    elif how == "grown":
        arrays += b"\x00"
    elif how == "class":
        arrays = b"\x0a" + arrays[1:]
    elif how == "sizes":
        dataset["test"] = -1
    elif how == "runs":
        runs[1]["seed"] = runs[0]["seed"]
    elif how == "header":
        del header["reportgen"]
    else:
        header["odd"] = 1
    with pytest.raises(VerificationFailed, match="makes no sense"):
        decode(close_content(header, arrays))


def test_evidence_that_does_not_fit_its_header_is_not_written() -> None:
    """Encoding refuses arrays of another length or another set of runs."""
    evidence = small_evidence()
    with pytest.raises(ValueError, match="test_labels"):
        encode(dataclasses.replace(evidence, test_labels=evidence.test_labels[1:]))
    with pytest.raises(ValueError, match="runs are not those"):
        encode(dataclasses.replace(evidence, runs={}))
    with pytest.raises(ValueError, match="baselines are not those"):
        encode(dataclasses.replace(evidence, baselines={}))


def test_evidence_of_the_paper_is_well_under_a_megabyte() -> None:
    """Four models, three seeds, MNIST's 10,000 and 60,000 examples: as base64 below 600 kB.

    Confidences are those of margins between logits as trained networks have them: most near 1,
    half of them not exactly 1.
    """
    dataset = make_dataset(10_000, 60_000)
    _, _, evidence, _ = make_build(PAPER_MODELS, seeds=3, n=10)
    generator = np.random.default_rng(5)
    runs = {}
    for model in PAPER_MODELS:
        for seed in range(3):
            result = make_result(model, seed, dataset)
            predicted = result.evaluations["test"].classes
            logits = generator.normal(0, 2.0, (10_000, 10))
            logits[np.arange(10_000), predicted] = logits.max(axis=1) + generator.gamma(
                3.0, 4.0, 10_000
            )
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            probabilities = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
            classes = probabilities.argmax(axis=1).astype(np.int32)
            evaluations = {**result.evaluations, "test": Evaluation(classes, probabilities)}
            result = dataclasses.replace(result, evaluations=evaluations)
            runs[model.slug, seed] = reduce_predictions(result, dataset.test_labels)
    confidence = runs["cnn", 0].confidence / 65535
    assert 0.8 < (confidence > 0.99).mean() < 0.95 and (confidence < 1).mean() > 0.4
    evidence = dataclasses.replace(
        evidence,
        header=evidence.header.model_copy(update={"dataset": dataset.record}),
        test_labels=dataset.test_labels,
        train_labels=dataset.train_labels,
        baselines=dataset.baseline_predictions,
        runs=runs,
    )
    data = encode(evidence)
    assert len(base64.b64encode(data)) < 600_000
    assert_equal(decode(data), evidence)


def test_hundreds_of_classes_survive() -> None:
    """Labels and predictions beyond 255 come back as they were."""
    dataset = make_dataset(900, 1200, classes=300)
    results = {("cnn", seed): make_result(PAPER_MODELS[0], seed, dataset) for seed in range(2)}
    outcomes = {
        pair: RunOutcome(model=pair[0], seed=pair[1], key=result.key, outcome="trained")
        for pair, result in results.items()
    }
    evidence = collect_evidence("1", {}, dataset, results, outcomes)
    assert int(evidence.test_labels.max()) == 299
    assert_equal(decode(encode(evidence)), evidence)
