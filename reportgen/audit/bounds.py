"""Why no counts can satisfy the constraints: bounds that every confusion matrix must keep.

Every test here is a necessary condition in exact arithmetic, so what fails one is impossible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from reportgen.audit.classes import SCALE, ClassCounts, score_bounds
from reportgen.audit.constraints import Average, Constraints
from reportgen.audit.scores import Range, metric_name


@dataclass(frozen=True)
class Contradiction:
    """No counts satisfy the constraints."""

    reason: str
    """Why, as the end of a sentence."""
    classes: tuple[int, ...] = ()
    """The classes of which each alone is enough to show it."""


def find_contradiction(
    constraints: Constraints, classes: Sequence[ClassCounts]
) -> Contradiction | None:
    """Return a bound that no counts can keep; None where all can be kept."""
    empty = tuple(index for index, counts in enumerate(classes) if not counts.size)
    if empty:
        return Contradiction(_class_reason(constraints, empty), empty)
    if constraints.accuracy is not None and constraints.accuracy.is_empty:
        return Contradiction(
            "accuracy, micro averages and weighted recall are the same quantity, and differ"
        )
    if not _accuracy_range(constraints):
        return Contradiction(
            f"no number of {constraints.total:,} examples gives the printed accuracy"
        )
    errors = error_range(constraints, classes)
    if not errors:
        return Contradiction(_error_reason(constraints, classes))
    return next(_average_contradictions(constraints, classes, errors), None)


def _class_reason(constraints: Constraints, empty: Sequence[int]) -> str:
    several = any(
        sum(found is not None for found in vars(constraints.classes[index]).values()) > 1
        for index in empty
    )
    what = "what is printed about it together" if several else "the figure printed about it"
    if len(empty) > 1:
        what = "all that is printed about each" if several else "the figure printed about each"
        return f"no whole-number counts of their examples give {what}"
    support = constraints.supports[empty[0]]
    return f"no whole-number counts of its {support:,} examples give {what}"


def _accuracy_range(constraints: Constraints) -> range:
    """Return the numbers of wrong examples that the accuracy allows."""
    n = constraints.total
    if constraints.accuracy is None:
        return range(n + 1)
    fewest = max(0, n - floor(constraints.accuracy.high * n))
    return range(fewest, min(n, n - ceil(constraints.accuracy.low * n)) + 1)


def error_range(constraints: Constraints, classes: Sequence[ClassCounts]) -> range:
    """Return the numbers of wrong examples that the accuracy and the sums over classes allow.

    Misses and false positives both sum to the number of wrong examples.
    """
    allowed, implied = _accuracy_range(constraints), _implied_errors(classes)
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


def _error_reason(constraints: Constraints, classes: Sequence[ClassCounts]) -> str:
    allowed, implied = _accuracy_range(constraints), _implied_errors(classes)
    if not implied:
        return "the classes' misses and false positives cannot sum to the same number"
    return (
        f"the figures of the classes imply {_between(implied)} wrong examples of "
        f"{constraints.total:,}, the accuracy {_between(allowed)}"
    )


def _between(numbers: range) -> str:
    first, last = numbers.start, numbers.stop - 1
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _average_contradictions(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range
) -> Iterator[Contradiction]:
    for average in constraints.averages:
        low, high = _sum_of_scores(constraints, average, classes)
        if average.score == "f1":
            least, most = _sum_by_errors(constraints, average, errors)
            low, high = max(low, least), min(high, most)
        yield from _outside_range(average.name, average.allowed, low, high, sum(average.weights))
    if constraints.kappa is not None:
        low, high = _kappa_bounds(constraints, classes, errors)
        yield from _outside_range("kappa", constraints.kappa, low, high)


def _outside_range(
    name: str, wanted: Range, low: Fraction, high: Fraction, scale: int = 1
) -> Iterator[Contradiction]:
    if wanted.is_empty:
        yield Contradiction(f"the printed values of the {metric_name(name)} differ")
    elif high < wanted.low or low > wanted.high:
        yield Contradiction(
            f"with the other figures the {metric_name(name)} would lie between "
            f"{float(low / scale):.5f} and {float(high / scale):.5f}"
        )


def _sum_of_scores(
    constraints: Constraints, average: Average, classes: Sequence[ClassCounts]
) -> tuple[Fraction, Fraction]:
    """Bound Σ weightₖ · scoreₖ by what is printed about the classes."""
    bounds = [
        score_bounds(constraints, average, index, counts) for index, counts in enumerate(classes)
    ]
    low, high = sum(bound[0] for bound in bounds), sum(bound[1] for bound in bounds)
    return Fraction(low, SCALE), Fraction(high, SCALE)


def _sum_by_errors(
    constraints: Constraints, average: Average, errors: range
) -> tuple[Fraction, Fraction]:
    """Bound Σ wₖ·F1ₖ by the number of wrong examples E, whatever the classes are.

    1 − F1 = (FN + FP) / (2n − FN + FP) is at most FN/n + FP/2n, as multiplying out shows, and at
    least (FN + FP) / (2n + E), since no class has more than E false positives. Over all classes
    FN sums to E, and FP to E or, with predictions outside the classes, to 0 at the least.
    """
    fewest, most = errors.start, errors.stop - 1
    pairs = [
        (weight, n)
        for weight, n in zip(average.weights, constraints.supports, strict=True)
        if weight
    ]
    dearest = max(Fraction(weight, n) for weight, n in pairs)
    cheapest = min(Fraction(weight, 2 * n + fewest) for weight, n in pairs)
    total = sum(average.weights)
    counted = fewest if constraints.outside else 2 * fewest
    return total - dearest * Fraction(3, 2) * most, total - cheapest * counted


def _kappa_bounds(
    constraints: Constraints, classes: Sequence[ClassCounts], errors: range
) -> tuple[Fraction, Fraction]:
    """Bound kappa: it falls with the errors E and with the chance agreement S = Σ nₖ·Pₖ.

    κ = (N·(N − E) − S) / (N² − S).
    """
    total, supports = constraints.total, constraints.supports
    predicted = [
        (
            n - int((counts.missed - counts.low).max()),
            n - int((counts.missed - counts.high).min()),
        )
        for n, counts in zip(supports, classes, strict=True)
    ]
    least = sum(n * low for n, (low, _) in zip(supports, predicted, strict=True))
    most = min(
        sum(n * high for n, (_, high) in zip(supports, predicted, strict=True)),
        total * max(supports),
    )
    kappa = [
        Fraction(total * (total - wrong) - chance, total**2 - chance) if chance < total**2 else None
        for wrong, chance in ((errors.stop - 1, most), (errors.start, least))
    ]
    low, high = kappa
    return Fraction(-1) if low is None else low, Fraction(1) if high is None else high
