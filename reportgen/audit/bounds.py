"""Why no counts can satisfy a question: bounds that every confusion matrix must keep.

Every test here is a necessary condition in exact arithmetic, so what fails one is impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from reportgen.audit.classes import F1_SCALE, ClassCounts
from reportgen.audit.question import Question, Range


@dataclass(frozen=True)
class Impossible:
    """No counts satisfy the question."""

    reason: str
    """Why, as the end of a sentence."""
    class_index: int | None = None
    """The class that nothing fits, where one alone is enough to tell."""


def contradiction(question: Question, classes: Sequence[ClassCounts]) -> Impossible | None:
    """Return the first bound that no counts can keep; None where all can be kept."""
    for index, counts in enumerate(classes):
        if not counts.size:
            return Impossible(_class_reason(question, index), index)
    if question.accuracy is not None and question.accuracy.is_empty:
        return Impossible("accuracy and micro F1 are the same quantity, and differ")
    if not _accuracy_range(question):
        return Impossible(f"no number of {question.total:,} examples is the printed accuracy")
    errors = error_range(question, classes)
    if not errors:
        return Impossible(_error_reason(question, classes))
    return _average_contradiction(question, classes, errors)


def _class_reason(question: Question, index: int) -> str:
    ranges = question.classes[index]
    figures = (ranges.precision, ranges.recall, ranges.f1)
    printed = sum(found is not None for found in figures)
    what = "what is printed about it together" if printed > 1 else "the figure printed about it"
    return f"no whole-number counts of its {question.supports[index]:,} examples give {what}"


def _accuracy_range(question: Question) -> range:
    """Return the numbers of wrong examples that the accuracy allows."""
    n = question.total
    if question.accuracy is None:
        return range(n + 1)
    fewest = max(0, n - floor(question.accuracy.high * n))
    return range(fewest, min(n, n - ceil(question.accuracy.low * n)) + 1)


def error_range(question: Question, classes: Sequence[ClassCounts]) -> range:
    """Return the numbers of wrong examples that the accuracy and the sums over classes allow.

    Misses and false positives both sum to the number of wrong examples.
    """
    allowed, implied = _accuracy_range(question), _implied_errors(classes)
    return range(max(allowed.start, implied.start), min(allowed.stop, implied.stop))


def _implied_errors(classes: Sequence[ClassCounts]) -> range:
    fewest_missed = sum(int(counts.missed[0]) for counts in classes)
    most_missed = sum(int(counts.missed[-1]) for counts in classes)
    fewest_false = sum(int(counts.low.min()) for counts in classes)
    most_false = sum(int(counts.high.max()) for counts in classes)
    # Each wrong example is one class's miss and another's false positive.
    fewest_both = sum(int((counts.missed + counts.low).min()) for counts in classes)
    most_both = sum(int((counts.missed + counts.high).max()) for counts in classes)
    return range(
        max(fewest_missed, fewest_false, -(-fewest_both // 2)),
        min(most_missed, most_false, most_both // 2) + 1,
    )


def _error_reason(question: Question, classes: Sequence[ClassCounts]) -> str:
    allowed, implied = _accuracy_range(question), _implied_errors(classes)
    if not implied:
        return "the classes' misses and false positives cannot sum to the same number"
    return (
        f"the figures of the classes imply {_between(implied)} wrong examples of "
        f"{question.total:,}, the accuracy {_between(allowed)}"
    )


def _between(numbers: range) -> str:
    first, last = numbers.start, numbers.stop - 1
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _average_contradiction(
    question: Question, classes: Sequence[ClassCounts], errors: range
) -> Impossible | None:
    averages: list[tuple[str, Range | None, Sequence[int]]] = [
        ("macro", question.macro_f1, [1] * len(classes)),
        ("weighted", question.weighted_f1, question.supports),
    ]
    for name, wanted, weights in averages:
        if wanted is None:
            continue
        low, high = _sum_of_f1(classes, weights)
        least, most = _sum_by_errors(question, weights, errors)
        low, high = max(low, least), min(high, most)
        scale = sum(weights)
        if wanted.is_empty or high < wanted.low * scale or low > wanted.high * scale:
            return Impossible(
                f"with the other figures the {name} F1 would lie between "
                f"{float(low / scale):.5f} and {float(high / scale):.5f}"
            )
    return None


def _sum_of_f1(classes: Sequence[ClassCounts], weights: Sequence[int]) -> tuple[Fraction, Fraction]:
    """Bound Σ wₖ·F1ₖ by what is printed about the classes."""
    bounds = [counts.f1_bounds for counts in classes]
    low = sum(weight * bound[0] for weight, bound in zip(weights, bounds, strict=True))
    high = sum(weight * bound[1] for weight, bound in zip(weights, bounds, strict=True))
    return Fraction(low, F1_SCALE), Fraction(high, F1_SCALE)


def _sum_by_errors(
    question: Question, weights: Sequence[int], errors: range
) -> tuple[Fraction, Fraction]:
    """Bound Σ wₖ·F1ₖ by the number of wrong examples E, whatever the classes are.

    1 − F1 = (FN + FP) / (2n − FN + FP) is at most FN/n + FP/2n, as multiplying out shows, and at
    least (FN + FP) / (2n + E), since no class has more than E false positives. Over all classes
    both FN and FP sum to E.
    """
    fewest, most = errors.start, errors.stop - 1
    pairs = list(zip(weights, question.supports, strict=True))
    dearest = max(Fraction(weight, n) for weight, n in pairs)
    cheapest = min(Fraction(weight, 2 * n + fewest) for weight, n in pairs)
    return sum(weights) - dearest * Fraction(3, 2) * most, sum(weights) - cheapest * 2 * fewest
