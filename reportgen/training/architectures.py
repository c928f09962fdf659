"""The shipped networks.

Every function takes the shape of one example (channels, height, width of an image, or the number
of features of a table row), the number of classes and its options, and returns a module that maps
examples, `[n, *shape]`, to logits `[n, classes]`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor, nn

Shape = tuple[int, ...]
"""Channels, height, width of an image, or the number of features of a table row."""


def cnn(
    input_shape: Shape,
    classes: int,
    dropout: float = 0.0,
    channels: Sequence[int] = (32, 64),
    hidden: Sequence[int] = (128,),
) -> nn.Module:
    """Build one convolution with pooling for each of `channels`, then linear layers.

    Raises ValueError where the data are no images, or too small to be pooled so often.
    """
    smallest = 2 ** len(channels)
    if len(input_shape) != 3:
        raise ValueError("cnn needs images; for a table of features take mlp")
    if min(input_shape[1:]) < smallest:
        size = " × ".join(map(str, input_shape[1:]))
        raise ValueError(
            f"cnn halves an image {len(channels)} times, for which {size} pixels are too few; "
            "give fewer options.channels"
        )
    return ConvolutionalNetwork(input_shape, classes, dropout, channels, hidden)


def mlp(
    input_shape: Shape, classes: int, dropout: float = 0.0, hidden: Sequence[int] = (128,)
) -> nn.Module:
    """Build one layer of units for each of `hidden` on the flat image, or on a table's features."""
    sizes = (math.prod(input_shape), *hidden)
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes, hidden, strict=False):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(
        nn.Flatten(), *layers, *dropout_layers(dropout), nn.Linear(sizes[-1], classes)
    )


class ConvolutionalNetwork(nn.Module):
    """Filters of 3×3, each block followed by 2×2 pooling; then hidden units."""

    def __init__(
        self,
        input_shape: Shape,
        classes: int,
        dropout: float,
        channels: Sequence[int],
        hidden: Sequence[int],
    ) -> None:
        super().__init__()
        depth, height, width = input_shape
        self.blocks = nn.Sequential(
            *(
                ConvolutionBlock(inputs, outputs)
                for inputs, outputs in zip((depth, *channels), channels, strict=False)
            )
        )
        shrunk = 2 ** len(channels)
        sizes = (channels[-1] * (height // shrunk) * (width // shrunk), *hidden)
        self.hidden = nn.ModuleList(
            nn.Linear(inputs, outputs) for inputs, outputs in zip(sizes, hidden, strict=False)
        )
        self.output = nn.Sequential(*dropout_layers(dropout), nn.Linear(sizes[-1], classes))

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[n, channels, height, width]` to logits `[n, classes]`."""
        features = self.blocks(images).flatten(1)
        for layer in self.hidden:
            features = F.relu(layer(features))
        logits: Tensor = self.output(features)
        return logits


class ConvolutionBlock(nn.Module):
    """Filters of 3×3, 2×2 pooling, ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, images: Tensor) -> Tensor:
        """Map `[n, inputs, height, width]` to `[n, outputs, height // 2, width // 2]`.

        ReLU never changes an order, so it may follow the pooling: a quarter of the elements.
        """
        return F.relu(self.pool(self.convolution(images)))


def dropout_layers(dropout: float) -> list[nn.Module]:
    """Return the dropout layer, or nothing where no unit is to be dropped."""
    return [nn.Dropout(dropout)] if dropout > 0 else []
