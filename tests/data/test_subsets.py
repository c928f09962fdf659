"""Parts of the training examples: nested, stratified, the same for a seed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.data.subsets import draw_subset, plan_validation
from reportgen.errors import DataDamaged
from tests.support.training import make_images, plan

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


@given(LABELS, SEEDS, st.data())
def test_whole_clusters_are_drawn(labels: np.ndarray, seed: int, data: st.DataObject) -> None:
    """All but the last one, and those of a smaller set are in every larger one."""
    of = data.draw(st.lists(st.integers(0, 12), min_size=len(labels), max_size=len(labels)))
    clusters = np.unique(of, return_inverse=True)[1]
    size = data.draw(st.integers(1, len(labels)))
    drawn = draw_subset(labels, size, seed, clusters)

    assert len(np.unique(drawn)) == size
    left = np.setdiff1d(np.arange(len(labels)), drawn)
    assert len(np.intersect1d(clusters[drawn], clusters[left])) <= 1
    larger = draw_subset(labels, min(size + 7, len(labels)), seed, clusters)
    assert set(drawn) <= set(larger)


@given(LABELS, SEEDS, st.data())
def test_clusters_of_one_example_change_nothing(
    labels: np.ndarray, seed: int, data: st.DataObject
) -> None:
    """Each example is then drawn by itself."""
    size = data.draw(st.integers(1, len(labels)))
    np.testing.assert_array_equal(
        draw_subset(labels, size, seed, np.arange(len(labels))), draw_subset(labels, size, seed)
    )


def test_patients_of_each_class_have_their_share() -> None:
    """As rows have where each is independent: of 30 patients to 10, a third are drawn of each."""
    clusters = np.repeat(np.arange(40), 5)
    labels = (clusters < 30).astype(np.int32)
    drawn = draw_subset(labels, 100, 3, clusters)
    patients = np.unique(clusters[drawn])
    assert len(patients) == 20
    assert (patients < 30).sum() == 15


def test_no_group_can_be_held_out() -> None:
    """Where each class has one group, and where the only group has all classes."""
    run, images = plan(validation_fraction=0.2), make_images()
    for names in (images.train_labels.astype(np.str_), np.full(len(images.train_labels), "a")):
        with pytest.raises(DataDamaged, match="groups of the training set can be held out"):
            plan_validation(run, replace(images, train_groups=names))


def test_groups_are_part_of_a_key_where_they_are_held_out() -> None:
    """Of a network that validates on them; a run without groups has the key that it had."""
    run, images = plan(validation_fraction=0.2), make_images()
    assert plan_validation(run, images).key == run.key
    names = np.arange(len(images.train_labels)) // 5
    grouped = plan_validation(run, replace(images, train_groups=names.astype(np.str_)))
    others = plan_validation(run, replace(images, train_groups=(names // 2).astype(np.str_)))
    assert len({run.key, grouped.key, others.key}) == 3
    without = plan()
    again = plan_validation(without, replace(images, train_groups=names.astype(np.str_)))
    assert again.key == without.key
