"""The numbers of the study of interpretability, at `facts.studies.interpretability`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reportgen.analysis.facts import Difference
from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate

METHODS: Mapping[str, str] = {
    "gradient": "Gradient",
    "integrated": "Integrated gradients",
    "gradcam": "Grad-CAM",
}
"""Kind of map → what the report calls it; a network without convolutions lacks the last."""

CONTROLS: Mapping[str, str] = {"contrast": "Contrast of the image", "random": "Random order"}
"""Orders of pixels that take no account of the network."""

ORDERS: Mapping[str, str] = {**METHODS, **CONTROLS}


class Gain(Record):
    """How much better a map orders the pixels than something else does."""

    difference: Difference
    """Difference of the scores, that of the map first."""
    p_value: float
    p_adjusted: float
    """Holm-corrected, over all maps of all models."""


class OrderFacts(Record):
    """What happens while pixels are deleted and inserted in one order; means over images, seeds."""

    deletion: Estimate
    """Area under the probability of the predicted class while pixels are deleted."""
    insertion: Estimate
    """The same while they are inserted."""
    score: Estimate
    """Mean of the area under insertion and the area above deletion."""
    deletion_curve: tuple[float, ...]
    insertion_curve: tuple[float, ...]


class MapFacts(Record):
    """The tests of one kind of map."""

    over_random: Gain
    over_contrast: Gain
    resemblance: Estimate
    """Rank correlation with the map of a network whose weights are drawn anew."""
    foreground: Estimate
    """The same over the pixels that differ from the background alone."""


class Tiles(Record):
    """Small images of one size."""

    count: int
    height: int
    width: int
    levels: str
    """Their bytes, `[count, height, width]`, in base64."""


class ModelExplanations(Record):
    """The maps of one model."""

    orders: dict[str, OrderFacts]
    maps: dict[str, MapFacts]
    """Kind of map → its tests."""
    shown: dict[str, Tiles]
    """Kind of map → those of the images that are shown: from −1 to 1 in 127ths around 128."""
    predicted: tuple[int, ...]
    """What the first run answers for them."""
    layer: Literal["units", "filters"] | None
    """What its first layer consists of; None where this is neither."""
    weights: Tiles | None
    """The largest weights of the first layer, as `shown`."""
    responses: Tiles | None
    """What its filters give for the first image that is shown; 255 is the largest."""


class InterpretabilityFacts(Record):
    """What the maps of the trained networks show, and how far they can be trusted."""

    images: int
    """How many test images the tests were made with."""
    steps: int
    """Steps in which all pixels are deleted or inserted."""
    methods: tuple[str, ...]
    """The kinds of maps, in the order of the report."""
    common: tuple[str, ...]
    """Those that every model has."""
    models: dict[str, ModelExplanations]
    """Slug → its maps; networks alone."""
    pairs: dict[str, dict[str, Compared]]
    """Pair of models → kind of map that both have → gains over random order compared; Holm's
    correction over pairs and kinds together."""
    positions: tuple[int, ...]
    """Where the images that are shown are in the test set."""
    labels: tuple[int, ...]
    """Their classes."""
    agreed: int
    """How many of them all networks classify alike; they come first."""
    pixels: tuple[Tiles, ...]
    """Each channel of the images that are shown."""
