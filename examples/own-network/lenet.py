"""LeNet-5 as it is usually written today: plain PyTorch, without any code of reportgen."""

import torch
from torch import nn


class LeNet(nn.Module):
    """Two convolutions and three linear layers (LeCun et al. 1998), for small grey images."""

    def __init__(self, in_channels: int = 1, num_classes: int = 10, width: int = 6) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(2 * width * 16, 84),
            nn.ReLU(),
            nn.Linear(84, num_classes),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, `[n, num_classes]`."""
        return self.classifier(self.features(images))
