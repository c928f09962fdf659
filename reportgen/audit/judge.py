"""The answer to a question: possible, with counts that show it; impossible, with a reason; or
undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from reportgen.audit.binary import try_two_classes
from reportgen.audit.bounds import contradiction, error_range
from reportgen.audit.classes import ClassCounts, class_counts
from reportgen.audit.exhaustive import enumerate_counts, rule_out
from reportgen.audit.question import Counts, Question
from reportgen.audit.witness import find_counts


@dataclass(frozen=True)
class Answer:
    """Could these figures have come from these supports?"""

    judgement: Literal["possible", "impossible", "undecided"]
    reason: str = ""
    """Why, for `impossible` and `undecided`."""
    class_index: int | None = None
    """The class that nothing fits, where one alone is enough to tell."""
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


def answer(question: Question) -> Answer:
    """Answer a question; `undecided` only where there are too many counts to try them all."""
    if question.total > MOST_EXAMPLES:
        return Answer("undecided", _TOO_MANY)
    classes = class_counts(question)
    found = contradiction(question, classes)
    if found is not None:
        return Answer("impossible", found.reason, found.class_index)
    errors = error_range(question, classes)
    if len(classes) == 2:
        counts = try_two_classes(question, *classes, errors)
        return Answer("possible", counts=counts) if counts else Answer("impossible", _TOGETHER)
    return _search(question, classes, errors)


def _search(question: Question, classes: Sequence[ClassCounts], errors: range) -> Answer:
    """Try all counts where they are few; else look for some, then try to rule them out."""
    few = prod(counts.size for counts in classes[:-1]) <= FEW
    counts = None if few else find_counts(question, classes, errors)
    tried_all = False
    if counts is None:
        tried_all, counts = enumerate_counts(question, classes, errors)
    if counts is not None:
        return Answer("possible", counts=counts)
    if tried_all or rule_out(question, classes, errors):
        return Answer("impossible", _TOGETHER)
    return Answer("undecided", _UNDECIDED)
