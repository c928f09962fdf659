"""The embedded digits: those of scikit-learn, enlarged and split the same everywhere."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import map_coordinates

from reportgen.config.schema import Data
from reportgen.data.digits import digits_path, enlarge, read_digits, split_digits
from reportgen.data.source import read_arrays
from reportgen.data.sources import digits_source
from reportgen.errors import DataDamaged, DataUnavailable


def test_file_holds_the_digits_of_scikit_learn() -> None:
    """What is read from the file is what scikit-learn's own reader returns."""
    from sklearn.datasets import load_digits

    published = load_digits()
    images, labels = read_digits(digits_path())
    assert np.array_equal(labels, published.target)
    assert np.array_equal(images, enlarge(published.images.astype(np.int64)))


@given(arrays(np.int64, (2, 8, 8), elements=st.integers(0, 16)))
def test_enlarging_is_bilinear_interpolation(small: np.ndarray) -> None:
    """Every pixel is SciPy's linear interpolation at its centre, to within rounding."""
    centres = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    grid = np.meshgrid(centres, centres, indexing="ij")
    for image, enlarged in zip(small, enlarge(small), strict=True):
        exact = map_coordinates(image / 16 * 255, grid, order=1, mode="nearest")
        assert np.all(np.abs(enlarged - exact) <= 0.5 + 1e-9)


def test_ink_and_paper_keep_their_ends() -> None:
    """Blank stays 0 and full ink becomes 255, in unsigned bytes of 28 × 28."""
    for ink, byte in ((0, 0), (16, 255)):
        enlarged = enlarge(np.full((1, 8, 8), ink))
        assert enlarged.shape == (1, 28, 28)
        assert enlarged.dtype == np.uint8
        assert np.all(enlarged == byte)


def test_split_is_stratified_and_complete() -> None:
    """A fifth of each class is held out, and no example is in both parts or in none."""
    _, labels = read_digits(digits_path())
    train, test = split_digits(labels)
    assert (len(train), len(test)) == (1437, 360)
    assert sorted([*train, *test]) == list(range(1797))
    share = np.bincount(labels[test]) / np.bincount(labels)
    assert np.all(np.abs(share - 360 / 1797) < 1 / np.bincount(labels).min())


def test_images_follow_the_split() -> None:
    """Images and labels stay together."""
    images, labels = read_digits(digits_path())
    train, test = split_digits(labels)
    read = read_arrays(digits_source(), Data(name="digits"))
    assert np.array_equal(read.train_inputs[:, 0], images[train])
    assert np.array_equal(read.train_labels, labels[train])
    assert np.array_equal(read.test_inputs[:, 0], images[test])
    assert np.array_equal(read.test_labels, labels[test])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1,2,3\n" * 400, "rows of 65 numbers, found 400 of 3"),
        (",".join(["0"] * 65) + "\n", "found 1 of 65"),
        ("a,b\n", "expected a table of whole numbers"),
        ((",".join(["17"] * 64) + ",0\n") * 400, "pixels from 0 to 16"),
        ((",".join(["1"] * 64) + ",10\n") * 400, "labels from 0 to 9"),
    ],
)
def test_damaged_digits_are_named(tmp_path: Path, text: str, fault: str) -> None:
    """A file in scikit-learn's place that holds something else is refused."""
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(DataDamaged, match=fault) as caught:
        read_digits(path)
    assert str(path) in str(caught.value)


def test_missing_scikit_learn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scikit-learn the error says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DataUnavailable, match="pip install --force-reinstall scikit-learn"):
        digits_path()
