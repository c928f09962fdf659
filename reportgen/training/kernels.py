"""Compiled loops over images: what torch can only do in several passes over memory.

All arrays are float32 with channels last. The *argmax* is, as uint8, which of the four positions
of a pooling window had the largest value (0 to 3, row by row), or `INACTIVE` where ReLU made it
zero. Only these positions have a gradient, so the backward passes visit them alone, and multiply a
tenth of what a dense pass does.

Innermost loops count in unsigned numbers: signed indices may be negative, which would be checked
for every element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.uint64]
Bits = NDArray[np.uint16] | NDArray[np.uint32]
ArgMax = NDArray[np.uint8]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

INACTIVE = np.uint8(4)
"""The argmax of a window in which no value is above zero."""


def compiled(function: Kernel) -> Kernel:
    """Compile at the first call, for this processor, or load what an earlier process compiled.

    A multiplication and an addition may become one operation; no sum is reordered.
    """
    try:
        return cast("Kernel", numba.njit(function, fastmath={"contract"}, cache=True))
    except RuntimeError:
        # Neither the folder of this file nor the user's cache can be written to.
        return cast("Kernel", numba.njit(function, fastmath={"contract"}))


@compiled
def convolve_and_pool(
    images: Floats, weight: Floats, bias: Floats, pooled: Floats, argmax: ArgMax
) -> None:
    """Convolve images of one channel with 3×3 filters, pool 2×2, cut off below zero.

    `images` `[n, height + 2, width + 2]` has a border of zeros; `weight` is `[9, channels]`.
    Writes `pooled` and `argmax`, `[n, height // 2, width // 2, channels]`.
    """
    count, rows, columns, channels = pooled.shape
    for n in range(count):
        for row in range(rows):
            for column in range(columns):
                values, places = pooled[n, row, column], argmax[n, row, column]
                for channel in range(channels):
                    largest, place = np.float32(0), INACTIVE
                    for position in range(4):
                        y, x = 2 * row + position // 2, 2 * column + position % 2
                        value = bias[channel]
                        value += images[n, y, x] * weight[0, channel]
                        value += images[n, y, x + 1] * weight[1, channel]
                        value += images[n, y, x + 2] * weight[2, channel]
                        value += images[n, y + 1, x] * weight[3, channel]
                        value += images[n, y + 1, x + 1] * weight[4, channel]
                        value += images[n, y + 1, x + 2] * weight[5, channel]
                        value += images[n, y + 2, x] * weight[6, channel]
                        value += images[n, y + 2, x + 1] * weight[7, channel]
                        value += images[n, y + 2, x + 2] * weight[8, channel]
                        # What is not a number wins: it must not be hidden.
                        if value > largest or value != value:
                            largest, place = value, np.uint8(position)
                    values[channel], places[channel] = largest, place


@compiled
def convolve_and_pool_backward(
    images: Floats,
    gradient: Floats,
    argmax: ArgMax,
    weight_gradient: Floats,
    bias_gradient: Floats,
) -> None:
    """Add to the gradients of weight `[9, channels]` and bias `[channels]`.

    `gradient` is that of the pooled values; see `convolve_and_pool` for the others.
    """
    count, rows, columns, _ = gradient.shape
    channels = np.uint64(gradient.shape[3])
    for n in range(count):
        for row in range(rows):
            for column in range(columns):
                values, places = gradient[n, row, column], argmax[n, row, column]
                for channel in range(channels):
                    if places[channel] < INACTIVE:
                        bias_gradient[channel] += values[channel]
                for y in range(3):
                    for x in range(3):
                        # The pixel at this weight for each of the window's positions; scalars, so
                        # that the compiler can assume that no store changes them.
                        i, j, target = 2 * row + y, 2 * column + x, weight_gradient[3 * y + x]
                        a, b = images[n, i, j], images[n, i, j + 1]
                        c, d = images[n, i + 1, j], images[n, i + 1, j + 1]
                        for channel in range(channels):
                            place = places[channel]
                            upper = a if place == 0 else b
                            lower = c if place == 2 else d
                            value = values[channel] if place < INACTIVE else np.float32(0)
                            target[channel] += value * (upper if place < 2 else lower)


@compiled
def pool(features: Bits, shift: np.uint32, pooled: Floats, argmax: ArgMax) -> None:
    """Pool `features` `[n, height, width, channels]` 2×2 and cut off below zero.

    `features` are the bits of float32 numbers, or, for a `shift` of 16, their upper halves, which
    are bfloat16 numbers. Writes `pooled` and `argmax`, `[n, height // 2, width // 2, channels]`.
    """
    count, rows, columns, _ = pooled.shape
    channels = np.uint64(pooled.shape[3])
    for n in range(count):
        for row in range(rows):
            for column in range(columns):
                values, places = pooled[n, row, column], argmax[n, row, column]
                first = features[n, 2 * row, 2 * column]
                second = features[n, 2 * row, 2 * column + 1]
                third = features[n, 2 * row + 1, 2 * column]
                fourth = features[n, 2 * row + 1, 2 * column + 1]
                for channel in range(channels):
                    largest, place = np.float32(0), INACTIVE
                    value = _read(first[channel], shift)
                    if value > largest or value != value:
                        largest, place = value, np.uint8(0)
                    value = _read(second[channel], shift)
                    if value > largest or value != value:
                        largest, place = value, np.uint8(1)
                    value = _read(third[channel], shift)
                    if value > largest or value != value:
                        largest, place = value, np.uint8(2)
                    value = _read(fourth[channel], shift)
                    if value > largest or value != value:
                        largest, place = value, np.uint8(3)
                    values[channel], places[channel] = largest, place


@compiled
def _read(bits: int, shift: np.uint32) -> np.float32:
    return np.uint32(np.uint32(bits) << shift).view(np.float32)


@compiled
def convolution_backward(
    inputs: Floats,
    weight: Floats,
    gradient: Floats,
    argmax: ArgMax,
    bordered: Floats,
    bordered_gradient: Floats,
    input_gradient: Floats,
    weight_gradient: Floats,
    bias_gradient: Floats,
) -> None:
    """Go back through pooling and a 3×3 convolution with a border of zeros.

    `inputs` is `[n, height, width · channels]`, `weight` `[filters, 9 · channels]`. Of the pooling
    windows, row by row, `gradient` is `[n, filters, windows]`, `argmax` `[n, windows, filters]`.
    `bordered` is an image of zeros with its border, `[(height + 2) · (width + 2 · channels)]`, and
    `bordered_gradient` room for as much: one image at a time, row after row, stays in the fastest
    memory. Where both start at a multiple of 64 bytes, no vector of 512 bits lies in two lines of
    it. Writes `input_gradient`, and adds to the gradients of weight and bias.
    """
    count, height, width = inputs.shape
    filters, windows = gradient.shape[1:]
    channels = weight.shape[1] // 9
    stride = width + 2 * channels
    # Where the window of each of the four positions of a pooling window starts.
    columns = width // channels // 2
    corners = np.empty(windows, np.uint64)
    for window in range(windows):
        corners[window] = 2 * (window // columns * stride + window % columns * channels)
    places = np.array([0, channels, stride, stride + channels, 0]).astype(np.uint64)
    starts = np.empty(filters * windows, np.uint64)
    values = np.empty(filters * windows, np.float32)
    bounds = np.zeros(filters + 1, np.uint64)
    for n in range(count):
        for y in range(height):
            first = (y + 1) * stride + channels
            for x in range(width):
                bordered[first + x] = inputs[n, y, x]
        _list_argmax(argmax[n], gradient[n], corners, places, starts, values, bounds)
        _add_windows(bordered, stride, starts, values, bounds, weight_gradient, bias_gradient)
        bordered_gradient.fill(0)
        _add_filters(weight, stride, starts, values, bounds, bordered_gradient)
        for y in range(height):
            first = (y + 1) * stride + channels
            for x in range(width):
                input_gradient[n, y, x] = bordered_gradient[first + x]


@compiled
def _list_argmax(
    argmax: ArgMax,
    gradient: Floats,
    corners: Indices,
    places: Indices,
    starts: Indices,
    values: Floats,
    bounds: Indices,
) -> None:
    """List, filter by filter, where in the bordered image the 3×3 window of each argmax starts.

    `argmax` is `[windows, filters]`, `gradient` `[filters, windows]`. Writes `starts`, the
    gradient's `values`, and `bounds`: the argmax of filter k are from `bounds[k]` to
    `bounds[k + 1]`.
    """
    windows, filters = argmax.shape
    found = np.uint64(0)
    for k in range(filters):
        for window in range(np.uint64(windows)):
            # Written always, counted if active: this branch could not be predicted.
            place = argmax[window, k]
            starts[found] = corners[window] + places[place]
            values[found] = gradient[k, window]
            found += np.uint64(place < INACTIVE)
        bounds[k + 1] = found


@compiled
def _add_windows(
    image: Floats,
    stride: int,
    starts: Indices,
    values: Floats,
    bounds: Indices,
    weight_gradient: Floats,
    bias_gradient: Floats,
) -> None:
    """Add the 3×3 window of each argmax, times its gradient, to the gradient of its filter."""
    filters, size = weight_gradient.shape
    rows, line, below = np.uint64(3), np.uint64(size // 3), np.uint64(stride)
    for k in range(filters):
        target, first, end = weight_gradient[k], bounds[k], bounds[k + 1]
        whole = first + (end - first) // 4 * 4
        for index in range(first, end):
            bias_gradient[k] += values[index]
        # Four at once: the target is loaded and stored once for all of them.
        for index in range(first, whole, 4):
            p, q, r, s = starts[index], starts[index + 1], starts[index + 2], starts[index + 3]
            a, b, c, d = values[index], values[index + 1], values[index + 2], values[index + 3]
            for y in range(rows):
                t, o = y * line, y * below
                for x in range(line):
                    target[t + x] += (
                        a * image[p + o + x]
                        + b * image[q + o + x]
                        + c * image[r + o + x]
                        + d * image[s + o + x]
                    )
        for index in range(whole, end):
            p, a = starts[index], values[index]
            for y in range(rows):
                for x in range(line):
                    target[y * line + x] += a * image[p + y * below + x]


@compiled
def _add_filters(
    weight: Floats,
    stride: int,
    starts: Indices,
    values: Floats,
    bounds: Indices,
    image_gradient: Floats,
) -> None:
    """Add each filter, times the gradient of each argmax, to the gradient of the image."""
    filters, size = weight.shape
    rows, line, below = np.uint64(3), np.uint64(size // 3), np.uint64(stride)
    for k in range(filters):
        source = weight[k]
        for index in range(bounds[k], bounds[k + 1]):
            start, value = starts[index], values[index]
            for y in range(rows):
                t, o = y * line, start + y * below
                for x in range(line):
                    image_gradient[o + x] += value * source[t + x]
