"""The layer table of a model, taken from the module itself while it looks at one empty image.

Sizes follow the torchsummary table that the paper prints: four bytes for each number, outputs
counted twice (once forward, once for their gradients), MB of 2²⁰ bytes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reportgen.results.records import Layer, ModelSummary

BYTES_PER_NUMBER = 4
MB = 2**20

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED_CONVOLUTIONS = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class Call:
    """One call of a module while the model looked at one image."""

    module: nn.Module
    input_shape: tuple[int, ...]
    """Without the batch dimension."""
    output_shape: tuple[int, ...]


def summarize(model: nn.Module, input_shape: tuple[int, ...], source: str = "") -> ModelSummary:
    """Return the layer table of `model` for one input of `input_shape` (no batch dimension).

    A row is a call of a layer: a module that holds no other module, or that holds parameters of
    its own. A layer that is called twice has two rows, and its parameters are in the first.
    Parameters of a module that is never called itself are in the row of the nearest one around it
    that is.
    """
    calls = trace_calls(model, input_shape)
    layers = tuple(_list_layers(calls))
    count = _count(model.parameters())
    outputs = sum(math.prod(layer.output_shape) for layer in layers)
    numbers = (math.prod(input_shape), 2 * outputs, count)
    input_mb, forward_backward_mb, parameters_mb = (n * BYTES_PER_NUMBER / MB for n in numbers)
    return ModelSummary(
        layers=layers,
        parameters=count,
        trainable_parameters=_count(p for p in model.parameters() if p.requires_grad),
        multiply_adds=sum(layer.multiply_adds for layer in layers),
        input_mb=input_mb,
        forward_backward_mb=forward_backward_mb,
        parameters_mb=parameters_mb,
        total_mb=input_mb + forward_backward_mb + parameters_mb,
        source=source,
    )


def trace_calls(model: nn.Module, input_shape: tuple[int, ...]) -> list[Call]:
    """Return the calls of all modules in `model`, in the order in which they end."""
    calls: list[Call] = []

    def note(module: nn.Module, inputs: object, output: object) -> None:
        calls.append(Call(module, _shape(inputs), _shape(output)))

    hooks = [module.register_forward_hook(note) for module in model.modules()]
    training = {module: module.training for module in model.modules()}
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, *input_shape, device=device))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in training.items():
            module.training = mode
    return calls


def count_multiply_adds(call: Call) -> int:
    """Return the multiply-adds of a call for one example.

    Convolutions and linear layers are counted, which is where nearly all work is; biases,
    activations, pooling and normalisation are not.
    """
    module, outputs = call.module, math.prod(call.output_shape)
    if isinstance(module, nn.Linear):
        return outputs * module.in_features
    if isinstance(module, _CONVOLUTIONS):
        return outputs * math.prod(module.kernel_size) * module.in_channels // module.groups
    if isinstance(module, _TRANSPOSED_CONVOLUTIONS):
        window = math.prod(module.kernel_size) * module.out_channels // module.groups
        return math.prod(call.input_shape) * window
    return 0


def _list_layers(calls: list[Call]) -> Iterable[Layer]:
    called = {call.module for call in calls}
    counted: set[nn.Parameter] = set()
    for call in calls:
        own = set(_own_parameters(call.module, called))
        if next(call.module.children(), None) is not None and not own:
            continue
        new = own - counted
        counted |= new
        yield Layer(
            type=type(call.module).__name__,
            output_shape=call.output_shape,
            parameters=_count(new),
            trainable_parameters=_count(p for p in new if p.requires_grad),
            multiply_adds=count_multiply_adds(call),
            details=call.module.extra_repr(),
        )


def _own_parameters(module: nn.Module, called: Collection[nn.Module]) -> Iterable[nn.Parameter]:
    yield from module.parameters(recurse=False)
    for child in module.children():
        if child not in called:
            yield from _own_parameters(child, called)


def _count(parameters: Iterable[nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _shape(value: object) -> tuple[int, ...]:
    """Return the shape of the first tensor in `value`, without the batch dimension."""
    if isinstance(value, Tensor):
        return tuple(value.shape[1:])
    if isinstance(value, (tuple, list)) and value:
        return _shape(value[0])
    return ()
