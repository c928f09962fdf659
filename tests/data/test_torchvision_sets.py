"""Data sets that torchvision reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.source import read_arrays
from reportgen.data.sources import find_source
from reportgen.errors import DataUnavailable
from tests.data.generated import generate, idx


def read(folder: Path | None, **settings: object) -> DataArrays:
    """Return the arrays of a data set that torchvision reads below `folder`."""
    data = Data.model_validate(settings)
    return read_arrays(find_source(data, folder, None, lambda _: None), data)


@pytest.mark.slow
def test_torchvision_reads_what_is_there(tmp_path: Path) -> None:
    """The arrays are those of the files, and the classes have torchvision's names."""
    generated = generate("fashion-mnist")
    generated.write(tmp_path)
    arrays = read(tmp_path, source="torchvision:FashionMNIST")
    named = read_arrays(
        find_source(Data(name="fashion-mnist"), tmp_path, None, lambda _: None, generated.setting),
        Data(name="fashion-mnist"),
    )
    np.testing.assert_array_equal(arrays.test_inputs, named.test_inputs)
    np.testing.assert_array_equal(arrays.train_labels, named.train_labels)
    assert arrays.classes[:2] == ("T-shirt/top", "Trouser")


@pytest.mark.slow
def test_options_are_handed_on(tmp_path: Path) -> None:
    """EMNIST needs the name of a split; a name without examples is no class."""
    random = np.random.default_rng(0)
    raw = tmp_path / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "test"):
        images = random.integers(0, 256, (52, 28, 28)).astype(np.uint8)
        labels = (np.arange(52) % 26 + 1).astype(np.uint8)
        (raw / f"emnist-letters-{part}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"emnist-letters-{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    arrays = read(tmp_path, source="torchvision:EMNIST", options={"split": "letters"})
    assert arrays.classes == tuple("abcdefghijklmnopqrstuvwxyz")
    assert arrays.input_shape == (1, 28, 28)


def test_writers_of_qmnist_are_groups(tmp_path: Path) -> None:
    """The first of eight columns is the class, the third the writer."""
    random = np.random.default_rng(0)
    raw = tmp_path / "QMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "test"):
        images = random.integers(0, 256, (40, 28, 28)).astype(np.uint8)
        labels = np.zeros((40, 8), dtype=">i4")
        labels[:, 0], labels[:, 2] = np.arange(40) % 10, 2100 + np.arange(40) // 10
        (raw / f"qmnist-{part}-images-idx3-ubyte").write_bytes(idx(images))
        head = bytes([0, 0, 0x0C, 2]) + (40).to_bytes(4, "big") + (8).to_bytes(4, "big")
        (raw / f"qmnist-{part}-labels-idx2-int").write_bytes(head + labels.tobytes())
    arrays = read(tmp_path, source="torchvision:QMNIST")
    assert arrays.classes[:2] == ("0 - zero", "1 - one")
    assert arrays.test_labels.tolist() == (np.arange(40) % 10).tolist()
    assert arrays.test_groups is not None
    assert arrays.test_groups[[0, 39]].tolist() == ["writer 2100", "writer 2103"]


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("torchvision:CIFAR100", {}, "cannot be read from"),
        ("torchvision:CIFRA10", {}, 'no data set .*did you mean "CIFAR10"'),
        ("torchvision:KMNIST", {"color": 1}, "no option 'color'"),
        ("torchvision:FakeData", {}, "is not split into training and test set"),
    ],
)
def test_what_torchvision_cannot_read_is_a_sentence(
    tmp_path: Path, source: str, options: dict[str, object], message: str
) -> None:
    """Missing files, unknown names and options end with a sentence of what is wrong."""
    with pytest.raises(DataUnavailable, match=message):
        read(tmp_path, source=source, options=options)
