"""Optimizers of `torch.optim`, and the learning rate of each step."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from reportgen.config.spec import TrainingSpec

WARM_SHARE = 0.3
"""Share of all steps in which the one-cycle schedule raises the rate (Smith and Topin 2018)."""

FIRST_DIVISOR, LAST_DIVISOR = 25.0, 1e4
"""What the one-cycle schedule's highest rate is divided by at first, and that again at last."""


def make_optimizer(model: nn.Module, settings: TrainingSpec) -> Optimizer:
    """Return the optimizer that a spec names, over all parameters of the model.

    Adam, AdamW and SGD step in one fused kernel for all parameters where the device has one.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    rate, decay = settings.learning_rate, settings.weight_decay
    fused = all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)
    match settings.optimizer:
        case "adam":
            return Adam(parameters, rate, weight_decay=decay, fused=fused)
        case "adamw":
            return AdamW(parameters, rate, weight_decay=decay, fused=fused)
        case "rmsprop":
            return RMSprop(parameters, rate, weight_decay=decay, momentum=settings.momentum)
        case "sgd":
            return SGD(
                parameters,
                rate,
                momentum=settings.momentum,
                nesterov=settings.nesterov,
                weight_decay=decay,
                fused=fused,
            )


def optimizer_state(optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the tensors that steps change, by parameter and name; not copies."""
    return {
        f"{index}.{name}": value
        for index, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state[parameter].items()
        if isinstance(value, Tensor)
    }


def set_optimizer_state(optimizer: Optimizer, saved: Mapping[str, Tensor]) -> None:
    """Give a new optimizer the state that another one had; raises ValueError where it misfits.

    Moments lie in memory as their parameter does: the kernels walk through all side by side. Fused
    kernels read the number of steps, too, on the device of the parameter.
    """
    parameters, fused = _parameters(optimizer), optimizer.defaults.get("fused")
    for label, value in saved.items():
        index, _, name = label.partition(".")
        if int(index) >= len(parameters):
            raise ValueError(f"there is no parameter {index}")
        parameter = parameters[int(index)]
        if value.ndim and value.shape != parameter.shape:
            raise ValueError(f"{label} has the shape {tuple(value.shape)}")
        if value.ndim:
            like = torch.empty_like(parameter)
        else:
            like = torch.empty_like(value, device=parameter.device if fused else value.device)
        optimizer.state[parameter][name] = like.detach().copy_(value)


def rate_at(settings: TrainingSpec, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of a step, counted from 0 over all epochs.

    The rate is a function of the step alone, so that a resumed run needs no schedule's state.
    """
    rate, warm = settings.learning_rate, settings.warmup_epochs * steps_per_epoch
    if step < warm:
        return rate * (step + 1) / warm
    total = settings.epochs * steps_per_epoch - warm
    match settings.schedule:
        case "constant":
            return rate
        case "step":
            epoch = (step - warm) // steps_per_epoch
            return rate * settings.step_factor ** (epoch // settings.step_epochs)
        case "cosine":
            return _between(rate, 0.0, (step - warm) / total)
        case "one-cycle":
            return _one_cycle(rate, step - warm, total)


def _one_cycle(highest: float, step: int, total: int) -> float:
    first = highest / FIRST_DIVISOR
    peak, last = WARM_SHARE * total - 1, total - 1
    if step <= peak:
        return _between(first, highest, step / peak if peak > 0 else 1.0)
    share = (step - peak) / (last - peak) if last > peak else 1.0
    return _between(highest, first / LAST_DIVISOR, share)


def _between(start: float, end: float, share: float) -> float:
    """Return what lies at a share of the way from `start` to `end`, along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
