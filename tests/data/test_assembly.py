"""What all sources of the user's own go through: splitting, overlap, natural order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.model_selection import train_test_split

from reportgen.data.assembly import draw_test_rows
from reportgen.data.describe import count_shared
from reportgen.data.labels import sort_names
from tests.support.examples import at_most


@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=12),
    fraction=st.floats(0.05, 0.5),
    seed=st.integers(0, 1000),
)
def test_every_class_keeps_its_proportion(counts: list[int], fraction: float, seed: int) -> None:
    """A class gives its share of the test rows to within one, and keeps one row for training."""
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    rows = draw_test_rows(labels.astype(np.int32), fraction, seed)
    assert len(set(rows.tolist())) == len(rows)
    taken = np.bincount(labels[rows], minlength=len(counts))
    assert (taken < counts).all()
    wanted = np.array(counts) * round(fraction * len(labels)) / len(labels)
    assert ((np.abs(taken - wanted) < 1) | (taken == np.array(counts) - 1)).all()


def test_the_split_has_the_counts_of_scikit_learn() -> None:
    """For classes of sizes that divide, each has as many test rows as scikit-learn gives it."""
    labels = np.repeat(np.arange(4), [100, 50, 200, 10]).astype(np.int32)
    _, theirs = train_test_split(labels, test_size=0.2, stratify=labels, random_state=0)
    rows = draw_test_rows(labels, 0.2, 0)
    assert np.bincount(labels[rows]).tolist() == np.bincount(theirs).tolist()


@at_most(50)
@given(
    train=arrays(np.uint8, (7, 2), elements=st.integers(0, 2)),
    test=arrays(np.uint8, (5, 2), elements=st.integers(0, 2)),
)
def test_shared_examples_are_counted(train: np.ndarray, test: np.ndarray) -> None:
    """The count is that of looking for each test example among all training examples."""
    expected = sum(any((row == other).all() for other in train) for row in test)
    assert count_shared(train, test) == expected


def test_names_are_sorted_as_people_sort_them() -> None:
    """Numbers in names count as numbers, and case does not matter."""
    names = ["b10", "B9", "a", "10", "9", "Z", "1.5", "b10"]
    assert sort_names(names) == ("1.5", "9", "10", "a", "B9", "b10", "b10", "Z")
