"""Descriptions of models in prose, written from their layers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from reportgen.analysis.facts import Claim, Facts, ModelFacts, known
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import count_word, counted, example, join, name
from reportgen.formatting import percent_whole
from reportgen.results.records import Layer

LONGEST_WALK = 16
"""A network with more layers than this is summed up and not walked through."""
_UNLISTED = (
    "Only modules count as layers, in the order of their calls: what the code does between them, "
    "such as adding a residual connection or applying an activation as a function, is not listed."
)
_TIMES = "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"


def description_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `description.<slug>` for every model with layers, and `dropout_place.<slug>`."""
    for slug, model in facts.models.items():
        if model.summary is None:
            continue
        long = len(_layers(model)) > LONGEST_WALK
        walk = _kinds(facts, model) if long else _walk(facts, model)
        # The source is that of a shipped network, whose template mentions functions by itself.
        own = [] if model.summary.source else [_UNLISTED]
        text = " ".join([walk, _sizes(facts, model), *own])
        yield Claim(id=f"description.{slug}", text=text, rests_on="the layers of the network")
        if place := _dropout_place(model):
            basis = "the order of the layers"
            yield Claim(id=f"dropout_place.{slug}", text=place, rests_on=basis)


def _layers(model: ModelFacts) -> tuple[Layer, ...]:
    return known(model.summary).layers


def _walk(facts: Facts, model: ModelFacts) -> str:
    layers = _layers(model)
    is_row = len(facts.dataset.input_shape) == 1
    steps = [
        _STEPS.get(layer.type, _any_layer)(model, index)
        for index, layer in enumerate(layers)
        if not (is_row and layer.type == "Flatten")  # a row of features is flat already
    ]
    if not steps:
        return f"{name(facts, model.slug)} has no layers."
    per_class = layers[-1].output_shape == (len(facts.dataset.classes),)
    *before, last = steps
    comma = "," if len(before) > 1 else ""
    way = f"passes through {join(before)}{comma} and ends in" if before else "passes through"
    return (
        f"In {name(facts, model.slug)} {_example(facts)} {way} {last}"
        f"{', one for each class' if per_class else ''}."
    )


def _example(facts: Facts) -> str:
    """Return what goes into a model, with its size."""
    sizes = [
        mark(f"dataset.input_shape.{a}", "integer") for a in range(len(facts.dataset.input_shape))
    ]
    if len(sizes) == 1:
        return f"a row of {sizes[0]} features"
    return f"an image of {_TIMES.join(sizes[1:])} pixels"


def _kinds(facts: Facts, model: ModelFacts) -> str:
    kinds = Counter(layer.type for layer in _layers(model))
    listed = join([f"{count_word(count)} {literal(kind)}" for kind, count in kinds.most_common(5)])
    total = counted(kinds.total(), "layer")
    return f"{name(facts, model.slug)} consists of {total}, most often {listed}."


def _sizes(facts: Facts, model: ModelFacts) -> str:
    path, summary = f"models.{model.slug}.summary", known(model.summary)
    total = f"{mark(f'{path}.parameters', 'integer')} parameters"
    if summary.parameters != summary.trainable_parameters:
        total += f", {mark(f'{path}.trainable_parameters', 'integer')} of them trainable"
    weighted = sum(layer.parameters > 0 for layer in summary.layers)
    return (
        f"It has {counted(weighted, 'layer')} with weights and {total}{_largest(model)}, and needs "
        f"{mark(f'{path}.multiply_adds', 'magnitude')} multiply-adds per {example(facts)}."
    )


def _largest(model: ModelFacts) -> str:
    layers = _layers(model)
    if sum(layer.parameters > 0 for layer in layers) < 2:
        return ""
    index = max(range(len(layers)), key=lambda i: layers[i].parameters)
    count = mark(_path(model, index) + ".parameters", "integer")
    most = (
        "most of them"
        if 2 * layers[index].parameters > known(model.summary).parameters
        else "the most"
    )
    return f" ({most}, {count}, in {literal(layers[index].type)}-{index + 1})"


def _path(model: ModelFacts, index: int) -> str:
    return f"models.{model.slug}.summary.layers.{index}"


def _size(model: ModelFacts, index: int, first_axis: int = 0) -> str:
    axes = range(first_axis, len(_layers(model)[index].output_shape))
    path = _path(model, index)
    return _TIMES.join(mark(f"{path}.output_shape.{axis}", "integer") for axis in axes)


def _convolution(model: ModelFacts, index: int) -> str:
    filters = mark(_path(model, index) + ".output_shape.0", "integer")
    kernel = _kernel(_layers(model)[index])
    return f"a convolution with {filters} filters" + (f" of {kernel} pixels" if kernel else "")


def _pooling(model: ModelFacts, index: int) -> str:
    layer = _layers(model)[index]
    kind, kernel = "max" if "Max" in layer.type else "average", _kernel(layer)
    over = f" over {kernel} pixels" if kernel else ""
    return f"{kind} pooling{over} (down to {_size(model, index, first_axis=1)})"


def _linear(model: ModelFacts, index: int) -> str:
    return f"a fully connected layer of {_size(model, index)} units"


def _dropout(model: ModelFacts, index: int) -> str:
    found = re.search(r"p=([0-9.]+)", _layers(model)[index].details)
    if found is None:
        return "dropout"
    share = percent_whole(float(found[1]))
    # Only the rate in the settings is a number of the facts; other layers' rates are text.
    if float(found[1]) == model.dropout:
        share = mark(f"models.{model.slug}.dropout", "percent_whole")
    return f"dropout (during training, {share} of the values are set to zero at random)"


def _dropout_place(model: ModelFacts) -> str:
    """State where dropout stands among the other layers, numbered as in a table without it."""
    places: list[int] = []
    others: list[str] = []
    for layer in _layers(model):
        if layer.type in _DROPOUTS:
            places.append(len(others))
        else:
            others.append(f"{literal(layer.type)}-{len(others) + 1}")
    if not others or not 0 < len(places) <= _MOST_PLACES:
        return ""
    stands = join([_between(others[max(at - 1, 0) : at], others[at : at + 1]) for at in places])
    noun = "layer stands" if len(places) == 1 else "layers stand"
    return f"Its dropout {noun} {stands}."


def _between(before: list[str], after: list[str]) -> str:
    if not before:
        return f"before {after[0]}"
    return f"between {before[0]} and {after[0]}" if after else f"after {before[0]}"


def _flatten(model: ModelFacts, index: int) -> str:
    return f"flattening to {_size(model, index)} values"


def _by_name(model: ModelFacts, index: int) -> str:
    return literal(_layers(model)[index].type)


def _normalisation(model: ModelFacts, index: int) -> str:
    kind = _layers(model)[index].type.partition("Norm")[0].lower()
    return f"{kind} normalisation"


def _any_layer(model: ModelFacts, index: int) -> str:
    kind = literal(_layers(model)[index].type)
    article = "an" if kind[:1].upper() in set("AEIOU") else "a"
    return f"{article} {kind} layer with {_size(model, index)} outputs"


def _kernel(layer: Layer) -> str:
    # PyTorch prints `kernel_size=2` for pooling that was given one number, else `(2, 2)`.
    found = re.search(r"kernel_size=\(?([0-9]+)(?:, ([0-9]+))?", layer.details)
    return f"{found[1]}{_TIMES}{found[2] or found[1]}" if found else ""


_ACTIVATIONS = ("ReLU", "GELU", "ELU", "SiLU", "LeakyReLU", "Tanh", "Sigmoid", "Softmax")
_DROPOUTS = ("Dropout", "Dropout2d")
_MOST_PLACES = 3
"""Dropout layers of a network whose places are named."""
_NORMALISATIONS = ("BatchNorm1d", "BatchNorm2d", "LayerNorm", "GroupNorm")

_STEPS: dict[str, Callable[[ModelFacts, int], str]] = {
    "Conv2d": _convolution,
    **dict.fromkeys(("MaxPool2d", "AvgPool2d"), _pooling),
    "Linear": _linear,
    **dict.fromkeys(_DROPOUTS, _dropout),
    "Flatten": _flatten,
    **dict.fromkeys(_ACTIVATIONS, _by_name),
    **dict.fromkeys(_NORMALISATIONS, _normalisation),
}
