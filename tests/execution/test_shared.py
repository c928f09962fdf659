import errno
import tempfile
from dataclasses import replace

import numpy as np
import pytest

from reportgen.errors import TrainingFailed
from reportgen.execution.shared import SharedArray, share_images
from tests.support.training import make_images


def test_views_share_one_memory() -> None:
    """What is written through one view is read through another, also after the file is closed."""
    array = SharedArray((3, 4), np.float32)
    first, second = array.view(), array.view()
    array.close()
    first[1, 2] = 7.0
    assert second[1, 2] == 7.0
    assert second.sum() == 7.0


def test_shared_images_are_the_images() -> None:
    """All images and labels arrive, in their order and shape."""
    images = make_images()
    shared = share_images(images)
    train, labels = shared.train_inputs.view(), shared.train_labels.view()
    assert train.dtype == images.train_inputs.dtype
    np.testing.assert_array_equal(train, images.train_inputs)
    np.testing.assert_array_equal(labels, images.train_labels)
    np.testing.assert_array_equal(shared.test_inputs.view(), images.test_inputs)
    np.testing.assert_array_equal(shared.test_labels.view(), images.test_labels)
    assert shared.view_clusters() is None
    shared.close()


def test_clusters_are_shared_as_numbers() -> None:
    """In the order of the names of the groups."""
    images = make_images()
    names = np.array(["b", "a", "c", "b"]).repeat(len(images.train_labels) // 4)
    shared = share_images(replace(images, train_groups=names))
    clusters = shared.view_clusters()
    assert clusters is not None
    assert clusters[:: len(clusters) // 4].tolist() == [1, 0, 2, 1]
    shared.close()


def test_a_full_folder_is_an_error_and_not_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The space is reserved before it is written to; the error says where and what to do."""

    def reserve(descriptor: int, start: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", reserve, raising=False)
    with pytest.raises(TrainingFailed, match=r"0\.0 MB.*: No space left on device; .*TMPDIR") as e:
        share_images(make_images())
    assert tempfile.gettempdir() in str(e.value)


def test_no_folder_for_temporary_files_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where only the output folder can be written."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/1"])
    with pytest.raises(TrainingFailed, match="of which there is none: No usable temporary"):
        share_images(make_images())
