"""What verifying a report finds, in HTML or in a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from reportgen import __version__


@dataclass(frozen=True)
class Finding:
    """Something in a report that does not follow from its evidence."""

    kind: Literal["number", "claim", "altered", "evidence"]
    where: str
    """Where in the document: a line, and the dotted path or the claim's id."""
    printed: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: the report says “{self.printed}”, the evidence “{self.expected}”"


@dataclass(frozen=True)
class VerifyResult:
    """What came of verifying a report."""

    numbers: int
    """How many printed numbers were recomputed."""
    claims: int
    """How many sentences were derived again."""
    runs: int
    findings: tuple[Finding, ...]
    written_by: str
    """Version of reportgen that wrote the report."""

    @property
    def caution(self) -> str:
        """A sentence where another version verifies than wrote; else nothing."""
        if self.written_by == __version__:
            return ""
        return (
            f"reportgen {self.written_by} wrote the report and reportgen {__version__} verifies "
            "it: another version may compute a number or word a sentence otherwise."
        )


def summary_of(result: VerifyResult) -> dict[str, Any]:
    """Return `result` as JSON."""
    return {
        "written_by": result.written_by,
        "verified_by": __version__,
        "numbers": result.numbers,
        "claims": result.claims,
        "runs": result.runs,
        "findings": [vars(finding) for finding in result.findings],
    }
