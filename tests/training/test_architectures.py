from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from reportgen.training.building import build_model, read_source
from reportgen.training.fused import compile_blocks
from reportgen.training.summary import summarize
from tests.support.training import SHIPPED, make_spec

PAPER = {
    # (type, output shape, parameters), from the two layer tables of the paper.
    "cnn": (
        ("Conv2d", (32, 28, 28), 320),
        ("MaxPool2d", (32, 14, 14), 0),
        ("Conv2d", (64, 14, 14), 18_496),
        ("MaxPool2d", (64, 7, 7), 0),
        ("Linear", (128,), 401_536),
        ("Linear", (10,), 1_290),
    ),
    "mlp": (
        ("Flatten", (784,), 0),
        ("Linear", (128,), 100_480),
        ("ReLU", (128,), 0),
        ("Linear", (10,), 1_290),
    ),
}
PAPER_SIZES = {
    # parameters, then MB: input, forward and backward, parameters, total
    "cnn": (421_642, "0.00", "0.36", "1.61", "1.97"),
    "mlp": (101_770, "0.00", "0.01", "0.39", "0.40"),
}


def build(
    reference: str,
    input_shape: tuple[int, ...] = (1, 28, 28),
    classes: int = 10,
    **options: Any,
) -> nn.Module:
    """Build a network as a run of it is built."""
    spec = make_spec(reference=reference, input_shape=input_shape, classes=classes, options=options)
    return build_model(spec, SHIPPED[reference])


@pytest.mark.parametrize("name", PAPER)
def test_layer_table_is_the_papers(name: str) -> None:
    """The layer table and its totals are those that the paper prints."""
    summary = summarize(build(name), (1, 28, 28))
    rows = tuple((row.type, row.output_shape, row.parameters) for row in summary.layers)
    sizes = (summary.input_mb, summary.forward_backward_mb, summary.parameters_mb, summary.total_mb)
    assert rows == PAPER[name]
    assert (summary.parameters, *(f"{size:.2f}" for size in sizes)) == PAPER_SIZES[name]
    assert summary.trainable_parameters == summary.parameters


@pytest.mark.parametrize("name", SHIPPED)
def test_dropout_stands_before_the_last_layer(name: str) -> None:
    """A share above zero adds one dropout layer, before the last, and no parameter."""
    plain = summarize(build(name), (1, 28, 28))
    dropped = summarize(build(name, dropout=0.4), (1, 28, 28))
    types = [row.type for row in plain.layers]
    assert [row.type for row in dropped.layers] == [*types[:-1], "Dropout", types[-1]]
    assert dropped.layers[-2].details.startswith("p=0.4")
    assert dropped.parameters == plain.parameters


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize(
    ("shape", "classes"), [((3, 32, 32), 7), ((1, 12, 20), 2), ((2, 5, 5), 26)]
)
def test_any_shape_and_number_of_classes(
    name: str, shape: tuple[int, int, int], classes: int
) -> None:
    """Every architecture takes any image that survives its pooling, and any number of classes."""
    model = build(name, shape, classes, dropout=0.2)
    assert model(torch.rand(3, *shape)).shape == (3, classes)


@pytest.mark.slow
def test_cnn_computes_what_its_layers_say() -> None:
    """The order in which ReLU and pooling are computed changes neither logits nor gradients."""
    torch.manual_seed(0)
    ours = build("cnn")
    theirs = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    ours = ours.to(memory_format=torch.channels_last)
    compile_blocks(ours, torch.device("cpu"))
    images, labels = torch.randn(16, 1, 28, 28), torch.randint(0, 10, (16,))
    # Blank borders, as digits have them: there every window of a pooling is a tie.
    images[:, :, :8] = images[:, :, :, 20:] = -1.0
    logits = [model(images) for model in (ours, theirs)]
    for scores in logits:
        F.cross_entropy(scores, labels).backward()
    torch.testing.assert_close(*logits, rtol=1e-4, atol=1e-5)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-3, atol=1e-6)


def test_source_shows_the_network() -> None:
    """The source that the report prints is the network's, classes included, not the kernels'."""
    assert "kernels" not in read_source(SHIPPED["cnn"])
    assert "def mlp(" in read_source(SHIPPED["mlp"])
    assert "def cnn(" in read_source(SHIPPED["cnn"])
    assert "self.pool(self.convolution(images))" in read_source(SHIPPED["cnn"])
