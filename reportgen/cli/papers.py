"""`reportgen verify --against`: the numbers of a paper, traced to the evidence of a report."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.wording import plural

_OUTCOMES = (("follows", "traced to the evidence"), ("untraced", "not traced"))


def print_paper(paper: Path, against: Path, format_name: str) -> None:
    """Print which numbers of a paper follow, which contradict the evidence, and which neither."""
    from reportgen.errors import VerificationFailed
    from reportgen.verification import read_report
    from reportgen.verification.paper import verify_paper

    judged = verify_paper(paper, read_report(against))
    if format_name == "json":
        say(json.dumps([asdict(each) for each in judged], indent=2, ensure_ascii=False))
    by_outcome = {
        outcome: [each for each in judged if each.outcome == outcome]
        for outcome in ("follows", "untraced", "contradicts")
    }
    for outcome, heading in _OUTCOMES if format_name == "text" else ():
        found = by_outcome[outcome]
        say(f"{len(found):,} {plural(len(found), 'number')} {heading}{':' if found else '.'}")
        for each in found:
            reason = f": {one_line(each.reason)}" if each.reason else ""
            say(f"  {one_line(each.printed)}{reason}\n      {one_line(each.where)}")
    if wrong := by_outcome["contradicts"]:
        lines = "\n".join(
            f"  {one_line(each.printed)} {one_line(each.reason)}\n      {one_line(each.where)}"
            for each in wrong
        )
        verb = plural(len(wrong), "number contradicts", "numbers contradict")
        raise VerificationFailed(
            f"{one_line(paper)}: {len(wrong)} {verb} the evidence of {one_line(against)}\n{lines}"
        )
    if format_name == "text":
        say(f"{one_line(paper)}: no number contradicts the evidence of {one_line(against)}.")
