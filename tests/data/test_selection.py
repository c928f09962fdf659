"""Limits and splits: even, exact, and the same on every machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.config.schema import Data
from reportgen.data.selection import even_quotas, spread, stratified_quotas
from reportgen.data.source import read_arrays
from reportgen.data.sources import digits_source, find_source
from tests.data.generated import generate

counts = st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any)


@given(counts, st.integers(0, 400))
def test_even_quotas_are_even_and_complete(available: list[int], limit: int) -> None:
    """They add up, never ask for more than there is, and differ by one at most among the open."""
    quotas = even_quotas(available, limit).tolist()
    assert sum(quotas) == min(limit, sum(available))
    assert all(quota <= count for quota, count in zip(quotas, available, strict=True))
    open_quotas = [q for q, count in zip(quotas, available, strict=True) if q < count]
    assert all(quota <= min(open_quotas) + 1 for quota in quotas if open_quotas)


@given(counts, st.floats(0, 1))
def test_stratified_quotas_keep_proportions(available: list[int], share: float) -> None:
    """Each class is within one example of its share, and the total is exact."""
    total = round(share * sum(available))
    quotas = stratified_quotas(available, total)
    assert quotas.sum() == total
    exact = np.asarray(available) * total / sum(available)
    assert np.all(np.abs(quotas - exact) < 1)
    assert np.all(quotas <= available)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=200), st.integers(1, 60))
def test_spread_takes_the_quota_of_each_class(labels: list[int], limit: int) -> None:
    """Indices are distinct, ascending, and as many of each class as was asked for."""
    array = np.asarray(labels, dtype=np.uint8)
    quotas = even_quotas(np.bincount(array), limit)
    chosen = spread(array, quotas)
    assert np.all(np.diff(chosen) > 0)
    assert np.array_equal(np.bincount(array[chosen], minlength=len(quotas)), quotas)


def test_spread_covers_the_whole_file() -> None:
    """The examples of a class come from its start, middle and end alike."""
    labels = np.zeros(100, dtype=np.uint8)
    assert spread(labels, np.array([4])).tolist() == [12, 37, 62, 87]


def test_limits_take_evenly_from_each_class(tmp_path: Path) -> None:
    """Limited images are examples of the file, in its order, evenly from each class."""
    generated = generate()
    generated.write(tmp_path)
    data = Data(name="mnist", train_limit=23, test_limit=10)
    source = find_source(data, tmp_path, tmp_path / "cache", lambda _: None, generated.setting)
    limited, whole = read_arrays(source, data), read_arrays(source, Data(name="mnist"))
    assert sorted(np.bincount(limited.train_labels).tolist()) == [2] * 7 + [3] * 3
    assert np.bincount(limited.test_labels).tolist() == [1] * 10
    position = 0
    for image, label in zip(limited.train_inputs, limited.train_labels, strict=True):
        while not np.array_equal(whole.train_inputs[position], image):
            position += 1
        assert whole.train_labels[position] == label


@pytest.mark.parametrize("limit", [1437, 5000])
def test_limit_beyond_the_data_takes_all(limit: int) -> None:
    """More than there is means all there is."""
    data = Data(name="digits", train_limit=limit)
    assert len(read_arrays(digits_source(), data).train_labels) == 1437
