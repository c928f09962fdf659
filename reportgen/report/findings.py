"""What verifying a report finds, in HTML or in a PDF, and the facts to verify it against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from reportgen import __version__
from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.results.evidence import Evidence


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


def facts_of(evidence: Evidence) -> Facts:
    """Recompute the facts; SciPy is loaded only here.

    Raises VerificationFailed where the evidence is whole, but not what this version analyses.
    """
    from reportgen.analysis import analyse

    try:
        return analyse(evidence)
    except (ValidationError, LookupError) as error:
        raise VerificationFailed(
            f"the evidence, which reportgen {evidence.header.reportgen} wrote, cannot be analysed "
            f"by reportgen {__version__}: {str(error).splitlines()[0]}"
        ) from error


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
