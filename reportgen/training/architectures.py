"""The networks to compare. A further one is one function here and one line in the registry.

Every function takes the shape of one example (channels, height, width of an image, or the number
of features of a table row), the number of classes and the share of units that dropout sets to
zero, and returns a module that maps examples, `[n, *shape]`, to logits `[n, classes]`.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import cast

import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor, nn

from reportgen.config.spec import RunSpec
from reportgen.training.fused import convolve_pool_rectify
from reportgen.training.registry import ARCHITECTURES

Shape = tuple[int, ...]
"""Channels, height, width of an image, or the number of features of a table row."""


def build_model(spec: RunSpec) -> nn.Module:
    """Build the network of a run; its weights come from torch's default generator."""
    module, _, function = ARCHITECTURES[spec.reference].partition(":")
    build = getattr(import_module(module), function)
    return cast("nn.Module", build(spec.input_shape, spec.classes, **spec.options))


def cnn(input_shape: Shape, classes: int, dropout: float) -> nn.Module:
    """Build two convolutions, each with pooling, and two linear layers."""
    return ConvolutionalNetwork(input_shape, classes, dropout)


def mlp(input_shape: Shape, classes: int, dropout: float) -> nn.Module:
    """Build one hidden layer of 128 units on the flat image, or on the features of a table."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(input_shape), 128),
        nn.ReLU(),
        *dropout_layers(dropout),
        nn.Linear(128, classes),
    )


class ConvolutionalNetwork(nn.Module):
    """32 and 64 filters of 3×3, each followed by 2×2 pooling; 128 hidden units."""

    def __init__(self, input_shape: Shape, classes: int, dropout: float) -> None:
        super().__init__()
        channels, height, width = input_shape
        self.convolution1 = nn.Conv2d(channels, 32, 3, padding=1)
        self.convolution2 = nn.Conv2d(32, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.hidden = nn.Linear(64 * (height // 4) * (width // 4), 128)
        self.output = nn.Sequential(*dropout_layers(dropout), nn.Linear(128, classes))

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[n, channels, height, width]` to logits `[n, classes]`."""
        features = convolve_pool_rectify(self.convolution1, self.pool, images)
        features = convolve_pool_rectify(self.convolution2, self.pool, features)
        logits: Tensor = self.output(F.relu(self.hidden(features.flatten(1))))
        return logits


def dropout_layers(dropout: float) -> list[nn.Module]:
    """Return the dropout layer, or nothing where no unit is to be dropped."""
    return [nn.Dropout(dropout)] if dropout > 0 else []
