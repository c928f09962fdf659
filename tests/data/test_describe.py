"""What is said of a data set, and the key that it is kept under."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.describe import dataset_key, describe_dataset
from reportgen.data.source import Source, read_arrays
from reportgen.data.sources import digits_source, find_source
from reportgen.results.records import Dataset
from tests.data.generated import generate

DIGITS = Data(name="digits")


@pytest.fixture(scope="module")
def source() -> Source:
    """The embedded digits."""
    return digits_source()


@pytest.fixture(scope="module")
def images(source: Source) -> DataArrays:
    """Their images."""
    return read_arrays(source, DIGITS)


@pytest.fixture(scope="module")
def dataset(source: Source, images: DataArrays) -> Dataset:
    """What is said of them."""
    return describe_dataset(source, images)


def test_record_counts_what_is_there(dataset: Dataset, images: DataArrays) -> None:
    """Counts, classes and shape are those of the arrays."""
    record = dataset.record
    assert (record.train, record.test) == (len(images.train_labels), len(images.test_labels))
    assert record.input_shape == images.train_inputs.shape[1:] == (1, 28, 28)
    assert len(record.classes) == len(np.unique(images.train_labels))
    assert dataset.test_inputs is not None
    assert np.array_equal(dataset.test_inputs, images.test_inputs)
    assert np.array_equal(dataset.train_labels, images.train_labels)


def test_files_are_those_of_the_source(tmp_path: Path) -> None:
    """The file table names the uncompressed files, whether they are compressed or not."""
    generated = generate()
    generated.write(tmp_path, compressed=True)
    data = Data(name="mnist")
    found = find_source(data, tmp_path, tmp_path / "cache", lambda _: None, generated.setting)
    files = describe_dataset(found, read_arrays(found, data)).record.files
    assert [file.name for file in files] == [file.name for file in generated.facts.files]
    assert [file.bytes for file in files] == [len(content) for content in generated.contents]
    assert [file.sha256 for file in files] == [file.sha256 for file in generated.facts.files]
    assert files[0].usage == "Training images"


def test_digest_follows_every_array(images: DataArrays) -> None:
    """One changed value in any array, or another shape of the same bytes, is another digest."""
    digests = {images.sha256}
    for name in ("train_inputs", "train_labels", "test_inputs", "test_labels"):
        changed = getattr(images, name).copy()
        changed.flat[-1] ^= 1
        digests.add(replace(images, **{name: changed}).sha256)
    turned = images.train_inputs.reshape(-1, 14, 56)
    digests.add(replace(images, train_inputs=turned).sha256)
    assert len(digests) == 6
    assert images.sha256 in digests


def test_key_follows_all_that_the_record_follows_from(source: Source) -> None:
    """Content, limits and the stand-in change the key; the way the files lie does not."""
    (file,) = source.files
    others = [
        (replace(source, files=(replace(file, sha256="0" * 64),)), DIGITS),
        (replace(source, stand_in_for="mnist", stand_in_reason="none there"), DIGITS),
        (replace(source, stand_in_for="mnist", stand_in_reason="no network"), DIGITS),
        (source, Data(name="digits", train_limit=100)),
        (source, Data(name="digits", test_limit=100)),
    ]
    key = dataset_key(source, DIGITS)
    assert len({key, *(dataset_key(*other) for other in others)}) == 6
    moved = replace(source, files=(replace(file, path=Path("elsewhere")),))
    assert dataset_key(moved, Data(name="digits", fallback="digits")) == key
