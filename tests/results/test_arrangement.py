"""The order of codes: it can be undone, and it makes like codes neighbours."""

from __future__ import annotations

import lzma

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reportgen.results.arrangement import Arranger
from reportgen.results.quantisation import quantise


@given(
    runs=st.integers(1, 4), count=st.integers(0, 30), classes=st.integers(2, 9), seed=st.integers(0)
)
def test_codes_come_back(runs: int, count: int, classes: int, seed: int) -> None:
    """Any codes of any number of runs, read in the order in which they were written."""
    random = np.random.default_rng(seed)
    given_codes = random.integers(0, 256, (runs, count, classes - 1), dtype=np.uint8)
    predicted = random.integers(0, classes, (runs, count)).astype(np.int32)
    writer, reader = Arranger(), Arranger()
    for codes, answers in zip(given_codes, predicted, strict=True):
        arranged = writer.arrange(codes, answers)
        assert arranged.shape == (classes - 1, count)
        np.testing.assert_array_equal(reader.restore(arranged, answers), codes)


def test_runs_that_agree_are_smaller() -> None:
    """Runs with nearly the same logits compress to less than in the order of the examples."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 5, (4000, 10))
    writer, ours, plain = Arranger(), b"", b""
    for _ in range(3):
        odds = np.exp(logits + random.normal(0, 0.5, logits.shape))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
        classes = probabilities.argmax(axis=1).astype(np.int32)
        codes = quantise(probabilities, classes)
        ours, plain = ours + writer.arrange(codes, classes).tobytes(), plain + codes.T.tobytes()
    assert len(lzma.compress(ours)) < 0.9 * len(lzma.compress(plain))
