"""Whether figures can have come from given supports.

Possible, with evaluations that show it; impossible, with a reason; or undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from reportgen.audit.constraints import Constraints, Counts, Evaluation
from reportgen.audit.feasibility import find_evaluations
from reportgen.audit.question import Found, Question
from reportgen.audit.records import AuditJudgement

TRIED_RUNS = (1, 2, 3, 5, 10)
"""How many runs are tried where their number is not known."""
MOST_RUNS = 10
"""An average of more runs is looked for as one of up to so many, each repeated equally often."""
MOST_EXAMPLES = 2_000_000
_TOO_MANY = f"the audit counts up to {MOST_EXAMPLES:,} examples"
_UNDECIDED = (
    "no counts were found that give all values at once, and they could not all be ruled out"
)
_TOGETHER = "every value alone can be reached, but no counts give all of them at once"
_EMPTY = "the values printed of the same quantity differ"


@dataclass(frozen=True)
class Decision:
    """Could these figures have come from these supports?"""

    judgement: AuditJudgement
    cause: str = ""
    """Why, for `undecided`, and for `impossible` without a question."""
    evaluations: tuple[Evaluation, ...] = ()
    """For `possible`: evaluations that give every figure."""
    unanswered: Question | None = None
    """For `impossible`: the question that has no answer."""

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """The classes of which each alone is enough to show that the figures are impossible."""
        return tuple(_contradicting(self.unanswered)) if self.unanswered else ()

    @cached_property
    def reason(self) -> str:
        """Why, for `impossible` and `undecided`."""
        if not self.unanswered:
            return self.cause
        if self.classes:
            return _class_reason(self.unanswered, self.classes)
        empty = any(demand.allowed.is_empty for demand in self.unanswered.constraints.demands)
        return _EMPTY if empty else _TOGETHER

    @property
    def counts(self) -> Counts | None:
        """The counts of each evaluation, where all have the same."""
        counts = {evaluation.counts for evaluation in self.evaluations}
        return counts.pop() if len(counts) == 1 else None


def decide(constraints: Constraints, runs: int = 1) -> Decision:
    """Decide about the average of evaluations of the same examples; 0 runs: any number."""
    supports = constraints.supports
    if sum(supports) * max(runs, 1) > MOST_EXAMPLES:
        return Decision("undecided", _TOO_MANY)
    found = find(Question(constraints, (supports,)))
    if found is None or isinstance(found, tuple) or runs == 1:
        return _conclude(found, Question(constraints, (supports,)))
    linear = Question(constraints, (supports,)).is_linear
    if runs and linear:
        # The average over runs is the figure of one evaluation of so many copies of the examples.
        copies = tuple(n * runs for n in supports)
        asked = Question(replace(constraints, supports=copies), (copies,))
        decision = _conclude(find(asked), asked)
        return replace(decision, evaluations=())
    unknown = Question(constraints, (supports,), any_number=True)
    if (runs == 0 or runs > MOST_RUNS) and find(unknown) == "impossible":
        return _conclude("impossible", unknown)
    # n evaluations, each repeated runs / n times, have the average of the n.
    tried = [n for n in range(2, MOST_RUNS + 1) if runs % n == 0] if runs else TRIED_RUNS[1:]
    for number in tried:
        asked = Question(constraints, (supports,) * number)
        found = find(asked)
        if isinstance(found, tuple) or (found == "impossible" and number == runs):
            return _conclude(found, asked)
    return Decision("undecided", _UNDECIDED)


def decide_folds(constraints: Constraints, folds: Sequence[Sequence[int]]) -> Decision:
    """Decide about the average over folds of known composition."""
    extra = (0,) * constraints.outside
    asked = Question(constraints, tuple((*fold, *extra) for fold in folds))
    return _conclude(find(asked), asked)


def find(question: Question) -> Found:
    """Answer a question; where a score is 0 / 0, it counts as 0 in every average, or as 1."""
    if any(demand.allowed.is_empty for demand in question.constraints.demands):
        return "impossible"
    found = find_evaluations(question)
    if isinstance(found, tuple) or question.is_linear or not question.may_be_undefined():
        return found
    other = find_evaluations(replace(question, undefined=1))
    return other if other != "impossible" else found


def _conclude(found: Found, question: Question) -> Decision:
    if found is None:
        return Decision("undecided", _UNDECIDED)
    if isinstance(found, tuple):
        return Decision("possible", evaluations=found)
    return Decision("impossible", unanswered=question)


def _contradicting(question: Question) -> Iterator[int]:
    """Yield each class whose printed figures are impossible by themselves."""
    for index in range(question.constraints.listed):
        own = tuple(each for each in question.constraints.demands if each.index == index)
        alone = replace(question, constraints=replace(question.constraints, demands=own))
        counts = chain.from_iterable(alone.counts(supports) for supports in question.supports)
        if own and (
            any(demand.allowed.is_empty for demand in own)
            or any(not each.size for each in counts)
            or (len(question.supports) > 1 and find(alone) == "impossible")
        ):
            yield index


def _class_reason(question: Question, classes: Sequence[int]) -> str:
    indexes = [each.index for each in question.constraints.demands if each.index in classes]
    several = len(set(indexes)) < len(indexes)
    what = "all values printed for it at once" if several else "the value printed for it"
    if len(classes) > 1:
        what = "all values printed for each" if several else "the value printed for each"
    if len(question.supports) > 1 or question.any_number:
        return f"no evaluations average to {what}"
    if len(classes) > 1:
        return f"no whole numbers of right and wrong examples give {what}"
    support = question.constraints.supports[classes[0]]
    return f"no whole numbers of right and wrong ones of its {support:,} examples give {what}"
