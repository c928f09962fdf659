"""The paper's way of training, written anew to measure against: one image at a time.

torchvision's transforms turn each image into a tensor, a single-process loader makes batches of 64,
and one model is trained after the other, in float32, with as many threads as torch takes by itself.
Prints one JSON line for each model.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

BATCH = 64


def make_network(kind: str, dropout: float) -> nn.Sequential:
    """Build one of the paper's networks, layer by layer in the order in which it names them."""
    before_last = [nn.Dropout(dropout)] if dropout else []
    if kind == "mlp":
        body = [nn.Flatten(), nn.Linear(28 * 28, 128), nn.ReLU()]
        return nn.Sequential(*body, *before_last, nn.Linear(128, 10))
    stages: list[nn.Module] = []
    for inputs, outputs in ((1, 32), (32, 64)):
        stages += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    hidden = [nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU()]
    return nn.Sequential(*stages, *hidden, *before_last, nn.Linear(128, 10))


def load_split(
    data: Path, train: bool, limit: int
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """Return batches that are made while they are asked for."""
    normalize = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    images = datasets.MNIST(str(data), train=train, transform=normalize)
    first = Subset(images, range(min(limit, len(images))))
    return DataLoader(first, batch_size=BATCH, shuffle=train)


def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: DataLoader[tuple[torch.Tensor, torch.Tensor]],
) -> tuple[float, float]:
    """Train one epoch, asking for loss and hits after each batch; return both."""
    model.train()
    total, hits, seen = 0.0, 0, 0
    for images, labels in batches:
        optimizer.zero_grad()
        logits = model(images)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        hits += int((logits.argmax(dim=1) == labels).sum().item())
        seen += len(labels)
    return total / seen, hits / seen


def evaluate(model: nn.Module, batches: DataLoader[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Return the accuracy on the test set."""
    model.eval()
    hits = seen = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += int((model(images).argmax(dim=1) == labels).sum().item())
            seen += len(labels)
    return hits / seen


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, envvar="REPORTGEN_DATA")
@click.option("--epochs", default=1, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--limit", default=60_000, show_default=True, help="Training images.")
@click.option("--models", default="cnn,cnn+dropout,mlp,mlp+dropout", show_default=True)
def main(data: Path, epochs: int, seed: int, limit: int, models: str) -> None:
    """Train the networks one after the other, as the paper does."""
    for name in models.split(","):
        kind, _, dropout = name.partition("+")
        torch.manual_seed(seed)
        train, test = load_split(data, True, limit), load_split(data, False, 10_000)
        model = make_network(kind, 0.5 if dropout else 0.0)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        clock = time.perf_counter()
        for _ in range(epochs):
            train_epoch(model, optimizer, train)
        epochs_seconds = time.perf_counter() - clock
        accuracy = evaluate(model, test)
        seconds = time.perf_counter() - clock
        line = {"model": name, "seed": seed, "accuracy": accuracy}
        line |= {"seconds": seconds, "epochs_seconds": epochs_seconds}
        click.echo(json.dumps(line))


if __name__ == "__main__":
    main()
