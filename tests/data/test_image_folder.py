"""Folders of images: layouts, kinds of files, grey and colour, sizes."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np
import pytest
from PIL import Image

from reportgen.data.image_folder import _images_below as images_in
from tests.data.own import find, read, write_image, write_images


def test_train_and_test_folders_are_read_as_they_are(tmp_path: Path) -> None:
    """Every pixel arrives, channels first, with the class of its folder."""
    train = write_images(tmp_path / "pets/train", ["dog", "cat"], 4)
    test = write_images(tmp_path / "pets/test", ["cat", "dog"], 2, seed=1)
    arrays = read(tmp_path, source="pets")
    assert arrays.classes == ("cat", "dog")
    assert arrays.input_shape == (3, 6, 5)
    for number, name in enumerate(arrays.classes):
        for pixels, inputs, labels in (
            (train[name], arrays.train_inputs, arrays.train_labels),
            (test[name], arrays.test_inputs, arrays.test_labels),
        ):
            np.testing.assert_array_equal(np.moveaxis(inputs[labels == number], 1, -1), pixels)


def test_without_a_test_folder_a_part_is_split_off(tmp_path: Path) -> None:
    """The split has the wanted share of each class, and loses and repeats no image."""
    pixels = write_images(tmp_path / "pets", ["a", "b"], 10, (3, 3))
    arrays = read(tmp_path, source="pets", test_fraction=0.3, split_seed=4)
    assert np.bincount(arrays.test_labels).tolist() == [3, 3]
    both = np.concatenate([arrays.train_inputs, arrays.test_inputs])[:, 0]
    assert {image.tobytes() for image in both} == {
        image.tobytes() for images in pixels.values() for image in images
    }
    again, other = (
        read(tmp_path, source="pets", test_fraction=0.3, split_seed=seed) for seed in (4, 5)
    )
    np.testing.assert_array_equal(again.test_inputs, arrays.test_inputs)
    assert not np.array_equal(other.test_inputs, arrays.test_inputs)


def test_images_are_in_the_same_order_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There paths compare without regard to case, but the order decides digest and split."""
    for name in ("a.png", "B.png", "c-d/1.png", "c/1.png"):
        write_image(tmp_path / "set" / name, np.zeros((2, 2), np.uint8))
    monkeypatch.setattr(PurePath, "__lt__", lambda a, b: str(a).lower() < str(b).lower())
    found = [path.relative_to(tmp_path / "set").as_posix() for path in images_in(tmp_path / "set")]
    assert found == ["B.png", "a.png", "c/1.png", "c-d/1.png"]


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tif", "webp"])
def test_every_lossless_kind_gives_the_same_pixels(tmp_path: Path, suffix: str) -> None:
    """A grey image arrives the same through each kind of file that can hold it."""
    grey = np.arange(36, dtype=np.uint8).reshape(6, 6) * 7
    for name in ("a", "b"):
        for number in range(3):
            path = tmp_path / "set" / name / f"{number}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            # The formats without such an option ignore it.
            Image.fromarray(grey).save(path, lossless=True)
    arrays = read(tmp_path, source="set", channels=1)
    assert (arrays.train_inputs == grey).all()


def test_mixed_sizes_are_scaled_where_a_size_is_given(tmp_path: Path) -> None:
    """With `size`, each image has that height and width; one of the right size is unchanged."""
    small = write_images(tmp_path / "set/train", ["a", "b"], 2, (4, 6))
    write_image(tmp_path / "set/train/a/large.png", np.full((40, 60), 9, np.uint8))
    write_images(tmp_path / "set/test", ["a", "b"], 1, (4, 6))
    arrays = read(tmp_path, source="set", size=[4, 6])
    np.testing.assert_array_equal(arrays.train_inputs[:2, 0], small["a"])
    assert (arrays.train_inputs[2] == 9).all()


def test_channels_make_grey_and_colour_alike(tmp_path: Path) -> None:
    """A grey image made coloured has three equal channels; a coloured one made grey has one."""
    write_images(tmp_path / "set", ["a"], 3, (4, 4))
    write_images(tmp_path / "set", ["b"], 3, (4, 4, 3))
    colour = read(tmp_path, source="set", channels=3)
    grey_ones = colour.train_inputs[colour.train_labels == 0]
    assert (grey_ones == grey_ones[:, :1]).all()
    assert read(tmp_path, source="set", channels=1).input_shape == (1, 4, 4)


def test_transparent_pixels_are_white(tmp_path: Path) -> None:
    """What cannot be seen in an image cannot be learned from."""
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2, :, 3] = 255
    for name in "ab":
        for number in range(2):
            write_image(tmp_path / "set" / name / f"{number}.png", pixels)
    inputs = read(tmp_path, source="set", test_fraction=0.5).train_inputs
    assert (inputs[:, :, :2] == 0).all()
    assert (inputs[:, :, 2:] == 255).all()


def test_class_folders_are_in_natural_order(tmp_path: Path) -> None:
    """Class 10 comes after class 9, and other files in the folder are left alone."""
    write_images(tmp_path / "set", [f"class {number}" for number in range(12)], 2, (4, 4))
    (tmp_path / "set" / "README.txt").write_text("about")
    (tmp_path / "set" / ".DS_Store").write_bytes(b"\0")
    arrays = read(tmp_path, source="set", test_fraction=0.5)
    assert arrays.classes == tuple(f"class {number}" for number in range(12))


def test_the_files_of_a_split_are_one_entry_of_the_report(tmp_path: Path) -> None:
    """Names are those of the folders, without the folders of this machine; a pixel counts."""
    write_images(tmp_path / "pets/train", ["a", "b"], 3)
    write_images(tmp_path / "pets/test", ["a", "b"], 2)
    source = find(tmp_path, source="pets")
    assert [(file.name, file.usage) for file in source.files] == [
        ("pets/train/", "Training images, 6 files"),
        ("pets/test/", "Test images, 4 files"),
    ]
    write_image(tmp_path / "pets/test/a/000.png", np.zeros((6, 5, 3), np.uint8))
    assert find(tmp_path, source="pets").digest != source.digest
