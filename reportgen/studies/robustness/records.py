"""The numbers of the study of robustness, at `facts.studies.robustness`."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate

TITLES: Mapping[str, str] = {
    "shot_noise": "Shot noise",
    "impulse_noise": "Impulse noise",
    "glass_blur": "Glass blur",
    "motion_blur": "Motion blur",
    "shear": "Shear",
    "scale": "Scale",
    "rotate": "Rotation",
    "translate": "Translation",
    "brightness": "Brightness",
    "stripe": "Stripe",
    "fog": "Fog",
    "spatter": "Spatter",
    "dotted_line": "Dotted lines",
    "zigzag": "Zigzag lines",
    "canny_edges": "Canny edges",
    "low_resolution": "Low resolution",
}
"""Name of a corruption in an experiment file → what the report calls it, in its order."""

UNGRADED = ("canny_edges",)
"""Corruptions without severities; they have the one severity 1."""

PUBLISHED = tuple(name for name in TITLES if name != "low_resolution")
"""Those of MNIST-C, whose arrays can be given."""


class ModelRobustness(Record):
    """The errors of one model; each is a mean over its seeds."""

    clean: Estimate
    """Error on the same images, unchanged."""
    corrupted: Estimate
    """Mean error over the corruptions, each a mean over its severities."""
    loss: Estimate
    """`corrupted` minus `clean`."""
    errors: dict[str, Estimate]
    """Corruption → mean error over its severities."""
    by_severity: dict[str, tuple[Estimate, ...]]
    """Corruption → error at each of its severities."""
    at_severity: tuple[Estimate, ...]
    """Mean error over the corruptions that have severities, at each severity."""
    mean_corruption_error: Estimate | None
    """Mean over the corruptions of the error relative to that of the reference model
    (Hendrycks and Dietterich 2019); None where the reference makes no error under one."""
    relative_mean_corruption_error: Estimate | None
    """The same of what the corruption adds to the error on clean images; None where it adds
    nothing to that of the reference."""


class RobustnessFacts(Record):
    """What the networks make of corrupted test images."""

    images: int
    """How many test images were corrupted."""
    severities: tuple[int, ...]
    corruptions: tuple[str, ...]
    """Their names, in the order of the report."""
    graded: tuple[str, ...]
    """Those that have severities."""
    published: tuple[str, ...]
    """Those whose images were read from arrays of MNIST-C."""
    reference: str
    """Slug of the model that errors are relative to."""
    models: dict[str, ModelRobustness]
    """Slug → its errors; networks alone."""
    pairs: dict[str, Compared]
    """Pair of models → mean errors compared; Holm's correction over the pairs."""
    by_corruption: dict[str, dict[str, Compared]]
    """Pair of models → corruption → errors compared; Holm's correction over pairs and
    corruptions together."""
    losses: dict[str, Compared]
    """Pair of models → what corruption adds to the error; Holm's correction over the pairs."""
    shown: dict[str, tuple[tuple[tuple[int, ...], ...], ...]] = {}  # noqa: RUF012
    """Corruption → pixels of one image, `[channels, height, width]`, 0 to 255."""
