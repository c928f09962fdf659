"""The request of a build, its result, and the interface that reports its progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from reportgen.config.explain import Change
from reportgen.config.loading import LoadedExperiment
from reportgen.config.plan import PlannedRun
from reportgen.results.records import RunOutcome

if TYPE_CHECKING:
    from reportgen.data.predictions import PredictionSet
    from reportgen.execution.progress import Progress

Format = Literal["html", "pdf"]
Pair = tuple[str, int]
"""(model slug, seed)."""


@dataclass(frozen=True)
class BuildRequest:
    """What the user asked for."""

    experiment: str | None = None
    """Name of a shipped experiment, or path of a file; None is `paper`."""
    overrides: tuple[str, ...] = ()
    """`dotted.path=value`, as given to `--set`."""
    output: Path = Path("output")
    data_dir: Path | None = None
    device: str = "auto"
    workers: int | None = None
    """Processes to train in; None takes one for each core."""
    cluster: str | None = None
    """Address of a Dask scheduler to train on, or `local:N`; None trains on this machine."""
    formats: tuple[Format, ...] = ("html", "pdf")
    name: str | None = None
    """Name of a variant, which is built beside the experiment itself; None is the experiment."""
    loaded: LoadedExperiment | None = None
    """An experiment that no file describes, in place of `experiment`."""
    predictions: PredictionSet | None = None
    """The predictions of that experiment, where they are in memory."""
    command: tuple[str, ...] = ()
    """Arguments of the command line that request this build, where that is not `build`."""
    replaces_draft: bool = False
    """Whether the last build was one of many while editing, and need not be kept."""


@dataclass(frozen=True)
class BuildOutcome:
    """The outcome of a build."""

    folder: Path
    documents: tuple[Path, ...]
    outcomes: tuple[RunOutcome, ...]
    stand_in_reason: str | None
    verdict: str
    """One sentence, in plain text."""
    changes: str
    """What changed since the last build, in one paragraph; empty for the first one."""
    caution: str = ""
    """What the report states beside the verdict, such as a run at chance; empty where nothing."""
    deviations: str = ""
    """How the report deviates from its plan, in one paragraph; empty where it follows it."""


@dataclass(frozen=True)
class RunExplanation:
    """What a build would do about one run, and why."""

    model: str
    seed: int
    action: Literal["reuse", "resume", "train"]
    reasons: tuple[Change, ...]
    """How the run differs from the nearest kept one; empty where it is reused."""


@dataclass(frozen=True)
class StudyExplanation:
    """What a study needs besides the runs of the experiment."""

    study: str
    kind: Literal["evaluations", "examinations", "runs"]
    """Evaluations of changed images, examinations of trained networks, or further runs."""
    total: int
    missing: int
    """How many of them a build would make."""
    reasons: tuple[Change, ...] = ()
    """How missing runs differ from the nearest kept ones."""


@dataclass(frozen=True)
class BuildExplanation:
    """What a build would do."""

    runs: tuple[RunExplanation, ...]
    studies: tuple[StudyExplanation, ...] = ()
    """Only studies that need evaluations or runs of their own."""


class Reporter(Protocol):
    """Shows the user the progress of a build: the command line, a server or a test."""

    def stage(self, message: str) -> None:
        """Show the current step of the build."""

    def warn(self, message: str) -> None:
        """Show a warning."""

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Show which runs there are, and which of them will be trained."""

    def progress(self, progress: Progress) -> None:
        """Show how far a run has come."""
