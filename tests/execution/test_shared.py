import numpy as np

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
    shared.close()
