"""Descriptions of models, written from their layers."""

from __future__ import annotations

import pytest

from reportgen.analysis.claims.assembly import make_claims
from reportgen.analysis.facts import Facts, known
from reportgen.analysis.numbers import plain_claim
from reportgen.results.records import Layer
from tests.support.factories import PAPER_MODELS, make_experiment
from tests.support.facts import make_facts, with_models


def describe(layers: list[tuple[str, tuple[int, ...], int, str]], dropout: float = 0.0) -> str:
    """Return the description of a network of these layers."""
    return claims_of(layers, dropout)["description.cnn"]


def claims_of(
    layers: list[tuple[str, tuple[int, ...], int, str]], dropout: float = 0.0
) -> dict[str, str]:
    """Return every claim of a report about a network of these layers."""
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
    facts = with_models(facts, {"cnn": {"summary": summary, "dropout": dropout}})
    claims = make_claims(facts, make_experiment())
    return {name: plain_claim(claim.text, facts) for name, claim in claims.items()}


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
    assert text.replace("\u00a0", " ") == (
        "In CNN an image of 28 × 28 pixels passes through a convolution with 32 filters of 3 × 3 "
        "pixels, max pooling over 2 × 2 pixels (down to 14 × 14), ReLU, flattening to 6,272 "
        "values and dropout (during training, 50\u202f% of the values are set to zero at random), "
        "and ends in a fully connected layer of 10 units, one for each class. It has two layers "
        "with weights and 63,050 parameters (most of them, 62,730, in Linear-6), and needs 4.24 "
        "million multiply-adds per image."
    )


@pytest.mark.parametrize(
    ("layers", "place"),
    [
        (
            ["Flatten", "Linear", "ReLU", "Dropout", "Linear"],
            "layer stands between ReLU-3 and Linear-4",
        ),
        (["Dropout", "Linear"], "layer stands before Linear-1"),
        (["Linear", "Dropout"], "layer stands after Linear-1"),
        (
            ["Conv2d", "Dropout2d", "Linear", "Dropout", "Linear"],
            "layers stand between Conv2d-1 and Linear-2 and between Linear-2 and Linear-3",
        ),
        (["Linear", "ReLU", "Linear"], None),
        (["Linear", "Dropout"] * 4, None),
    ],
)
def test_the_place_of_dropout_is_stated(layers: list[str], place: str | None) -> None:
    """Among the other layers, which are numbered as in the table of a network without dropout."""
    said = claims_of([(kind, (8,), 0, "p=0.5") for kind in layers], dropout=0.5)
    assert said.get("dropout_place.cnn") == (f"Its dropout {place}." if place else None)


def test_unknown_layers_are_named_with_their_size() -> None:
    """A layer that the descriptions do not know is named as its class is."""
    text = describe([("Embedding", (7, 3), 5, ""), ("Spline", (4,), 2, "")])
    assert (
        "passes through an Embedding layer with 7\u00a0×\u00a03 outputs and ends in a Spline layer"
        in text
    )


def text_of_description(facts: Facts) -> str:
    """Return the description of the network of these facts."""
    claims = make_claims(facts, make_experiment())
    return plain_claim(claims["description.cnn"].text, facts)


def test_operations_between_the_modules_are_not_hidden() -> None:
    """A network of one's own may add outputs of modules, which a list of modules cannot show."""
    facts = make_facts(PAPER_MODELS[:1])
    summary = known(facts.models["cnn"].summary).model_copy(update={"source": ""})
    text = text_of_description(with_models(facts, {"cnn": {"summary": summary}}))
    assert text.endswith("applying an activation as a function, is not listed.")
    assert "not listed" not in text_of_description(facts)


def test_a_deep_network_is_summed_up() -> None:
    """A network of many layers is not walked through one by one."""
    text = describe([("Conv2d", (8, 28, 28), 10, ""), ("ReLU", (8, 28, 28), 0, "")] * 20)
    assert text.startswith("CNN consists of 40 layers, most often 20 Conv2d and 20 ReLU.")
    assert "It has 20 layers with weights and 200 parameters" in text
