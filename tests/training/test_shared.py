import numpy as np
import pytest
import torch
from torchvision import transforms

from reportgen.training.shared import SharedArray, normalize, share_images
from tests.training.support import SIDE, make_images, make_spec


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.5), (0.1307, 0.3081), (0.0, 1.0)])
def test_pixels_are_normalised_as_torchvision_does(mean: float, std: float) -> None:
    """Every grey level becomes the same bits as in ToTensor and Normalize."""
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    steps = [transforms.ToTensor(), transforms.Normalize((mean,), (std,))]
    theirs = transforms.Compose(steps)(levels[:, :, None])
    assert torch.equal(torch.from_numpy(normalize(levels, mean, std)), theirs[0])


def test_views_share_one_memory() -> None:
    """What is written through one view is read through another, also after the file is closed."""
    array = SharedArray((3, 4), np.float32)
    first, second = array.view(), array.view()
    array.close()
    first[1, 2] = 7.0
    assert second[1, 2] == 7.0
    assert second.sum() == 7.0


def test_shared_images_are_the_images() -> None:
    """All images and labels arrive, in their order, shape and type."""
    images, spec = make_images(), make_spec(mean=0.2, std=0.4)
    shared = share_images(images, spec)
    train, labels = shared.train_images.view(), shared.train_labels.view()
    assert train.dtype == np.float32 and labels.dtype == np.int64
    assert train.shape == (len(images.train_images), 1, SIDE, SIDE)
    np.testing.assert_array_equal(train[:, 0], normalize(images.train_images, 0.2, 0.4))
    np.testing.assert_array_equal(labels, images.train_labels)
    test = shared.test_images.view()
    np.testing.assert_array_equal(test[:, 0], normalize(images.test_images, 0.2, 0.4))
    shared.close()
