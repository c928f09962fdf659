"""Archives of arrays: names, shapes, types, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reportgen.errors import DataDamaged
from tests.data.own import read

RANDOM = np.random.default_rng(2)
GREY = RANDOM.integers(0, 256, (12, 5, 4)).astype(np.uint8)
LABELS = np.arange(12) % 3


def save(folder: Path, **arrays: Any) -> Path:
    """Write an archive of these arrays."""
    np.savez(folder / "set.npz", **arrays)
    return folder


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [("x_train", "y_train"), ("train_images", "train_labels"), ("X_TRAIN", "Y_train")],
)
def test_names_of_arrays(tmp_path: Path, inputs: str, labels: str) -> None:
    """Arrays are found by the names that are in use, in either case."""
    names = {inputs: GREY, labels: LABELS}
    names |= {
        name.replace("train", "test").replace("TRAIN", "TEST"): v for name, v in names.items()
    }
    arrays = read(save(tmp_path, **names), source="set.npz")
    np.testing.assert_array_equal(arrays.train_inputs[:, 0], GREY)
    np.testing.assert_array_equal(arrays.test_labels, LABELS)
    assert arrays.train_labels.dtype == np.int32


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        (GREY, (1, 5, 4)),
        (GREY[:, None], (1, 5, 4)),
        (GREY[..., None], (1, 5, 4)),
        (np.stack([GREY] * 3, axis=-1), (3, 5, 4)),
        (np.stack([GREY] * 3, axis=1), (3, 5, 4)),
        (GREY.astype(np.int64), (1, 5, 4)),
        (GREY > 128, (1, 5, 4)),
    ],
)
def test_images_of_every_layout(tmp_path: Path, values: np.ndarray, shape: tuple[int, ...]) -> None:
    """Channels come first; whole numbers up to 255 are levels of 8 bits."""
    arrays = read(
        save(tmp_path, x_train=values, y_train=LABELS, x_test=values, y_test=LABELS),
        source="set.npz",
    )
    assert arrays.input_shape == shape
    assert arrays.train_inputs.dtype == np.uint8
    expected = np.where(values, 255, 0) if values.dtype == bool else values
    reshaped = arrays.train_inputs
    if expected.ndim == 4 and expected.shape[-1] in (1, 3):
        reshaped = np.moveaxis(reshaped, 1, -1)
    np.testing.assert_array_equal(reshaped.reshape(expected.shape), expected)


def test_text_labels_and_named_classes(tmp_path: Path) -> None:
    """Labels may be text; `classes` gives the order, or names the numbers 0, 1, 2."""
    words = np.array(["c", "a", "b"])[LABELS]
    folder = save(tmp_path, x=GREY, y=words)
    assert read(folder, source="set.npz").classes == ("a", "b", "c")
    arrays = read(folder, source="set.npz", classes=["c", "b", "a"])
    assert arrays.classes == ("c", "b", "a")
    assert np.bincount(arrays.train_labels).tolist() == [3, 3, 3] or len(arrays.train_labels) == 10
    folder = save(tmp_path, x_train=GREY, y_train=LABELS, x_test=GREY, y_test=LABELS[:, None])
    arrays = read(folder, source="set.npz", classes=["red", "green", "blue"])
    assert arrays.classes == ("red", "green", "blue")
    np.testing.assert_array_equal(arrays.test_labels, LABELS)


def test_labels_need_not_begin_at_zero(tmp_path: Path) -> None:
    """Labels 1, 2 and 30 are three classes, named so, in the order of numbers."""
    labels = np.array([30, 2, 1])[LABELS]
    arrays = read(save(tmp_path, x=GREY, y=labels), source="set.npz")
    assert arrays.classes == ("1", "2", "30")


def test_tables_of_numbers_are_standardised(tmp_path: Path) -> None:
    """Each feature has mean 0 and deviation 1 over the training set; a constant one becomes 0."""
    train, test = RANDOM.normal(1e6, 3, (50, 4)), RANDOM.normal(1e6, 3, (20, 4))
    train[:, 2] = test[:, 2] = 7.0
    labels = np.arange(50) % 2
    folder = save(tmp_path, x_train=train, y_train=labels, x_test=test, y_test=labels[:20])
    arrays = read(folder, source="set.npz")
    assert arrays.input_shape == (4,)
    assert arrays.train_inputs.dtype == np.float32
    std = np.where(train.std(0) > 0, train.std(0), 1)
    np.testing.assert_allclose(arrays.test_inputs, (test - train.mean(0)) / std, atol=1e-6)
    plain = read(folder, source="set.npz", normalize={"standardize": False})
    np.testing.assert_array_equal(plain.train_inputs, train.astype(np.float32))
    given = read(folder, source="set.npz", normalize={"mean": 5.0, "std": 2.0})
    np.testing.assert_allclose(given.test_inputs, (test - 5) / 2, rtol=1e-6)


def test_float_images_are_standardised_by_channel(tmp_path: Path) -> None:
    """Floating-point images keep their shape and are brought to mean 0 for each channel."""
    images = RANDOM.normal(size=(30, 3, 4, 4)) + np.array([0, 5, -5]).reshape(3, 1, 1)
    arrays = read(save(tmp_path, x=images, y=np.arange(30) % 2), source="set.npz")
    assert arrays.input_shape == (3, 4, 4)
    np.testing.assert_allclose(arrays.train_inputs.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(arrays.train_inputs.std(axis=(0, 2, 3)), 1, atol=1e-6)


def test_a_thousand_classes(tmp_path: Path) -> None:
    """1,000 classes are read, with labels beyond 255."""
    labels = np.arange(2000) % 1000
    inputs = RANDOM.integers(0, 256, (2000, 2, 2)).astype(np.uint8)
    folder = save(tmp_path, x_train=inputs, y_train=labels, x_test=inputs, y_test=labels)
    arrays = read(folder, source="set.npz")
    assert len(arrays.classes) == 1000
    np.testing.assert_array_equal(arrays.test_labels, labels)


def test_groups_of_test_examples(tmp_path: Path) -> None:
    """Named beside a test set, they are its own; beside all examples, they are not divided."""
    hands = np.repeat(["ann", "bob", "cid", "dee"], 3)
    split = {"x_train": GREY, "y_train": LABELS, "x_test": GREY, "y_test": LABELS}
    arrays = read(save(tmp_path, **split, groups_test=hands), source="set.npz")
    assert arrays.test_groups is not None
    assert arrays.test_groups.tolist() == hands.tolist()

    whole = save(tmp_path, x=GREY, y=LABELS, groups=np.arange(12) // 3)
    arrays = read(whole, source="set.npz", test_fraction=0.5)
    assert arrays.test_groups is not None
    assert len(set(arrays.test_groups.tolist())) == 2
    assert len(arrays.test_labels) == 6
    few = r"a share of {} of the 4 groups is fewer than two, .*set a larger data\.test_fraction"
    for fraction in (0.25, 0.1):
        with pytest.raises(DataDamaged, match=few.format(fraction)):
            read(whole, source="set.npz", test_fraction=fraction)

    with pytest.raises(DataDamaged, match="groups_test has 5 groups for 12 examples"):
        read(save(tmp_path, **split, groups_test=hands[:5]), source="set.npz")
