"""Inputs and labels that all workers read from the same memory; loads no torch.

An unnamed temporary file is mapped by every process: there is one copy of it in memory, it needs no
space in /dev/shm (64 MB in a container), and nothing is left behind when a process is killed.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reportgen.data.arrays import DataArrays
from reportgen.errors import TrainingFailed


class SharedArray:
    """An array in an unnamed file; a worker that receives it maps the same memory."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        with tempfile.TemporaryFile(prefix="reportgen-") as file:
            # An empty file cannot be mapped.
            file.truncate(max(1, self.nbytes))
            if hasattr(os, "posix_fallocate"):
                # Without space of its own, writing to the mapped file ends the process.
                os.posix_fallocate(file.fileno(), 0, max(1, self.nbytes))
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
        """Close the file; views stay valid."""
        os.close(self._descriptor)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_descriptor": DupFd(self._descriptor)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._descriptor = state["_descriptor"].detach()


@dataclass(frozen=True)
class SharedImages:
    """A data set in shared memory."""

    train_inputs: SharedArray
    """uint8 or float32, `[n, channels, height, width]` or `[n, features]`."""
    train_labels: SharedArray
    """int32 `[n]`."""
    test_inputs: SharedArray
    test_labels: SharedArray
    train_clusters: SharedArray | None = None
    """int32 `[n]`; None where each training example is independent of all others."""

    def close(self) -> None:
        """Release the memory, once no worker needs it."""
        for array in vars(self).values():
            if array is not None:
                array.close()

    def view_clusters(self) -> NDArray[np.int32] | None:
        """Return the number of each training example's cluster, `[n]`, if it has one."""
        return None if self.train_clusters is None else self.train_clusters.view()


def share_images(images: DataArrays) -> SharedImages:
    """Put the examples where workers can read them.

    Raises:
        TrainingFailed: there is no folder for temporary files, or not enough space in it.
    """
    parts = [images.train_inputs, images.train_labels, images.test_inputs, images.test_labels]
    if images.train_clusters is not None:
        parts.append(images.train_clusters)
    with ExitStack() as stack:
        try:
            shared = [stack.enter_context(closing(_share(part))) for part in parts]
        except OSError as error:
            megabytes = sum(part.nbytes for part in parts) / 2**20
            raise TrainingFailed(
                f"the examples, {megabytes:,.1f} MB, cannot be written to the folder for temporary "
                f"files, {temporary_folder()}: {error.strerror or error}; set the environment "
                "variable TMPDIR to a folder that can be written and has that much space"
            ) from error
        stack.pop_all()
    return SharedImages(*shared)


def temporary_folder() -> str:
    """Return the folder for temporary files, as errors name it; there may be none."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return "of which there is none"


def _share(values: NDArray[Any]) -> SharedArray:
    shared = SharedArray(values.shape, values.dtype)
    shared.view()[:] = values
    return shared
