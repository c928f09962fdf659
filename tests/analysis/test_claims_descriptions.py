"""Descriptions of models, written from their layers."""

from __future__ import annotations

from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.numbers import plain_claim
from reportgen.results.records import Layer
from tests.support.factories import PAPER_MODELS, make_experiment
from tests.support.facts import make_facts


def describe(layers: list[tuple[str, tuple[int, ...], int, str]], dropout: float = 0.0) -> str:
    """Return the description of a network of these layers."""
    made = tuple(
        Layer(
            type=kind,
            output_shape=shape,
            parameters=parameters,
            trainable_parameters=parameters,
            multiply_adds=1000,
            details=details,
        )
        for kind, shape, parameters, details in layers
    )
    total = sum(layer.parameters for layer in made)
    facts = make_facts(PAPER_MODELS[:1])
    model = facts.models["cnn"]
    assert model.summary is not None
    summary = model.summary.model_copy(
        update={
            "layers": made,
            "parameters": total,
            "trainable_parameters": total,
            "multiply_adds": 4_241_920,
        }
    )
    changed = model.model_copy(update={"summary": summary, "dropout": dropout})
    facts = facts.model_copy(update={"models": {"cnn": changed}})
    return plain_claim(make_claims(facts, make_experiment())["description.cnn"].text, facts)


def test_a_convolutional_network_is_walked_through() -> None:
    """Filters, kernels, sizes, dropout, units and parameters come from the layers."""
    text = describe(
        [
            ("Conv2d", (32, 28, 28), 320, "1, 32, kernel_size=(3, 3), padding=(1, 1)"),
            ("MaxPool2d", (32, 14, 14), 0, "kernel_size=2, stride=2"),
            ("ReLU", (32, 14, 14), 0, ""),
            ("Flatten", (6272,), 0, ""),
            ("Dropout", (6272,), 0, "p=0.5, inplace=False"),
            ("Linear", (10,), 62730, "in_features=6272, out_features=10, bias=True"),
        ],
        dropout=0.5,
    )
    assert text == (
        "In CNN an image of 28 × 28 pixels passes through a convolution with 32 filters of 3 × 3 "
        "pixels, max pooling over 2 × 2 pixels (down to 14 × 14), ReLU, flattening to 6,272 "
        "values and dropout (during training, 50\u202f% of the values are set to zero at random), "
        "and ends in a fully connected layer of 10 units, one for each class. It has six layers "
        "and 63,050 parameters (most of them, 62,730, in layer 6, Linear), and needs 4.24 "
        "million multiply-adds per image."
    )


def test_unknown_layers_are_named_with_their_size() -> None:
    """A layer that the descriptions do not know is named as its class is."""
    text = describe([("Embedding", (7, 3), 5, ""), ("Spline", (4,), 2, "")])
    assert "passes through an Embedding layer with 7 × 3 outputs and ends in a Spline layer" in text


def test_a_deep_network_is_summed_up() -> None:
    """A network of many layers is not walked through one by one."""
    text = describe([("Conv2d", (8, 28, 28), 10, ""), ("ReLU", (8, 28, 28), 0, "")] * 20)
    assert text.startswith("CNN is a stack of many layers, most often 20 Conv2d and 20 ReLU.")
    assert "It has 40 layers and 200 parameters" in text
