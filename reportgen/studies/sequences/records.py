"""The numbers of the study of sequences, at `facts.studies.sequences`."""

from __future__ import annotations

from typing import Literal

from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate


class StyleShares(Record):
    """What becomes of the sequences of one style, as shares of all of them that sum to 1."""

    right: Estimate
    """Read without error."""
    segmentation: float
    """Read wrong, and not cut into its digits."""
    recognition: float
    """Cut into its digits, and at least one of them read wrong."""


class ModelSequences(Record):
    """How one model reads sequences."""

    right: Estimate
    """Share of all sequences that are read without error."""
    single: float
    """Accuracy on the same test images, each by itself."""
    by_length: tuple[Estimate, ...]
    """Share of the sequences of each length, all styles together."""
    independent: tuple[float, ...]
    """What independent errors would give: the accuracy on single images, to the power of each
    length, mean over seeds."""
    styles: dict[str, StyleShares]
    coverage: Estimate
    """Share of the sequences that are answered where the confidence must reach a threshold, chosen
    on other sequences for the accuracy that is asked for."""
    reached: float | None
    """Accuracy of these answers; None where none is given."""


class Failure(Record):
    """A sequence that is shown because it was read wrong."""

    style: str
    truth: str
    read: str
    """What most of the runs that err read; empty for nothing."""
    runs: int
    """How many runs read it wrong."""
    cause: Literal["segmentation", "recognition"]


class SequencesFacts(Record):
    """How the networks read sequences of test images."""

    lengths: tuple[int, ...]
    count: int
    """Sequences of each length and style."""
    total: int
    """All sequences."""
    accuracy: float
    """Which accuracy the answers must have where some are withheld."""
    cut: dict[str, float]
    """Style → share of its sequences that are cut into their digits."""
    models: dict[str, ModelSequences]
    """Slug → its shares; networks alone."""
    pairs: dict[str, Compared]
    runs: int
    """How many networks read each sequence."""
    examples: tuple[str, ...]
    """What the sequences are that are shown as examples, one of each style."""
    failures: tuple[Failure, ...]
    shown: tuple[tuple[tuple[int, ...], ...], ...] = ()
    """Pixels of the examples and then of the failures, each `[height, width]`, 0 to 255."""
