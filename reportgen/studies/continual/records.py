"""The numbers of the study of continual learning, at `facts.studies.continual`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reportgen.config.spec import Method
from reportgen.results.records import Record
from reportgen.studies.comparing import Compared, Estimate

METHODS: tuple[Method, ...] = ("fine-tuning", "ewc", "replay", "joint")

TITLES: Mapping[str, str] = {
    "fine-tuning": "Fine-tuning",
    "ewc": "EWC",
    "replay": "Replay",
    "joint": "All at once",
}

SHARED = "domain-"
"""Before the name of a method: all tasks share the outputs of the network."""

Scenario = Literal["class", "task", "domain"]
"""`class`: the network answers with one of all classes; `task`: with one of the task's, which is
known; `domain`: with the place of the class within its task, which is not known."""


class MethodFacts(Record):
    """What one model remembers with one method in one scenario; means over seeds."""

    matrix: tuple[tuple[float, ...], ...]
    """R[i][j]: accuracy on task j after task i; of `joint`, the last row alone."""
    average: Estimate
    """Mean of the last row."""
    transfer: Estimate | None
    """Backward transfer: mean over all tasks j but the last of R[T][j] − R[j][j] (Lopez-Paz and
    Ranzato 2017); None of `joint`."""
    forgetting: Estimate | None
    """Mean over the same tasks of the largest R[l][j] with l < T, minus R[T][j] (Chaudhry et al.
    2018); None of `joint`."""


class ContinualFacts(Record):
    """What networks forget as they learn classes in groups, one after the other."""

    tasks: tuple[tuple[str, ...], ...]
    """Names of the classes of each task."""
    epochs: int
    """Of each task."""
    buffer: int
    penalty: float
    models: dict[str, dict[Scenario, dict[str, MethodFacts]]]
    """Slug → scenario → method. A network of the user's own has no scenario `domain`."""
    pairs: dict[str, dict[Scenario, dict[str, Compared]]]
    """Slug → scenario → two methods, compared by average accuracy; Holm's correction over all."""
    forgetting: dict[str, dict[Scenario, dict[str, Compared]]]
    """Likewise by forgetting, without `joint`."""
