"""Compile the kernels, and collect garbage, once for all processes that are forked from this one.

Compiling takes seconds, which each worker of the first builds would spend anew; collecting what a
process has loaded takes half a second.
"""

from __future__ import annotations

from typing import Any

import numba

from reportgen.training import kernels
from tests.support.processes import collect_once


def _arrays(*dimensions: int, of: Any = numba.float32) -> list[Any]:
    return [numba.types.Array(of, each, "C") for each in dimensions]


ARGMAX = _arrays(4, of=numba.uint8)
SIGNATURES = {
    kernels.convolve_and_pool: (*_arrays(3, 2, 1, 4), *ARGMAX),
    kernels.convolve_and_pool_backward: (*_arrays(3, 4), *ARGMAX, *_arrays(2, 1)),
    kernels.pool: (*_arrays(4, of=numba.uint32), numba.uint32, *_arrays(4), *ARGMAX),
    kernels.convolution_backward: (
        *_arrays(3, 2, 3),
        *_arrays(3, of=numba.uint8),
        *_arrays(1, 1, 3, 2, 1),
    ),
}
"""Kernel → the types that training calls it with; others are compiled when they are needed."""

for kernel, types in SIGNATURES.items():
    kernel.compile(types)  # type: ignore[attr-defined]

collect_once()
