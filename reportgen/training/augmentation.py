"""Training examples altered at random, each by itself, a whole batch in one operation."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor

from reportgen.config.spec import RunSpec, TrainingSpec
from reportgen.errors import PluginFailed


def check_augmentation(spec: RunSpec) -> None:
    """Raise PluginFailed where examples cannot be altered in the way that is asked for."""
    settings = spec.training
    moves = settings is not None and (settings.shift or settings.rotation)
    if moves and len(spec.input_shape) != 3:
        raise PluginFailed(
            "training.augmentation: shift and rotation are for images; a table has features"
        )


def is_augmented(settings: TrainingSpec) -> bool:
    """Say whether training examples are altered."""
    return bool(settings.shift or settings.rotation or settings.noise)


def augment(inputs: Tensor, settings: TrainingSpec, generator: torch.Generator) -> Tensor:
    """Return a batch shifted, rotated and with noise; each example is altered by itself.

    `inputs` is float32: pixels in [0, 1], `[n, channels, height, width]`, or features, `[n,
    features]`. What is moved into an image from outside is 0.

    torchvision's transforms would draw one shift and one angle for the whole batch.
    """
    if settings.shift or settings.rotation:
        inputs = _move(inputs, settings, generator)
    if settings.noise:
        noise = torch.empty_like(inputs).normal_(0.0, settings.noise, generator=generator)
        inputs = inputs + noise
        if inputs.ndim == 4:
            inputs = inputs.clamp(0.0, 1.0)
    return inputs


def _move(images: Tensor, settings: TrainingSpec, generator: torch.Generator) -> Tensor:
    count, _, height, width = images.shape
    drawn = torch.rand(3, count, generator=generator, device=images.device) * 2 - 1
    angle = drawn[0] * math.radians(settings.rotation)
    # In units of half a side, which is how affine_grid counts.
    across, down = drawn[1] * settings.shift * 2 / width, drawn[2] * settings.shift * 2 / height
    cosine, sine, ratio = angle.cos(), angle.sin(), height / width
    rows = (
        torch.stack([cosine, -sine * ratio, across], dim=1),
        torch.stack([sine / ratio, cosine, down], dim=1),
    )
    grid = F.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
