"""Images that all workers read from the same memory; loads no torch.

An unnamed temporary file is mapped by every process: there is one copy of it in memory, it needs no
room in /dev/shm (64 MB in a container), and nothing is left behind, however a process dies.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reportgen.data.images import Images
from reportgen.results.records import RunSpec

CHUNK = 4096
"""Images that are normalised at a time, so that no second copy of all of them is made."""


class SharedArray:
    """An array in a file without a name; a worker that is handed it maps the same memory."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        with tempfile.TemporaryFile(prefix="reportgen-") as file:
            file.truncate(max(1, self.nbytes))
            self._descriptor = os.dup(file.fileno())

    @property
    def nbytes(self) -> int:
        """Size of the array in bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def view(self) -> NDArray[Any]:
        """Return the array itself, not a copy."""
        memory = mmap.mmap(self._descriptor, max(1, self.nbytes))
        return np.frombuffer(memory, self.dtype, int(np.prod(self.shape))).reshape(self.shape)

    def close(self) -> None:
        """Let go of the file; views stay valid."""
        os.close(self._descriptor)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_descriptor": DupFd(self._descriptor)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._descriptor = state["_descriptor"].detach()


@dataclass(frozen=True)
class SharedImages:
    """A data set, normalised once, as every worker sees it."""

    train_images: SharedArray
    """float32 `[n, channels, height, width]`."""
    train_labels: SharedArray
    """int64 `[n]`."""
    test_images: SharedArray
    test_labels: SharedArray

    def close(self) -> None:
        """Let go of the memory, once no worker needs it."""
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            array.close()


def share_images(images: Images, spec: RunSpec) -> SharedImages:
    """Normalise the images as `spec` says and put them where workers can read them.

    Raises:
        OSError: there is no room for them in the folder for temporary files.
    """
    return SharedImages(
        train_images=_normalized(images.train_images, spec),
        train_labels=_labels(images.train_labels),
        test_images=_normalized(images.test_images, spec),
        test_labels=_labels(images.test_labels),
    )


def normalize(pixels: NDArray[np.uint8], mean: float, std: float) -> NDArray[np.float32]:
    """Return (pixel / 255 − mean) / std in float32, step by step as torchvision's transforms do."""
    scaled = pixels.astype(np.float32) / np.float32(255)
    return (scaled - np.float32(mean)) / np.float32(std)


def _normalized(pixels: NDArray[np.uint8], spec: RunSpec) -> SharedArray:
    shared = SharedArray((len(pixels), *spec.input_shape), np.float32)
    view = shared.view()
    for first in range(0, len(pixels), CHUNK):
        chunk = normalize(pixels[first : first + CHUNK], spec.mean, spec.std)
        view[first : first + CHUNK] = chunk.reshape(-1, *spec.input_shape)
    return shared


def _labels(labels: NDArray[np.uint8]) -> SharedArray:
    shared = SharedArray(labels.shape, np.int64)
    shared.view()[:] = labels
    return shared
