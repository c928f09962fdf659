"""What the evidence means: metrics, comparisons, audit, claims; pure NumPy and SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportgen.analysis.facts import Facts
    from reportgen.results.evidence import Evidence


def analyse(evidence: Evidence) -> Facts:
    """Return every number of a report: a pure, deterministic function of its evidence."""
    # SciPy is loaded by the statistics; a cached rebuild needs none of them.
    from reportgen.analysis.assembly import assemble_facts

    return assemble_facts(evidence)
