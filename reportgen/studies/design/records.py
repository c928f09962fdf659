"""The numbers of the 2×2 design, at `facts.studies.design`."""

from __future__ import annotations

from typing import Literal

from reportgen.analysis.facts import Difference
from reportgen.results.records import Record


class Effect(Difference):
    """An effect of the factorial design on accuracy."""

    judgement: Literal["raises", "lowers", "equivalent", "undecided"]


class DesignFacts(Record):
    """The 2×2 design: two architectures, each with and without dropout."""

    first_architecture: str
    second_architecture: str
    without_dropout: tuple[str, str]
    """Slugs of the models without dropout, first and second architecture."""
    with_dropout: tuple[str, str]
    """Slugs of the models with dropout."""
    architecture: Effect
    """First minus second architecture, mean over both levels of dropout."""
    dropout: Effect
    """With minus without dropout, mean over both architectures."""
    dropout_first: Effect
    """With minus without dropout, in the first architecture."""
    dropout_second: Effect
    interaction: Effect
    """dropout_first − dropout_second."""
