import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reportgen.training.summary import Call, count_multiply_adds, summarize


class Tied(nn.Module):
    """One layer, called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 6)

    def forward(self, images: Tensor) -> Tensor:
        """Map images to numbers."""
        return self.layer(self.layer(images.flatten(1)))


class Functional(nn.Module):
    """Holds a weight itself, and uses that of a child without calling it."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(6))
        self.borrowed = nn.Linear(6, 2)
        self.called = nn.Linear(2, 3)

    def forward(self, images: Tensor) -> Tensor:
        """Map images to numbers."""
        flat = images.flatten(1) * self.scale
        return self.called(flat @ self.borrowed.weight.T + self.borrowed.bias)


def test_shared_layer_is_counted_once() -> None:
    """A layer called twice has two rows and one set of parameters."""
    summary = summarize(Tied(), (1, 2, 3))
    assert [row.parameters for row in summary.layers] == [42, 0]
    assert [row.multiply_adds for row in summary.layers] == [36, 36]
    assert summary.parameters == 42


def test_every_parameter_stands_in_one_row() -> None:
    """Parameters of the model itself, and of children that are never called, are in the table."""
    summary = summarize(Functional(), (1, 2, 3))
    rows = [(row.type, row.parameters) for row in summary.layers]
    assert rows == [("Linear", 9), ("Functional", 6 + 14)]
    assert summary.parameters == 29


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(6, 4), nn.Tanh()), nn.Linear(4, 2)),
        nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Flatten(), nn.LazyLinear(3)),
        nn.Sequential(nn.Flatten(1, 2), nn.LSTM(3, 5, batch_first=True)),
        nn.Sequential(nn.Flatten(1, 2), nn.TransformerEncoderLayer(3, 1, 8, batch_first=True)),
    ],
    ids=["nested", "lazy", "recurrent", "attention"],
)
def test_rows_add_up_to_the_total(model: nn.Module) -> None:
    """For any module, the rows' parameters add up to those of the model."""
    summary = summarize(model, (1, 2, 3))
    expected = sum(parameter.numel() for parameter in model.parameters())
    assert sum(row.parameters for row in summary.layers) == summary.parameters == expected
    assert summary.total_mb == pytest.approx(
        summary.input_mb + summary.forward_backward_mb + summary.parameters_mb
    )


def test_frozen_parameters_are_not_trainable() -> None:
    """A parameter without gradient counts, but not as trainable."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(6, 2))
    model[1].bias.requires_grad_(False)
    summary = summarize(model, (1, 2, 3))
    assert (summary.parameters, summary.trainable_parameters) == (14, 12)
    assert summary.layers[1].trainable_parameters == 12


def test_looking_changes_nothing() -> None:
    """The summary leaves modes, weights, statistics and the random state as they were."""
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 2))
    model[2].eval()
    modes = [module.training for module in model.modules()]
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    random_state = torch.get_rng_state()
    summarize(model, (1, 2, 3))
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, groups=2),
        nn.Conv1d(3, 5, 3, dilation=2),
        nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2),
        nn.Linear(7, 5),
    ],
    ids=lambda module: type(module).__name__,
)
def test_multiply_adds_are_those_that_are_made(module: Any) -> None:
    """Counting by the formula equals counting how often each weight is used."""
    shape = {"Conv2d": (4, 9, 8), "Conv1d": (3, 11), "ConvTranspose2d": (4, 5, 4), "Linear": (7,)}[
        type(module).__name__
    ]
    # With weights and inputs of one, each output is the number of products that went into it;
    # zero padding takes some away, so the padded input is ones as well.
    ones = torch.ones(1, *shape)
    padding = getattr(module, "padding", (0,))
    output = module(ones).detach()
    if any(padding):
        ones = nn.functional.pad(ones, (1, 1, 1, 1), value=1.0)
        module.padding = (0, 0)
    nn.init.ones_(module.weight)
    nn.init.zeros_(module.bias)
    made = module(ones).sum().item()
    assert count_multiply_adds(Call(module, shape, tuple(output.shape[1:]))) == made
    assert made > math.prod(output.shape)
