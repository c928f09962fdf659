"""The optimizers: torch's own fused kernels, called without `torch.optim` around them.

A class of `torch.optim` imports the compiler of torch when it is made, which takes seconds and a
hundred megabytes in every worker, and its step costs a small model as much time as the kernel.
A test holds these to the same bits as theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from reportgen.config.spec import TrainingSpec

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""What Adam's authors propose, and torch's defaults."""


class Optimizer(Protocol):
    """Changes parameters by their gradients."""

    def step(self) -> None:
        """Change every parameter that has a gradient, and drop the gradients."""

    def state(self) -> dict[str, Tensor]:
        """Return the tensors that steps change, by name; not copies."""


@dataclass(frozen=True)
class Slot:
    """A parameter with its moments."""

    parameter: nn.Parameter
    first_moment: Tensor
    second_moment: Tensor
    steps: Tensor
    """How many steps were made: float32, as the kernel wants it."""


class Adam:
    """Adam (Kingma and Ba 2015), with weight decay added to the gradient."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], rate: float, weight_decay: float
    ) -> None:
        self._rate, self._weight_decay = rate, weight_decay
        self._slots = [_make_slot(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Change every parameter that has a gradient, and drop the gradients."""
        gradients = [slot.parameter.grad for slot in self._slots if slot.parameter.grad is not None]
        slots = [slot for slot in self._slots if slot.parameter.grad is not None]
        steps = [slot.steps for slot in slots]
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            [slot.parameter for slot in slots],
            gradients,
            [slot.first_moment for slot in slots],
            [slot.second_moment for slot in slots],
            [],
            steps,
            lr=self._rate,
            beta1=BETA1,
            beta2=BETA2,
            weight_decay=self._weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        _drop_gradients(slot.parameter for slot in slots)

    def state(self) -> dict[str, Tensor]:
        """Return the tensors that steps change, by name; not copies."""
        return {
            f"{index}.{name}": getattr(slot, name)
            for index, slot in enumerate(self._slots)
            for name in ("first_moment", "second_moment", "steps")
        }


class GradientDescent:
    """Stochastic gradient descent without momentum, with weight decay added to the gradient."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], rate: float, weight_decay: float
    ) -> None:
        self._rate, self._weight_decay = rate, weight_decay
        self._parameters = list(parameters)

    @torch.no_grad()
    def step(self) -> None:
        """Change every parameter that has a gradient, and drop the gradients."""
        for parameter in self._parameters:
            if parameter.grad is not None:
                gradient = parameter.grad.add_(parameter, alpha=self._weight_decay)
                parameter.sub_(gradient, alpha=self._rate)
        _drop_gradients(self._parameters)

    def state(self) -> dict[str, Tensor]:
        """Return nothing: a step depends on the gradients alone."""
        return {}


def make_optimizer(parameters: Iterable[nn.Parameter], settings: TrainingSpec) -> Optimizer:
    """Return the optimizer that a spec names."""
    make = Adam if settings.optimizer == "adam" else GradientDescent
    return make(parameters, settings.learning_rate, settings.weight_decay)


def _make_slot(parameter: nn.Parameter) -> Slot:
    # Moments lie in memory as their parameter does: the kernel walks through all side by side.
    return Slot(
        parameter,
        torch.zeros_like(parameter),
        torch.zeros_like(parameter),
        torch.zeros((), dtype=torch.float32, device=parameter.device),
    )


def _drop_gradients(parameters: Iterable[nn.Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = None
