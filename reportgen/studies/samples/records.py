"""The numbers of the study of training examples, at `facts.studies.samples`."""

from __future__ import annotations

from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate


class Needed(Record):
    """How many training examples a model needs for an accuracy."""

    examples: int | None
    """By interpolation; None where it lies outside of the sizes."""
    low: int | None
    """Ends of the interval; None where it goes on below the smallest size."""
    high: int | None
    """None where it goes on above the largest size."""
    fewer: bool
    """Whether the smallest size is more than enough."""


class Crossing(Record):
    """Where the accuracies of two models are equal, and their order turns."""

    before: str
    """Slug of the model that is more accurate with fewer examples."""
    after: str
    """Slug of the one that is more accurate with more."""
    examples: int
    low: int | None
    high: int | None
    shown: bool
    """Whether each model is better than the other at some size on its own side."""


class SamplesFacts(Record):
    """What the number of training examples does to the accuracy of the models."""

    sizes: tuple[int, ...]
    """Training examples, ascending; the last are all of them."""
    groups: tuple[int, ...] = ()
    """How many groups they come from (`data.groups`), mean over the seeds; empty where each example
    is independent."""
    steps: int
    """Steps of the optimizer that a network is trained for at least."""
    networks: bool
    """Whether any model is a network."""
    accuracy: dict[str, tuple[Estimate, ...]]
    """Slug → accuracy on the test set at each size, mean over seeds."""
    pairs: dict[str, tuple[Compared, ...]]
    """Pair of models → accuracies compared at each size; Holm's correction over pairs and sizes."""
    needed: dict[str, tuple[Needed, ...]]
    """`one--other`, in either order → for each size, how many examples `one` needs to reach what
    `other` has with that size."""
    crossings: tuple[Crossing, ...]
