"""Damaged files: each is named, with what was expected and what is there; none is trained on."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reportgen.config.schema import Data
from reportgen.data.catalogue import CATALOGUE
from reportgen.data.idx import find_fault, to_array
from reportgen.data.sources import find_source
from reportgen.errors import DataDamaged
from tests.data.generated import TRAIN, Generated, generate, idx

IMAGES, LABELS, TEST_IMAGES = 0, 1, 2


def find(generated: Generated, folder: Path) -> None:
    """Look for MNIST in `folder`, with a stand-in at hand that must not be taken."""
    data = Data.model_validate({"name": generated.facts.name, "fallback": "digits"})
    find_source(data, folder, folder / "cache", lambda _: None, generated.setting)


def array_of(generated: Generated, index: int) -> np.ndarray:
    """Return a writable copy of one file's values."""
    return to_array(np.frombuffer(generated.contents[index], dtype=np.uint8)).copy()


def with_label_ten(generated: Generated) -> bytes:
    """Return the training labels with one that no class has."""
    labels = array_of(generated, LABELS)
    labels[0] = 10
    return idx(labels)


def with_other_count(generated: Generated) -> bytes:
    """Return the training labels with one example moved to the next class."""
    labels = array_of(generated, LABELS)
    labels[0] = (labels[0] + 1) % 10
    return idx(labels)


CASES: dict[str, tuple[int, Callable[[Generated], bytes], str]] = {
    "empty": (IMAGES, lambda _: b"", r"expected 47,056 bytes, found 0"),
    "header only": (LABELS, lambda g: g.contents[LABELS][:6], r"expected 68 bytes, found 6"),
    "truncated": (
        IMAGES,
        lambda g: g.contents[IMAGES][:-1],
        r"expected 47,056 bytes, found 47,055",
    ),
    "too long": (IMAGES, lambda g: g.contents[IMAGES] + b"\0", r"7,056 bytes, found (47,057|more)"),
    "test for training": (
        IMAGES,
        lambda g: g.contents[TEST_IMAGES],
        r"expected 47,056 bytes, found 15,696",
    ),
    "other dimensions": (
        IMAGES,
        lambda g: idx(array_of(g, IMAGES).reshape(60, 14, 56)),
        r"expected the header of 60 × 28 × 28 images in the IDX format",
    ),
    "flipped": (
        IMAGES,
        lambda g: g.contents[IMAGES][:-1] + bytes([g.contents[IMAGES][-1] ^ 1]),
        r"expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}; some bytes differ",
    ),
    "label changed": (LABELS, with_label_ten, r"expected SHA-256"),
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("case", CASES)
def test_damaged_file_is_named(tmp_path: Path, case: str, compressed: bool) -> None:
    """The message names the file, what was expected and what came; the exit code is 3."""
    index, damage, expected = CASES[case]
    generated = generate()
    raw = generated.write(tmp_path, compressed)
    path = raw / (generated.facts.files[index].name + (".gz" if compressed else ""))
    content = damage(generated)
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataDamaged, match=expected) as caught:
        find(generated, tmp_path)
    assert str(caught.value).startswith(f"{path} is damaged: ")
    assert "Nothing was trained on it" in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("keep", [0, 1, 12, 200])
def test_broken_compression_is_named(tmp_path: Path, keep: int) -> None:
    """A compressed file that was cut is damaged, however much of it is there."""
    generated = generate()
    path = generated.write(tmp_path, compressed=True) / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataDamaged) as caught:
        find(generated, tmp_path)
    assert str(caught.value).startswith(f"{path} is damaged: expected")


def test_flipped_bit_in_compressed_file_changes_nothing_unseen(tmp_path: Path) -> None:
    """A flipped bit is found by a checksum, unless it lies in padding and the content is right."""
    generated = generate()
    path = generated.write(tmp_path, compressed=True) / "train-labels-idx1-ubyte.gz"
    whole = path.read_bytes()
    refused = 0
    for position in range(len(whole)):
        flipped = whole[position] ^ 0x10
        path.write_bytes(whole[:position] + bytes([flipped]) + whole[position + 1 :])
        try:
            find(generated, tmp_path)
        except DataDamaged as error:
            assert path.name in str(error)
            refused += 1
        else:
            assert gzip.decompress(path.read_bytes()) == generated.contents[LABELS]
    assert refused > len(whole) // 2


def test_missing_file_beside_others_is_named(tmp_path: Path) -> None:
    """A folder with three of the four files is incomplete, not empty."""
    generated = generate()
    (generated.write(tmp_path) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataDamaged, match="incomplete: t10k-labels-idx1-ubyte"):
        find(generated, tmp_path)


def test_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    """What cannot be read as a file is damaged."""
    generated = generate()
    path = generated.write(tmp_path) / "train-images-idx3-ubyte"
    path.unlink()
    path.mkdir()
    with pytest.raises(DataDamaged, match="train-images-idx3-ubyte is damaged: it cannot be read"):
        find(generated, tmp_path)


def test_counts_and_mean_stand_in_for_an_unknown_digest(tmp_path: Path) -> None:
    """Where no SHA-256 is known, wrong counts and other images are found out all the same."""
    generated = generate("kmnist", known=False)
    raw = generated.write(tmp_path)
    (raw / "train-labels-idx1-ubyte").write_bytes(with_other_count(generated))
    with pytest.raises(DataDamaged, match=r"expected 6 examples of class \d, found [57]"):
        find(generated, tmp_path)
    (raw / "train-labels-idx1-ubyte").write_bytes(generated.contents[LABELS])
    find(generated, tmp_path)
    (raw / "train-images-idx3-ubyte").write_bytes(idx(array_of(generated, IMAGES) // 2))
    with pytest.raises(DataDamaged, match="expected a mean pixel of"):
        find(generated, tmp_path)


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
def test_real_size_labels_are_checked_for_balance(name: str) -> None:
    """Labels of full size must have 6,000 of each class, and no other class."""
    file = CATALOGUE[name].files[1]
    labels = np.repeat(np.arange(10, dtype=np.uint8), 6000)
    content = np.frombuffer(idx(labels), dtype=np.uint8)
    assert find_fault(content, "", file, 10) is None
    labels[0] = 9
    content = np.frombuffer(idx(labels), dtype=np.uint8)
    assert find_fault(content, "", file, 10) == "expected 6,000 examples of class 0, found 5,999"
    labels[0] = 10
    content = np.frombuffer(idx(labels), dtype=np.uint8)
    assert find_fault(content, "", file, 10) == "expected labels from 0 to 9, found 10"


def test_generated_size() -> None:
    """The sizes in this file's expectations are those of the generated files."""
    assert len(generate().contents[IMAGES]) == 16 + TRAIN * 28 * 28 == 47_056
