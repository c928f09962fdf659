"""The network of a run, shipped or the user's own, and what is printed of its source."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor, nn

from reportgen.config.spec import RunSpec
from reportgen.errors import PluginFailed
from reportgen.plugins import Plugin
from reportgen.plugins.loading import build_network, user_code
from reportgen.plugins.signatures import CLASSES
from reportgen.wording import join

PROBE = 2
"""Examples that a new network is tried with: batch normalisation needs more than one."""


def build_model(spec: RunSpec, plugin: Plugin) -> nn.Module:
    """Build the network of a run; its weights come from torch's default generator.

    A plug-in's network is tried with empty examples, which also gives lazy layers their shape.
    Raises PluginFailed: it cannot be built, or does not return logits `[n, classes]`.
    """
    if plugin.is_shipped:
        build = getattr(import_module(plugin.module), plugin.name)
        try:
            return cast("nn.Module", build(spec.input_shape, spec.classes, **spec.options))
        except ValueError as error:
            raise PluginFailed(str(error)) from error
    model = build_network(plugin, spec.input_shape, spec.classes, spec.options)
    if not isinstance(model, nn.Module):
        raise PluginFailed(
            f"{plugin.reference} returns a {type(model).__name__}, not a torch.nn.Module"
        )
    _try_out(model, spec, plugin)
    if next(model.parameters(), None) is None:
        raise PluginFailed(f"{plugin.reference} has no parameters that could be trained")
    return model


def _try_out(model: nn.Module, spec: RunSpec, plugin: Plugin) -> None:
    """Make sure that a network maps a batch to logits; raises PluginFailed."""
    examples = torch.zeros(PROBE, *spec.input_shape)
    training = model.training
    model.eval()
    with torch.no_grad(), user_code(plugin, f"calling it with {_shape(examples)} examples"):
        output = model(examples)
    model.train(training)
    name = plugin.reference
    if not isinstance(output, Tensor):
        raise PluginFailed(
            f"{name} returns a {type(output).__name__}; it must return one tensor, the logits"
        )
    if output.shape != (PROBE, spec.classes):
        hint = (
            f"; {spec.classes} is passed to an argument of its constructor that is called "
            f"{join(CLASSES, 'or')}; an argument of another name is set in options"
            if output.ndim == 2 and len(output) == PROBE
            else ""
        )
        raise PluginFailed(
            f"{name} returns {_shape(output)} for {PROBE} examples of {spec.classes} classes; "
            f"it must return logits, {_shape(torch.empty(PROBE, spec.classes))}{hint}"
        )
    if not output.is_floating_point():
        raise PluginFailed(f"{name} returns {output.dtype}; logits are floating-point numbers")
    if not output.isfinite().all():
        raise PluginFailed(f"{name} returns values that are not finite for empty examples")
    if (output >= 0).all() and torch.allclose(output.sum(1), torch.ones(PROBE), atol=1e-4):
        raise PluginFailed(
            f"{name} returns probabilities; return logits (leave the last softmax out) "
            "or log-probabilities (log_softmax)"
        )


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "a single number"


def read_source(plugin: Plugin) -> str:
    """Return the source text of a shipped architecture: its function and the classes that it uses.

    Empty for the user's own, whose files are printed whole.
    """
    if not plugin.is_shipped:
        return ""
    module = import_module(plugin.module)
    found: dict[str, Any] = {}
    waiting = [plugin.name]
    while waiting:
        name = waiting.pop(0)
        item = getattr(module, name, None)
        if name not in found and getattr(item, "__module__", None) == plugin.module:
            found[name] = item
            waiting += _names_in(item)
    return "\n\n".join(inspect.getsource(item).rstrip() + "\n" for item in found.values())


def _names_in(item: Any) -> list[str]:
    """Return the names that a function, or the methods of a class, look up."""
    methods = vars(item).values() if inspect.isclass(item) else [item]
    waiting = [method.__code__ for method in methods if inspect.isfunction(method)]
    names: list[str] = []
    while waiting:
        code = waiting.pop(0)
        names += code.co_names
        waiting += [constant for constant in code.co_consts if inspect.iscode(constant)]
    return names
