"""Finding a data set: which folder comes first, what stands in, what is said."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportgen.config.schema import Data
from reportgen.data.source import read_arrays
from reportgen.data.sources import VARIABLE, find_source
from reportgen.errors import DataDamaged, DataUnavailable
from tests.data.generated import generate

MNIST = Data(name="mnist")


@pytest.fixture(autouse=True)
def _no_named_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def ignore(message: str) -> None:
    """Take a message and forget it."""


def test_compressed_and_plain_files_are_the_same_source(tmp_path: Path) -> None:
    """Digest and images do not depend on whether the files are compressed."""
    generated = generate()
    generated.write(tmp_path / "plain")
    generated.write(tmp_path / "packed", compressed=True)
    sources = [
        find_source(MNIST, tmp_path / name, tmp_path / "cache", ignore, generated.setting)
        for name in ("plain", "packed")
    ]
    plain, packed = (read_arrays(source, MNIST) for source in sources)
    assert sources[0].digest == sources[1].digest
    assert np.array_equal(plain.train_inputs, packed.train_inputs)
    assert np.array_equal(plain.test_labels, packed.test_labels)
    assert plain.train_inputs.tobytes() == generated.contents[0][16:]


def test_other_compression_of_the_right_content_is_right(tmp_path: Path) -> None:
    """A file that somebody compressed anew is accepted: its content counts."""
    generated = generate()
    raw = generated.write(tmp_path, compressed=True)
    for path in raw.iterdir():
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1, mtime=99))
    source = find_source(MNIST, tmp_path, tmp_path / "cache", ignore, generated.setting)
    assert source.name == "mnist"


@pytest.mark.parametrize("below", [".", "MNIST", "MNIST/raw"])
def test_folder_may_be_named_at_any_depth(tmp_path: Path, below: str) -> None:
    """The folder above, the data set's own folder and the raw folder all do."""
    generated = generate()
    generated.write(tmp_path)
    source = find_source(MNIST, tmp_path / below, tmp_path / "cache", ignore, generated.setting)
    assert [file.bytes for file in source.files] == [len(file) for file in generated.contents]


def test_named_folder_comes_before_variable_and_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--data-dir goes before REPORTGEN_DATA, which goes before the cache."""
    generated = generate()
    folders = [tmp_path / name for name in ("named", "variable", "cache")]
    for folder in folders:
        generated.write(folder)
    monkeypatch.setenv(VARIABLE, str(folders[1]))

    def parent(data_dir: Path | None) -> Path:
        source = find_source(MNIST, data_dir, folders[2], ignore, generated.setting)
        return source.files[0].path.parents[2]

    assert parent(folders[0]) == folders[0]
    assert parent(None) == folders[1]
    monkeypatch.delenv(VARIABLE)
    assert parent(None) == folders[2]


def test_folder_of_another_data_set_is_not_taken(tmp_path: Path) -> None:
    """Files in a folder called KMNIST are not read as Fashion-MNIST, though their names agree."""
    kmnist, fashion = generate("kmnist", known=False), generate("fashion-mnist", known=False)
    raw = kmnist.write(tmp_path)
    catalogue = {**fashion.setting.catalogue, **kmnist.setting.catalogue}
    setting = replace(fashion.setting, catalogue=catalogue)
    with pytest.raises(DataUnavailable, match="no files of Fashion-MNIST"):
        find_source(Data(name="fashion-mnist"), raw, tmp_path / "cache", ignore, setting)


def test_missing_data_set_is_named_with_every_place(tmp_path: Path) -> None:
    """Without a stand-in the error says where was looked, what was expected and what to do."""
    generated = generate()
    with pytest.raises(DataUnavailable) as caught:
        find_source(MNIST, tmp_path / "typo", tmp_path / "cache", ignore, generated.setting)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert f"looked in {tmp_path / 'typo'} (--data-dir): there is no such folder" in message
    assert str(tmp_path / "cache" / "MNIST" / "raw") in message
    assert all(file.name in message for file in generated.facts.files)
    assert "--data-dir or REPORTGEN_DATA" in message
    assert 'data.fallback = "digits"' in message


def test_digits_stand_in_where_the_experiment_allows_it(tmp_path: Path) -> None:
    """The stand-in says what it stands in for and why, without a path of this machine."""
    said: list[str] = []
    source = find_source(
        Data(name="mnist", fallback="digits"),
        tmp_path / "nothing",
        tmp_path / "cache",
        said.append,
        generate().setting,
    )
    assert (source.name, source.stand_in_for) == ("digits", "mnist")
    assert source.stand_in_reason is not None
    assert source.stand_in_reason.startswith("MNIST was not found on this machine")
    assert str(tmp_path) not in source.stand_in_reason
    assert any(str(tmp_path / "nothing") in message for message in said)


def test_digits_that_were_asked_for_stand_in_for_nothing() -> None:
    """An experiment on the digits themselves has no stand-in."""
    source = find_source(Data(name="digits"), None, None, ignore)
    assert (source.stand_in_for, source.stand_in_reason) == (None, None)


def test_damaged_cache_is_said_and_not_served(tmp_path: Path) -> None:
    """A damaged file in the cache leads on to the next place; the user is warned."""
    generated = generate()
    raw = generated.write(tmp_path / "cache")
    damaged = raw / generated.facts.files[2].name
    damaged.write_bytes(b"")
    said: list[str] = []
    data = Data(name="mnist", fallback="digits")
    source = find_source(data, None, tmp_path / "cache", said.append, generated.setting)
    assert source.name == "digits"
    assert any(f"{damaged} is damaged" in message for message in said)


def test_file_that_changes_after_the_check_is_not_read(tmp_path: Path) -> None:
    """Images are only made of the bytes that were checked."""
    generated = generate()
    raw = generated.write(tmp_path)
    source = find_source(MNIST, tmp_path, tmp_path / "cache", ignore, generated.setting)
    path = raw / generated.facts.files[0].name
    path.write_bytes(generated.contents[0][:-1] + bytes([generated.contents[0][-1] ^ 1]))
    with pytest.raises(DataDamaged, match="changed after it was checked"):
        read_arrays(source, MNIST)


@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} does not name real data")
class TestRealMnist:
    """MNIST itself, where this machine has it."""

    folder = Path(os.environ.get(VARIABLE, "."))

    def test_real_files_are_accepted_and_read(self, tmp_path: Path) -> None:
        """The files match their SHA-256; the counts per class are the published ones."""
        source = find_source(MNIST, self.folder, tmp_path, ignore)
        images = read_arrays(source, MNIST)
        assert images.train_inputs.shape == (60_000, 1, 28, 28)
        assert images.test_inputs.shape == (10_000, 1, 28, 28)
        published = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert np.bincount(images.train_labels).tolist() == published
        published = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        assert np.bincount(images.test_labels).tolist() == published

    def test_real_mnist_is_not_taken_for_fashion(self, tmp_path: Path) -> None:
        """MNIST's files in a folder that says Fashion-MNIST are found out by their counts."""
        raw = find_source(MNIST, self.folder, tmp_path, ignore).files[0].path.parent
        (tmp_path / "FashionMNIST").mkdir()
        (tmp_path / "FashionMNIST" / "raw").symlink_to(raw.resolve())
        with pytest.raises(DataDamaged, match=r"mean pixel of 0\.2860|examples of class"):
            find_source(Data(name="fashion-mnist"), tmp_path, tmp_path / "cache", ignore)
