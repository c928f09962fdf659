"""What a comparison of two builds found, as frozen records."""

from __future__ import annotations

from typing import Literal

from reportgen.results.records import Record

Movement = Literal["same", "up", "down", "within", "unknown"]
"""`up` and `down` by more than the seeds are spread, `within` their spread; `unknown` where both
builds have one seed, so that there is no spread to judge by; `same` also where the difference is
printed as 0."""


class SettingChange(Record):
    """A setting, a result, or what a build depends on, with its old and its new value."""

    path: str
    old: str | None
    """None where there was none."""
    new: str | None


class RunChange(Record):
    """One run of either build."""

    model: str
    """Slug."""
    seed: int
    status: Literal["same", "other", "added", "removed"]
    """`other`: the same model and seed, with another key."""
    sources: tuple[str, ...] = ()
    """Which source files changed, where the status is `other`: `mynet.py changed`."""


class Summary(Record):
    """A metric over the seeds of one model."""

    mean: float
    minimum: float
    maximum: float
    seeds: int


class MetricChange(Record):
    """A metric of a model that both builds have."""

    model: str
    """Slug."""
    name: str
    metric: str
    """`accuracy`, `macro_f1`, `f1`, …"""
    title: str
    """What tables call it, such as `accuracy on the training set`."""
    format: str
    """How a value is printed: a name in `reportgen.formatting.FORMATS`."""
    class_name: str | None
    """The class, for a metric of one class."""
    old: Summary
    new: Summary
    difference: float
    """New mean − old mean."""
    spread: float | None
    """The wider of the two builds' spreads, highest − lowest seed; None with one seed in both."""
    moved: Movement


class ConclusionChange(Record):
    """A conclusion that turned."""

    subject: str
    old: str
    new: str


class ConfusionChange(Record):
    """New minus old confusion matrix of a model, over the seeds that both builds have."""

    model: str
    name: str
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    matrix: tuple[tuple[int, ...], ...]
    """Rows are true classes, columns predicted ones; counts summed over `seeds`."""
    moved: tuple[tuple[int, int], ...]
    """Cells (true, predicted) whose mean moved by more than the seeds are spread."""
    row: float
    """Mean number of examples in a row, over all `seeds`."""


class Diff(Record):
    """All that differs between two builds."""

    first: str
    """What the older build is called."""
    second: str
    settings: tuple[SettingChange, ...]
    """Of the experiment, by dotted path; presentation included."""
    surroundings: tuple[SettingChange, ...]
    """Data, versions, devices, code."""
    models_added: tuple[str, ...]
    models_removed: tuple[str, ...]
    runs: tuple[RunChange, ...]
    metrics: tuple[MetricChange, ...]
    """Of every model that both builds have, the unchanged ones too."""
    studies: tuple[SettingChange, ...]
    """Results of the user's own studies, by path: `studies.NAME.…`."""
    conclusions: tuple[ConclusionChange, ...]
    confusions: tuple[ConfusionChange, ...]
    """Of the models whose matrices differ."""
