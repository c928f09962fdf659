"""Convolution, pooling and ReLU in one step: compiled on a CPU, torch's own layers elsewhere.

Both ways compute the same function with the same gradients, up to the order of additions. The
kernels are imported where they are called: no other device needs Numba, and where it cannot be
imported, the run that needs it ends with a message.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from reportgen.training.architectures import ConvolutionBlock


def compile_blocks(model: nn.Module, device: torch.device) -> None:
    """Have a network's convolution blocks computed by the kernels, where they can be.

    That is on a CPU where Numba is installed; the function that the network computes is the same.
    """
    if device.type != "cpu" or find_spec("numba") is None:
        return
    for block in model.modules():
        if isinstance(block, ConvolutionBlock):
            block.forward = partial(  # type: ignore[method-assign]
                convolve_pool_rectify, block.convolution, block.pool
            )


def convolve_pool_rectify(convolution: nn.Conv2d, pool: nn.MaxPool2d, images: Tensor) -> Tensor:
    """Return relu(pool(convolution(images))), `[n, filters, height // 2, width // 2]`."""
    block = _choose_block(convolution, pool, images)
    if block is None:
        return F.relu(pool(convolution(images)))
    return cast("Tensor", block.apply(images, convolution.weight, convolution.bias))


def _choose_block(
    convolution: nn.Conv2d, pool: nn.MaxPool2d, images: Tensor
) -> type[Function] | None:
    if not (_has_compiled_form(convolution, pool) and _can_be_compiled(images)):
        return None
    if convolution.in_channels == 1 and not images.requires_grad:
        return _FirstBlock
    return _Block


def _has_compiled_form(convolution: nn.Conv2d, pool: nn.MaxPool2d) -> bool:
    settings = (convolution.kernel_size, convolution.padding, convolution.stride)
    plain = (convolution.dilation, convolution.groups, convolution.padding_mode)
    pooling = (pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode)
    return (
        settings == ((3, 3), (1, 1), (1, 1))
        and plain == ((1, 1), 1, "zeros")
        and convolution.bias is not None
        and pooling == (2, 2, 0, 1, False)
        # A layer with a hook must be called, as it is for the layer table.
        and not convolution._forward_hooks
        and not pool._forward_hooks
    )


def _can_be_compiled(images: Tensor) -> bool:
    plain = images.device.type == "cpu" and images.dtype == torch.float32
    # Torch refuses what is too small to be pooled, in words.
    return plain and min(images.shape[2:]) >= 2


class _FirstBlock(Function):
    """The block whose input is the image, of one channel, which needs no gradient."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        from reportgen.training import kernels

        bordered = F.pad(images[:, 0], (1, 1, 1, 1))
        pooled, argmax = _make_outputs(images, len(weight))
        filters = weight.reshape(-1, 9).t().contiguous()
        kernels.convolve_and_pool(*map(_array, (bordered, filters, bias, pooled, argmax)))
        ctx.save_for_backward(bordered, argmax)
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor]:
        from reportgen.training import kernels

        bordered, argmax = ctx.saved_tensors
        filters = argmax.shape[-1]
        weight_gradient, bias_gradient = torch.zeros(9, filters), torch.zeros(filters)
        last = gradient.permute(0, 2, 3, 1).contiguous()
        kernels.convolve_and_pool_backward(
            *map(_array, (bordered, last, argmax, weight_gradient, bias_gradient))
        )
        return None, weight_gradient.t().reshape(filters, 1, 3, 3), bias_gradient


class _Block(Function):
    """A later block: torch convolves, which no loop does faster; all else is compiled.

    Under autocast the convolution is in bfloat16 and all else in float32: visiting the argmax alone
    takes less time than a dense backward pass in bfloat16.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        from reportgen.training import kernels

        features = _channels_last(F.conv2d(images, weight, bias, padding=1))
        reduced = features.dtype == torch.bfloat16
        bits = features.view(torch.uint16 if reduced else torch.uint32)
        pooled, argmax = _make_outputs(images, len(weight))
        kernels.pool(_array(bits), np.uint32(16 * reduced), _array(pooled), _array(argmax))
        ctx.save_for_backward(images, weight, argmax)
        return pooled.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        from reportgen.training import kernels

        images, weight, argmax = ctx.saved_tensors
        inputs, filters = _channels_last(images), _channels_last(weight)
        weight_gradient, bias_gradient = torch.zeros_like(filters), torch.zeros(len(weight))
        input_gradient = torch.empty_like(inputs)
        height, width, channels = inputs.shape[1:]
        # From torch, which aligns the memory of tensors to 64 bytes.
        bordered = torch.zeros((height + 2) * (width + 2) * channels)
        kernels.convolution_backward(
            _array(inputs.flatten(2)),
            _array(filters.flatten(1)),
            _array(gradient.contiguous().flatten(2)),
            _array(argmax.flatten(1, 2)),
            _array(bordered),
            _array(torch.empty_like(bordered)),
            _array(input_gradient.flatten(2)),
            _array(weight_gradient.flatten(1)),
            _array(bias_gradient),
        )
        gradients = (input_gradient.permute(0, 3, 1, 2), weight_gradient.permute(0, 3, 1, 2))
        return *gradients, bias_gradient


def _make_outputs(images: Tensor, filters: int) -> tuple[Tensor, Tensor]:
    """Return room for the pooled values and their argmax, channels last."""
    count, _, height, width = images.shape
    shape = (count, height // 2, width // 2, filters)
    return torch.empty(shape), torch.empty(shape, dtype=torch.uint8)


def _channels_last(tensor: Tensor) -> Tensor:
    """Return `[n, channels, height, width]` as a contiguous `[n, height, width, channels]`."""
    return tensor.permute(0, 2, 3, 1).contiguous()


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().numpy()
