"""Test images that somebody else has changed: a `.npy` file for each way, such as those of MNIST-C.

The images are those of the test set, in its order. A file `test_labels.npy` beside them is compared
with the labels of the test set.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.archive import shape_inputs
from reportgen.data.source import read_arrays
from reportgen.data.sources import SearchOptions, find_source
from reportgen.data.tables import load_array, read_bytes
from reportgen.errors import DataDamaged, DataUnavailable
from reportgen.results.records import Dataset

LABELS = "test_labels.npy"


@dataclass(frozen=True)
class ImageFile:
    """A file of changed test images."""

    path: Path
    sha256: str


def find_images(path: Path, dataset: Dataset) -> ImageFile:
    """Return the file at `path`; raises DataUnavailable, DataDamaged where it does not fit."""
    content = _read_bytes(path)
    images = _decode(path, content)
    expected = (dataset.record.test, *dataset.record.input_shape)
    if images.shape != expected:
        raise DataDamaged(
            f"{path}: the images have the shape {list(images.shape)}, but those of the test set "
            f"have {list(expected)}; each image must be a changed copy of the test image at its "
            "place"
        )
    labels = path.with_name(LABELS)
    if labels.is_file():
        found = load_array(labels, read_bytes(labels)).ravel()
        if not np.array_equal(found, dataset.test_labels):
            raise DataDamaged(
                f"{labels}: the labels are not those of the test set in the same order"
            )
    return ImageFile(path, sha256(content).hexdigest())


def read_again(file: ImageFile) -> NDArray[np.uint8]:
    """Return the images of a file that was found before; raises DataDamaged where it has changed.

    Raises DataUnavailable where it is gone.
    """
    content = _read_bytes(file.path)
    if sha256(content).hexdigest() != file.sha256:
        raise DataDamaged(f"{file.path} was changed while the report was built; build again")
    return _decode(file.path, content)


def find_others(name: str, data_dir: Path | None, dataset: Dataset) -> NDArray[np.uint8]:
    """Return the test images of another data set, where its files are there; nothing is downloaded.

    Raises DataUnavailable where they are not, or are of another size.
    """
    options = SearchOptions(download=False)
    data = Data.model_validate({"name": name})
    source = find_source(data, data_dir, None, lambda _: None, options)
    inputs = read_arrays(source, data).test_inputs
    expected = dataset.record.input_shape
    if inputs.shape[1:] != expected:
        raise DataUnavailable(
            f"the images of {source.title} have the shape {list(inputs.shape[1:])}, but those of "
            f"the test set have {list(expected)}; remove {name!r} from studies.confidence.foreign"
        )
    return np.asarray(inputs, dtype=np.uint8)


def _read_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise DataUnavailable(f"{path} does not exist, but studies.robustness.source asks for it")
    return read_bytes(path)


def _decode(path: Path, content: bytes) -> NDArray[np.uint8]:
    """Return the images of a file, `[n, channels, height, width]`; raises DataDamaged."""
    found = load_array(path, content)
    images = shape_inputs(found, str(path)) if found.dtype == np.uint8 else found
    if images.dtype != np.uint8 or images.ndim != 4:
        raise DataDamaged(
            f"{path}: the array is {found.dtype} of the shape {list(found.shape)}; expected are "
            "images of 8-bit levels: uint8 [n, height, width, channels] or [n, height, width]"
        )
    return images
