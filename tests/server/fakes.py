"""A project that is built in no time, and a terminal that remembers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.server.watching import Watched

if TYPE_CHECKING:
    from reportgen.config.plan import PlannedRun
    from reportgen.execution.progress import Progress
    from reportgen.pipeline import Reporter

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-AAAA'"


def page(body: str) -> str:
    """Return a page that is as strict as a report."""
    policy = POLICY.replace("'", "&#39;")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>Report</title></head><body><main>{body}</main></body></html>\n"
    )


@dataclass
class FileProject:
    """A project whose report is the text of one file; an exception where one is set."""

    experiment: Path
    folders: tuple[Path, ...] = ()
    error: Exception | None = None
    builds: int = 0

    def build(self, reporter: Reporter) -> str:
        """Return the page."""
        self.builds += 1
        reporter.stage("Reading the file")
        if self.error is not None:
            raise self.error
        return page(self.experiment.read_text(encoding="utf-8"))

    def watched(self) -> Watched:
        """Return the file."""
        return Watched(self.experiment, self.folders)


@dataclass
class RememberingTerminal:
    """Keeps what is reported to it."""

    said: list[str] = field(default_factory=list)

    @contextmanager
    def reporter(self) -> Iterator[RememberingTerminal]:
        """Return this terminal."""
        yield self

    def say(self, message: str) -> None:
        """Keep a line."""
        self.said.append(message)

    def stage(self, message: str) -> None:
        """Keep a stage."""
        self.said.append(message)

    def warn(self, message: str) -> None:
        """Keep a warning."""
        self.said.append(message)

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Do nothing."""

    def progress(self, progress: Progress) -> None:
        """Do nothing."""
