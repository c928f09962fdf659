"""What verifying a report finds, in HTML or in a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from reportgen import __version__

MOST = 25
"""Findings that are shown; an edit that moves everything is not listed line by line."""


@dataclass(frozen=True)
class Finding:
    """Something in a report that does not follow from its evidence, or that contradicts it."""

    kind: Literal["number", "claim", "differs", "described", "evidence"]
    where: str
    """Where in the document: table and row, figure, section, page or line."""
    printed: str
    """What the file prints; empty where something is missing.

    Of the kinds `described` and `evidence` it is a sentence that describes the difference, or which
    parts of the evidence contradict each other.
    """
    expected: str = ""
    """What follows from its evidence; empty where something was added."""
    remark: str = ""
    """What tells both apart where they look the same."""

    def __str__(self) -> str:
        if self.kind == "evidence":
            return f"the evidence contradicts itself: {self.where}: {self.printed}"
        if self.kind == "described":
            return f"{self.where}: {self.printed}"
        remark = f" ({self.remark})" if self.remark else ""
        if not self.printed:
            return f"{self.where}: “{self.expected}” is missing{remark}"
        follows = f"but its evidence gives “{self.expected}”"
        if not self.expected:
            follows = "which does not follow from its evidence"
        return f"{self.where}: the file says “{self.printed}”, {follows}{remark}"


@dataclass(frozen=True)
class VerifyResult:
    """The result of verifying a report."""

    numbers: int
    """How many printed numbers were recomputed."""
    claims: int
    """How many sentences were derived again."""
    runs: int
    findings: tuple[Finding, ...]
    written_by: str
    """Version of reportgen that wrote the report."""
    identical: bool = False
    """Whether the document, rendered again, is identical byte for byte, except for line ends."""
    is_partial: bool = False
    """Whether only numbers and claims were compared, as the document was not rendered again."""
    is_inconclusive: bool = False
    """Whether findings need not mean an alteration, as other code wrote the document."""
    own_sections: tuple[str, ...] = ()
    """Sections that were not compared: their templates are the author's own, and were not run."""
    own_styles: tuple[str, ...] = ()
    """Styles and scripts of the author's own, which can hide or replace what the document prints;
    empty where they are trusted."""
    comments: int = 0
    """Comments of reviewers, which are no part of the report and are not covered."""
    notes: tuple[str, ...] = ()
    """What was not compared, or compared within a tolerance, and why; what is the author's own."""


def describe_differences(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """Name the libraries whose versions differ, here and where the report was written."""
    differing = [
        f"{name} {theirs[name]} (here {ours.get(name, 'none')})"
        for name in theirs
        if ours.get(name) != theirs[name]
    ]
    return ", ".join(differing)


def limit(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the first findings, and one that counts the others."""
    if len(findings) <= MOST:
        return tuple(findings)
    rest = len(findings) - MOST
    more = Finding("described", "elsewhere", f"{rest} more differences")
    return (*findings[:MOST], more)


def summary_of(result: VerifyResult) -> dict[str, Any]:
    """Return `result` as JSON."""
    fields = asdict(result)
    flags = {name: fields.pop(f"is_{name}") for name in ("partial", "inconclusive")}
    return {"verified_by": __version__, **flags, **fields}
