"""The errors a user can cause, each with the exit code that the command line ends with.

    ReportgenError             1  the build failed
    ├── UsageError             2  the command line is wrong
    ├── ConfigurationError     2  the experiment file is wrong; carries every problem found
    ├── DataUnavailable        3  the data set is not available
    │   └── DataDamaged        3  a file is there, but is truncated, wrong or corrupt
    ├── StoreError             1  the output folder cannot be read or written
    ├── TrainingFailed         1  a run failed; chained from its cause
    ├── PdfUnavailable         1  the PDF cannot be written; the HTML is there
    ├── VerificationFailed     1  a report's numbers do not follow from its evidence
    ├── PluginFailed           2  code of the user's own cannot be loaded, or fails
    └── AuditError             2  a table of published values cannot be read

A message states what is wrong, where (file, dotted path), what is allowed and what to do next, in
one or a few lines. Anything else that is raised is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from reportgen.characters import one_line

MOST_SHOWN = 50
"""Problems of a file that its message lists; further ones are counted."""


class ReportgenError(Exception):
    """The base of all errors that a user can cause; `str(error)` is what the user reads."""

    exit_code = 1
    failed: Mapping[str, str] = MappingProxyType({})
    """Key of each run that failed → how, where all other runs were trained."""


class UsageError(ReportgenError):
    """The command line asks for something impossible."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an experiment file."""

    path: str
    """Dotted path of the value, such as `models.cnn.dropout`; empty for the file as a whole."""
    message: str
    """What is allowed and what came, in one sentence."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigurationError(ReportgenError):
    """An experiment file, or a value set from the command line, is wrong."""

    exit_code = 2

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{one_line(source)}: {count} problem{'s' if count != 1 else ''}"]
        lines += [f"  {one_line(problem)}" for problem in self.problems[:MOST_SHOWN]]
        if count > MOST_SHOWN:
            lines.append(f"  … and {count - MOST_SHOWN:,} more")
        super().__init__("\n".join(lines))


class DataUnavailable(ReportgenError):  # noqa: N818 - reads better without the suffix
    """The data set is not available."""

    exit_code = 3


class DataDamaged(DataUnavailable):
    """A data file is not what it should be; it is never trained on."""


class StoreError(ReportgenError):
    """The output folder cannot be read or written."""


class TrainingFailed(ReportgenError):  # noqa: N818
    """A run failed; raised `from` its cause."""


class PdfUnavailable(ReportgenError):  # noqa: N818
    """The PDF cannot be written on this machine."""


class VerificationFailed(ReportgenError):  # noqa: N818
    """Numbers or sentences of a report do not follow from its evidence."""


class PluginFailed(ReportgenError):  # noqa: N818
    """Code of the user's own, which an experiment file names, cannot be loaded, or fails."""

    exit_code = 2


class AuditError(ReportgenError):
    """A table of published values cannot be read."""

    exit_code = 2
