import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reportgen.training.optimizers import make_optimizer
from tests.support.training import make_training

rates = st.floats(1e-5, 0.5)
decays = st.sampled_from([0.0, 1e-4, 0.1])


def _parameters() -> list[nn.Parameter]:
    torch.manual_seed(0)
    images = torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last)
    return [nn.Parameter(images), nn.Parameter(torch.randn(5))]


def _gradients(seed: int, parameter: nn.Parameter) -> torch.Tensor:
    """Return a gradient that lies in memory as its parameter does, as autograd's do."""
    generator = torch.Generator().manual_seed(seed)
    return torch.empty_like(parameter.detach()).copy_(
        torch.randn(parameter.shape, generator=generator)
    )


@settings(max_examples=20, deadline=None)
@given(rate=rates, decay=decays, steps=st.integers(1, 5))
def test_adam_follows_its_paper(rate: float, decay: float, steps: int) -> None:
    """Steps are those of algorithm 1 in Kingma and Ba (2015), computed here in float64."""
    parameters = _parameters()
    spec = make_training(optimizer="adam", learning_rate=rate, weight_decay=decay)
    optimizer = make_optimizer(parameters, spec)
    expected = [parameter.detach().double().numpy().copy() for parameter in parameters]
    moments = [(np.zeros_like(value), np.zeros_like(value)) for value in expected]
    for step in range(1, steps + 1):
        for index, parameter in enumerate(parameters):
            gradient = _gradients(step, parameter)
            parameter.grad = gradient
            change = gradient.detach().double().numpy() + decay * expected[index]
            first, second = moments[index]
            first = 0.9 * first + 0.1 * change
            second = 0.999 * second + 0.001 * change**2
            moments[index] = first, second
            scaled = np.sqrt(second / (1 - 0.999**step)) + 1e-8
            expected[index] = expected[index] - rate * (first / (1 - 0.9**step)) / scaled
        optimizer.step()
    for parameter, value in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(parameter.detach().numpy(), value, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(rate=rates, decay=decays)
def test_gradient_descent_follows_the_gradient(rate: float, decay: float) -> None:
    """A step is the parameter less rate times the gradient with its decay."""
    parameters = _parameters()
    spec = make_training(optimizer="sgd", learning_rate=rate, weight_decay=decay)
    optimizer = make_optimizer(parameters, spec)
    expected = []
    for parameter in parameters:
        parameter.grad = _gradients(1, parameter)
        value = parameter.detach().double()
        expected.append(value - rate * (parameter.grad.double() + decay * value))
    optimizer.step()
    for parameter, value in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(parameter.detach().numpy(), value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_parameters_without_gradient_stay(name: str) -> None:
    """A parameter that the loss does not reach is not changed, and gradients do not pile up."""
    used, unused = _parameters()
    before = unused.detach().clone()
    optimizer = make_optimizer([used, unused], make_training(optimizer=name, weight_decay=0.1))
    used.grad = torch.ones_like(used)
    optimizer.step()
    assert torch.equal(unused, before)
    assert used.grad is None
