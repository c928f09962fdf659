"""Parts of the training examples: nested, stratified, the same for a seed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reportgen.data.subsets import draw_subset

LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=200).map(np.array)
SEEDS = st.integers(0, 2**31 - 1)


@given(LABELS, SEEDS, st.data())
def test_each_class_has_its_share(labels: np.ndarray, seed: int, data: st.DataObject) -> None:
    """As closely as the docstring states, for every size."""
    size = data.draw(st.integers(1, len(labels)))
    drawn = draw_subset(labels, size, seed)

    assert len(np.unique(drawn)) == len(drawn) == size
    assert list(drawn) == sorted(drawn)
    classes, counts = np.unique(labels, return_counts=True)
    shares = counts / len(labels)
    drawn_of = np.array([(labels[drawn] == each).sum() for each in classes])
    assert (abs(drawn_of - size * shares) <= (1 + len(classes) * shares) / 2 + 1e-9).all()


@given(LABELS, SEEDS, st.data())
def test_a_smaller_set_is_part_of_a_larger_one(
    labels: np.ndarray, seed: int, data: st.DataObject
) -> None:
    """Of the same seed."""
    size = data.draw(st.integers(1, len(labels)))
    smaller, larger = (draw_subset(labels, each, seed) for each in (size, len(labels)))
    assert set(smaller) <= set(draw_subset(labels, min(size + 7, len(labels)), seed))
    assert list(larger) == list(range(len(labels)))


def test_each_seed_draws_anew() -> None:
    """The same examples for the same seed, others for another."""
    labels = np.repeat(np.arange(10), 100)
    first, again, other = (draw_subset(labels, 50, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert len(np.intersect1d(first, other)) < 25
