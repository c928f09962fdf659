"""Whether the numbers of a paper follow from the evidence of a report.

`text` reads a paper as sentences and rows of tables, `printed` finds the numbers in them, `known`
lists what the evidence gives, and `judgement` compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import COUNT, read_number
from reportgen.errors import ReportgenError
from reportgen.report.carried import Carried, facts_of
from reportgen.verification.paper.judgement import Judged, judge
from reportgen.verification.paper.known import Known
from reportgen.verification.paper.text import Macro, read_paper

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


def check_macros(macros: Iterable[Macro], facts: Facts) -> Iterator[Judged]:
    """Judge what a paper quotes; of all that numbers.tex defines, only what differs is listed."""
    for macro in macros:
        where = f"{macro.where}: \\rgnum{{{macro.path}}}{{{macro.format}}}"
        try:
            expected = _read(macro, facts)
        except ReportgenError:
            yield Judged("untraced", macro.printed or macro.path, where, "")
            continue
        if not macro.printed:
            yield Judged("follows", expected, where, f"{macro.path}, as {macro.format}")
        elif _bare(macro.printed) != _bare(expected):
            reason = f"is defined as {macro.printed}, but the evidence gives {expected}"
            yield Judged("contradicts", macro.printed, where, reason)


def _read(macro: Macro, facts: Facts) -> str:
    try:
        return read_number(macro.path, macro.format, facts).text
    except ReportgenError:
        if not macro.path.endswith(".count"):
            raise
        return read_number(macro.path.removesuffix("count") + COUNT, macro.format, facts).text


def _bare(text: str) -> str:
    return "".join(text.split()).replace("\N{MINUS SIGN}", "-")
