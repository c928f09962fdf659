"""Numbers that a paper quotes by macros: whether they exist, and are printed as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import COUNT, read_number
from reportgen.errors import ReportgenError
from reportgen.verification.paper.judgement import Judged
from reportgen.verification.paper.text import Macro


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
            reason = f"is defined as {macro.printed}; the evidence gives {expected}"
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
