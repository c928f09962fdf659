"""The numbers of a sweep, at `facts.studies.sweep`."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from reportgen.results.records import Record
from reportgen.studies.comparing import Estimate


class Setting(Record):
    """A setting of a model that was swept."""

    path: str
    """Below the model, such as `training.learning_rate`."""
    title: str
    """What tables and figures call it, such as `Learning rate`."""
    scale: Literal["linear", "log", "names"]
    """Along which its values lie; `names` for values that are not numbers."""
    share: float | None
    """Of the variance of the scores that its values account for; None where that is not known."""


class Tried(Record):
    """A configuration that was tried."""

    configuration: tuple[JsonValue, ...]
    """Values of the settings, in their order."""
    score: float | None
    """Mean over seeds, on the held-out examples; None where a run failed."""


class Ranked(Record):
    """One of the best configurations."""

    place: int
    """Position among all that were tried, from 0."""
    configuration: tuple[JsonValue, ...]
    score: float
    behind: Estimate | None
    """Its score minus that of the selected one, on the same examples; None for the latter."""


class ModelSweep(Record):
    """What was tried of one model."""

    name: str
    settings: tuple[Setting, ...]
    trials: tuple[Tried, ...]
    """In the order in which they were tried."""
    failed: int
    """Configurations of which a run failed."""
    best: tuple[Ranked, ...]
    """Up to ten, the selected one first."""
    alike: int
    """Configurations whose score is not shown to be below that of the selected one."""
    test: float
    """Score of the selected model on the test set, mean over the seeds of the report."""
    optimism: Estimate
    """Score of the selected configuration on the held-out examples minus `test`."""


class SweepFacts(Record):
    """What a sweep tried, and what it selected."""

    design: Literal["grid", "random", "optuna"]
    metric: str
    """Title of the metric that configurations were compared by."""
    format: str
    difference_format: str
    higher_is_better: bool
    held_out: int
    """Training examples that configurations were compared on."""
    fitted: int
    """Training examples that they were fitted to."""
    seeds: int
    """Runs of each configuration."""
    configurations: int
    """Of all models."""
    runs: int
    models: dict[str, ModelSweep]
    """Slug → what was tried of the model."""
