"""Compiled loops over images: what torch can only do in several passes over memory.

All arrays are float32 with channels last. The *argmax* is, as uint8, which of the four positions
of a pooling window had the largest value (0 to 3, row by row), or `NOBODY` where ReLU left nothing
of it. Only these positions have a gradient, so the backward passes visit them alone, and multiply a
tenth of what a dense pass does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
ArgMax = NDArray[np.uint8]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

NOBODY = np.uint8(4)
"""The winner of a window in which no value is above zero."""


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
                    largest, place = np.float32(0), NOBODY
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
    count, rows, columns, channels = gradient.shape
    for n in range(count):
        for row in range(rows):
            for column in range(columns):
                values, places = gradient[n, row, column], argmax[n, row, column]
                for channel in range(channels):
                    if places[channel] < NOBODY:
                        bias_gradient[channel] += values[channel]
                for position in range(4):
                    y, x = 2 * row + position // 2, 2 * column + position % 2
                    # Scalars, so that the compiler can assume that no store changes them.
                    a, b, c = images[n, y, x], images[n, y, x + 1], images[n, y, x + 2]
                    d, e, f = images[n, y + 1, x], images[n, y + 1, x + 1], images[n, y + 1, x + 2]
                    g, h, i = images[n, y + 2, x], images[n, y + 2, x + 1], images[n, y + 2, x + 2]
                    for channel in range(channels):
                        won = places[channel] == position
                        value = values[channel] if won else np.float32(0)
                        weight_gradient[0, channel] += value * a
                        weight_gradient[1, channel] += value * b
                        weight_gradient[2, channel] += value * c
                        weight_gradient[3, channel] += value * d
                        weight_gradient[4, channel] += value * e
                        weight_gradient[5, channel] += value * f
                        weight_gradient[6, channel] += value * g
                        weight_gradient[7, channel] += value * h
                        weight_gradient[8, channel] += value * i


@compiled
def pool(features: Floats, pooled: Floats, argmax: ArgMax) -> None:
    """Pool `features` `[n, height, width, channels]` 2×2 and cut off below zero.

    Writes `pooled` and `argmax`, `[n, height // 2, width // 2, channels]`.
    """
    count, rows, columns, channels = pooled.shape
    for n in range(count):
        for row in range(rows):
            for column in range(columns):
                values, places = pooled[n, row, column], argmax[n, row, column]
                first = features[n, 2 * row, 2 * column]
                second = features[n, 2 * row, 2 * column + 1]
                third = features[n, 2 * row + 1, 2 * column]
                fourth = features[n, 2 * row + 1, 2 * column + 1]
                for channel in range(channels):
                    largest, place = np.float32(0), NOBODY
                    value = first[channel]
                    if value > largest or value != value:
                        largest, place = value, np.uint8(0)
                    value = second[channel]
                    if value > largest or value != value:
                        largest, place = value, np.uint8(1)
                    value = third[channel]
                    if value > largest or value != value:
                        largest, place = value, np.uint8(2)
                    value = fourth[channel]
                    if value > largest or value != value:
                        largest, place = value, np.uint8(3)
                    values[channel], places[channel] = largest, place


@compiled
def convolution_backward(
    inputs: Floats,
    weight: Floats,
    gradient: Floats,
    argmax: ArgMax,
    input_gradient: Floats,
    weight_gradient: Floats,
    bias_gradient: Floats,
) -> None:
    """Go back through pooling and a 3×3 convolution with a border of zeros.

    `inputs` is `[n, height, width · channels]`, `weight` `[filters, 3, 3 · channels]`, `gradient`
    (of the pooled values) and `argmax` `[n, height // 2, width // 2, filters]`. Writes
    `input_gradient`, and adds to the gradients of weight and bias.
    """
    count, height, width = inputs.shape
    filters, most = gradient.shape[3], gradient[0].size
    channels = weight.shape[2] // 3
    stride = width + 2 * channels
    starts, values = np.empty(most, np.int64), np.empty(most, np.float32)
    bounds = np.zeros(filters + 1, np.int64)
    # One image with its border at a time, row after row, stays in the fastest memory.
    bordered = np.zeros((height + 2) * stride, np.float32)
    bordered_gradient = np.zeros_like(bordered)
    for n in range(count):
        for y in range(height):
            first = (y + 1) * stride + channels
            for x in range(width):
                bordered[first + x] = inputs[n, y, x]
        _list_argmax(argmax[n], gradient[n], stride, channels, starts, values, bounds)
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
    stride: int,
    channels: int,
    starts: Integers,
    values: Floats,
    bounds: Integers,
) -> None:
    """List, filter by filter, where in the bordered image the window of each winner starts.

    `argmax` and `gradient` are `[rows, columns, filters]`; `stride` is the length of a row of the
    bordered image. Writes `starts`, the gradient's `values`, and `bounds`: the argmax of filter k
    are from `bounds[k]` to `bounds[k + 1]`.
    """
    rows, columns, filters = argmax.shape
    places = np.array([0, channels, stride, stride + channels, 0])
    found = 0
    for k in range(filters):
        for row in range(rows):
            for column in range(columns):
                # Written always, counted if it won: this branch could not be predicted.
                place = argmax[row, column, k]
                starts[found] = 2 * row * stride + 2 * column * channels + places[place]
                values[found] = gradient[row, column, k]
                found += place < NOBODY
        bounds[k + 1] = found


@compiled
def _add_windows(
    image: Floats,
    stride: int,
    starts: Integers,
    values: Floats,
    bounds: Integers,
    weight_gradient: Floats,
    bias_gradient: Floats,
) -> None:
    """Add what each winner looked at, by its gradient, to that of its filter."""
    filters, _, line = weight_gradient.shape
    for k in range(filters):
        first, end = bounds[k], bounds[k + 1]
        whole = first + (end - first) // 4 * 4
        for index in range(first, end):
            bias_gradient[k] += values[index]
        for y in range(3):
            target, row = weight_gradient[k, y], y * stride
            # Four at once: the target is loaded and stored once for all of them.
            for index in range(first, whole, 4):
                p = image[row + starts[index] : row + starts[index] + line]
                q = image[row + starts[index + 1] : row + starts[index + 1] + line]
                r = image[row + starts[index + 2] : row + starts[index + 2] + line]
                s = image[row + starts[index + 3] : row + starts[index + 3] + line]
                a, b, c, d = values[index], values[index + 1], values[index + 2], values[index + 3]
                for x in range(line):
                    target[x] += a * p[x] + b * q[x] + c * r[x] + d * s[x]
            for index in range(whole, end):
                p, a = image[row + starts[index] : row + starts[index] + line], values[index]
                for x in range(line):
                    target[x] += a * p[x]


@compiled
def _add_filters(
    weight: Floats,
    stride: int,
    starts: Integers,
    values: Floats,
    bounds: Integers,
    image_gradient: Floats,
) -> None:
    """Add each filter to the image's gradient wherever it won."""
    filters, _, line = weight.shape
    for k in range(filters):
        for y in range(3):
            source, row = weight[k, y], y * stride
            for index in range(bounds[k], bounds[k + 1]):
                target = image_gradient[row + starts[index] : row + starts[index] + line]
                value = values[index]
                for x in range(line):
                    target[x] += value * source[x]
