"""Whether the numbers of a paper follow from the evidence of a report.

`text` reads a paper as sentences and rows of tables, `printed` finds the numbers in them, `known`
lists what the evidence gives, and `judgement` compares.
"""

from __future__ import annotations

from pathlib import Path

from reportgen.report.carried import Carried, facts_of
from reportgen.verification.paper.judgement import Judged, judge
from reportgen.verification.paper.known import Known
from reportgen.verification.paper.macros import check_macros
from reportgen.verification.paper.text import read_paper

__all__ = ["Judged", "verify_paper"]


def verify_paper(paper: Path, carried: Carried) -> tuple[Judged, ...]:
    """Judge every number of a paper (PDF, LaTeX or text) by the evidence of a report.

    What a paper says of itself, as by macros or attachments, is no evidence: numbers are looked up
    in what the report carries. Raises UsageError where the paper cannot be read.
    """
    facts = facts_of(carried.evidence)
    document = read_paper(paper)
    known = Known(facts, carried.evidence.header.experiment)
    return (*check_macros(document.macros, facts), *judge(document.passages, known))
