"""The numbers of the study of groups, at `facts.studies.groups`."""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.analysis.facts import Difference
from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate

TITLES: Mapping[str, str] = {
    "thickness": "Stroke thickness",
    "slant": "Slant",
    "size": "Size",
    "data": "Group",
}
"""Name of a division → what the report calls it."""

ENDS: Mapping[str, tuple[str, str]] = {
    "thickness": ("thinnest", "thickest"),
    "slant": ("most left-leaning", "most right-leaning"),
    "size": ("smallest", "largest"),
}
"""Name of a division → what its lowest and its highest group are called."""


class ModelGroups(Record):
    """How one model does in the groups of one division."""

    accuracies: tuple[Estimate, ...]
    """Mean over seeds; each interval is that of its group by itself."""
    worst: int
    """Index of the group with the lowest accuracy."""
    best: int
    gap: Difference
    """Accuracy of the best group minus that of the worst; the interval covers the gap of all
    models and divisions at once, whichever groups are the best and the worst."""


class Division(Record):
    """The test examples in groups of one kind."""

    title: str
    labels: tuple[str, ...]
    """What each group is called."""
    sizes: tuple[int, ...]
    """Test examples in each group."""
    means: tuple[float, ...]
    """Mean of the measured quantity in each group; empty for groups that the data name."""
    models: dict[str, ModelGroups]
    """Slug → its accuracies."""
    hardest: int
    """Index of the group with the lowest accuracy, mean over the models."""
    pairs: dict[str, Compared]
    """Pair of models → their accuracies in the hardest group compared; Holm's correction over pairs
    and divisions."""
    best: str
    """Slug of the model with the highest accuracy in its worst group."""


class GroupsFacts(Record):
    """Which test examples the models serve worse."""

    divisions: dict[str, Division]
    overall: str
    """Slug of the model with the highest accuracy over all test examples."""
    gaps: int
    """How many gaps there are: models times divisions."""
    shown_gaps: int
    """How many of them have an interval above 0."""
    shown: dict[str, tuple[tuple[tuple[int, ...], ...], ...]] = {}  # noqa: RUF012
    """Division → pixels of an image of each group, `[height, width]`, 0 to 255."""
