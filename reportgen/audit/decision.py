"""Whether figures can have come from given supports.

Possible, with counts that show it; impossible, with a reason; or undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from reportgen.audit.bounds import error_range, find_contradiction
from reportgen.audit.classes import ClassCounts, class_counts
from reportgen.audit.constraints import Constraints, Counts
from reportgen.audit.exhaustive import enumerate_counts, rule_out
from reportgen.audit.records import AuditJudgement
from reportgen.audit.two_classes import try_two_classes
from reportgen.audit.witness import find_counts


@dataclass(frozen=True)
class Decision:
    """Could these figures have come from these supports?"""

    judgement: AuditJudgement
    reason: str = ""
    """Why, for `impossible` and `undecided`."""
    classes: tuple[int, ...] = ()
    """The classes of which each alone is enough to show it."""
    counts: Counts | None = None
    """Counts that satisfy every figure, for `possible`."""


_TOGETHER = "every figure alone can be reached, but no counts give all of them at once"
FEW = 5_000
"""So many combinations of all classes but the last are all tried at once."""
MOST_EXAMPLES = 2_000_000
_TOO_MANY = f"the audit counts up to {MOST_EXAMPLES:,} examples"
_UNDECIDED = (
    "no counts were found that give all figures at once, and there are too many to try them all"
)


def decide(constraints: Constraints) -> Decision:
    """Decide; `undecided` only where there are too many counts to try them all.

    A precision that is 0 / 0 counts as 0 in an average, or as 1: both are tried.
    """
    found = _decide(constraints)
    if found.judgement == "possible" or not _may_be_undefined(constraints):
        return found
    other = _decide(constraints.with_zero_division(1))
    return other if other.judgement != "impossible" else found


def _may_be_undefined(constraints: Constraints) -> bool:
    scores = {average.score for average in constraints.averages}
    if not scores & {"precision", "npv"} or constraints.total > MOST_EXAMPLES:
        return False
    return any(
        "npv" in scores or bool(((counts.missed == counts.support) & (counts.low == 0)).any())
        for counts in class_counts(constraints)
        if counts.support
    )


def _decide(constraints: Constraints) -> Decision:
    if constraints.total > MOST_EXAMPLES:
        return Decision("undecided", _TOO_MANY)
    classes = class_counts(constraints)
    found = find_contradiction(constraints, classes)
    if found is not None:
        return Decision("impossible", found.reason, found.classes)
    errors = error_range(constraints, classes)
    if len(classes) == 2 and not constraints.outside:
        counts = try_two_classes(constraints, *classes, errors)
        return Decision("possible", counts=counts) if counts else Decision("impossible", _TOGETHER)
    return _search(constraints, classes, errors)


def _search(constraints: Constraints, classes: Sequence[ClassCounts], errors: range) -> Decision:
    """Try all counts where they are few; else look for some, then try to rule them out."""
    few = prod(counts.size for counts in classes[:-1]) <= FEW
    counts = None if few else find_counts(constraints, classes, errors)
    tried_all = False
    if counts is None:
        tried_all, counts = enumerate_counts(constraints, classes, errors)
    if counts is not None:
        return Decision("possible", counts=counts)
    if tried_all or rule_out(constraints, classes, errors):
        return Decision("impossible", _TOGETHER)
    return Decision("undecided", _UNDECIDED)
