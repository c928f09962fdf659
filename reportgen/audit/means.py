"""Averages over several evaluations: runs on the same examples, or the folds of a cross-validation.

Every bound is a necessary condition on the average of each figure, in exact arithmetic; a table is
called possible only where matrices were found whose averages give every figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor, lcm

from reportgen.audit.bounds import Contradiction
from reportgen.audit.classes import count_class
from reportgen.audit.constraints import Average, ClassRanges, Constraints
from reportgen.audit.decision import Decision, decide
from reportgen.audit.mean_search import find_means
from reportgen.audit.scores import CLASS_SCORES, Range, class_ratio, metric_name

UNIT = Range(Fraction(0), Fraction(1))
TRIED_RUNS = (2, 3, 5, 10)
"""How many runs are tried where their number is not known."""
MOST_RUNS = 10
MOST_STEPS_WEIGHED = 200_000
MOST_POINTS, MOST_SUMS = 100, 20_000
_NONE = "no evaluations average to the figures printed about it"
_FOUND_NONE = "no evaluations were found whose averages give all figures at once"


@dataclass(frozen=True)
class Evaluations:
    """The evaluations that figures are averages over."""

    supports: tuple[tuple[int, ...], ...]
    """`[evaluations][classes]`: examples of each class; empty where it is not known how many."""
    alike: bool = True
    """Whether every evaluation has the same supports."""
    certain: bool = True
    """Whether these supports are known; else they only serve to look for counts."""


def decide_means(constraints: Constraints, evaluations: Evaluations) -> Decision:
    """Decide whether averages over evaluations can satisfy `constraints`.

    `constraints.supports`: the examples of each class in all folds together, or in one run.
    """
    if evaluations.alike:
        single = decide(constraints)
        if single.judgement == "possible":
            # The same matrix in every evaluation.
            return single
    found = next(_contradictions(constraints, evaluations), None)
    if found is not None:
        return Decision("impossible", found.reason, found.classes)
    for supports in _to_search(constraints, evaluations):
        size = len(supports) * (4 * len(supports[0])) ** 2
        if size <= MOST_STEPS_WEIGHED and find_means(constraints, supports) is not None:
            return Decision("possible")
    empty = tuple(
        index
        for index in range(len(constraints.classes))
        if _ruled_out(constraints, evaluations, index)
    )
    return Decision("impossible", _NONE, empty) if empty else Decision("undecided", _FOUND_NONE)


def _to_search(
    constraints: Constraints, evaluations: Evaluations
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield the evaluations to look for: of many runs alike, some of which all are repetitions."""
    supports = evaluations.supports
    if not evaluations.alike:
        yield supports
    elif supports:
        divisors = [n for n in range(2, MOST_RUNS + 1) if len(supports) % n == 0]
        yield from (supports[:runs] for runs in divisors or [len(supports)])
    else:
        yield from ((constraints.supports[: _listed(constraints)],) * n for n in TRIED_RUNS)


def _listed(constraints: Constraints) -> int:
    """Return how many classes the table lists."""
    return len(constraints.supports) - constraints.outside


def _contradictions(constraints: Constraints, evaluations: Evaluations) -> Iterator[Contradiction]:
    means = [_class_means(ranges) for ranges in constraints.classes]
    empty = tuple(
        index
        for index, found in enumerate(means)
        if any(each.is_empty for each in found.values())
        or not _has_grid_points(constraints, evaluations, index)
        or not _has_f1_points(constraints, evaluations, index)
    )
    if empty:
        yield Contradiction(_NONE, empty)
        return
    if evaluations.alike:
        yield from _accuracy_contradictions(constraints, evaluations, means)
    for average in constraints.averages:
        # In folds of different composition, support weights the classes differently in each.
        if evaluations.alike or not average.name.startswith("weighted"):
            yield from _average_contradictions(constraints, evaluations, average, means)


def _class_means(ranges: ClassRanges) -> dict[str, Range]:
    """Return the range of the average of each score of a class.

    F1 is the harmonic mean of precision P and recall R, which is concave in both: the average of F1
    is at most that of the averages (Jensen). It is at least P + R − 1, which is linear.
    """
    means = {score: UNIT.meet(getattr(ranges, score)) for score in CLASS_SCORES}
    precision, recall = means["precision"], means["recall"]
    top = precision.high + recall.high
    harmonic = 2 * precision.high * recall.high / top if top > 0 else Fraction(0)
    between = Range(precision.low + recall.low - 1, harmonic)
    means["f1"] = means["f1"].meet(between)
    return means


def _has_grid_points(constraints: Constraints, evaluations: Evaluations, index: int) -> bool:
    """Whether an average of recalls, and of specificities, can lie where they are printed."""
    if not evaluations.supports or not evaluations.certain or index == _listed(constraints):
        return True
    ranges, count = constraints.classes[index], len(evaluations.supports)
    positives = [supports[index] for supports in evaluations.supports]
    negatives = [sum(supports) - supports[index] for supports in evaluations.supports]
    pairs = ((ranges.recall, positives), (ranges.specificity, negatives))
    return all(
        wanted is None or not all(sizes) or _has_multiple(wanted.meet(UNIT), count * lcm(*sizes))
        for wanted, sizes in pairs
    )


def _has_multiple(wanted: Range, parts: int) -> bool:
    """Whether a multiple of 1 / parts lies in a range."""
    return ceil(wanted.low * parts) <= floor(wanted.high * parts)


def _has_f1_points(constraints: Constraints, evaluations: Evaluations, index: int) -> bool:
    """Whether an average of F1 values can lie where it is printed.

    With s = FN + FP in one run, 1 − F1 = s / (2n − FN + FP) lies between s / (2n + s) and
    s / (2n − s). The first is concave in s, the second convex, and both are 0 at s = 0, so r runs
    with a sum S of all s lose between S / (2n + S) and S / (2n − S) in sum.
    """
    runs, wanted = len(evaluations.supports), constraints.classes[index].f1
    if not runs or wanted is None or not evaluations.alike:
        return True
    double = 2 * constraints.supports[index]
    least, most = (runs * (1 - end) for end in (min(wanted.high, Fraction(1)), wanted.low))
    return most >= 1 or ceil(double * least / (1 + least)) <= floor(double * most / (1 - most))


def _ruled_out(constraints: Constraints, evaluations: Evaluations, index: int) -> bool:
    """Whether all averages of one class were tried in vain; False where there are too many.

    An average of r values of at most 1 that is at least x has no value below 1 − r·(1 − x).
    """
    runs = len(evaluations.supports)
    if not runs or not evaluations.alike or index == _listed(constraints):
        return False
    wanted = {score: found for score, found in vars(constraints.classes[index]).items() if found}
    each = {
        score: Range(1 - runs * (1 - found.low), Fraction(1)) for score, found in wanted.items()
    }
    if not wanted:
        return False
    support, total = constraints.supports[index], constraints.total
    counts = count_class(support, total, ClassRanges(**each))
    if counts.size > MOST_POINTS:
        return False
    return _try_sums(list(counts.points()), wanted, support, total, runs)


def _try_sums(
    points: Sequence[tuple[int, int]],
    wanted: dict[str, Range],
    support: int,
    total: int,
    runs: int,
) -> bool:
    """Return whether no sum of `runs` points fits; False where there are too many to try."""
    values = {
        option for point in points for option in _score_options(wanted, support, total, point)
    }
    least = [runs * (1 - found.low) for found in wanted.values()]
    sums: set[tuple[Fraction, ...]] = {(Fraction(0),) * len(wanted)}
    for _ in range(runs):
        if len(sums) * len(values) > MOST_SUMS:
            return False
        # Lost so far: what is below 1, summed over runs; it only grows.
        added = {
            tuple(a + 1 - b for a, b in zip(sum_, value, strict=True))
            for sum_ in sums
            for value in values
        }
        sums = {s for s in added if all(a <= b for a, b in zip(s, least, strict=True))}
        if len(sums) > MOST_SUMS:
            return False
    most = [runs * (1 - found.high) for found in wanted.values()]
    return not any(all(a >= b for a, b in zip(s, most, strict=True)) for s in sums)


def _score_options(
    wanted: dict[str, Range], support: int, total: int, point: tuple[int, int]
) -> Iterator[tuple[Fraction, ...]]:
    """Yield the scores of a point; where one is 0 / 0, with 0 and with 1."""
    options = []
    for score in wanted:
        numerator, denominator = class_ratio(score, support, total, *point)
        undefined = (Fraction(0), Fraction(1))
        options.append((Fraction(numerator, denominator),) if denominator else undefined)
    yield from product(*options)


def _accuracy_contradictions(
    constraints: Constraints, evaluations: Evaluations, means: Sequence[dict[str, Range]]
) -> Iterator[Contradiction]:
    """With the same supports everywhere, accuracy is the recall weighted by support."""
    accuracy, total = constraints.accuracy, constraints.total
    if accuracy is None:
        return
    if accuracy.is_empty:
        yield Contradiction(
            "accuracy, micro averages and weighted recall are the same quantity, and differ"
        )
        return
    runs = len(evaluations.supports)
    if runs and not _has_multiple(accuracy.meet(UNIT), runs * total):
        yield Contradiction(
            f"no number of correct answers in {runs} runs gives the printed accuracy"
        )
    pairs = list(zip(constraints.supports, means, strict=True))
    low = sum((n * found["recall"].low for n, found in pairs), Fraction(0)) / total
    high = sum((n * found["recall"].high for n, found in pairs), Fraction(0)) / total
    if low > accuracy.high or high < accuracy.low:
        yield Contradiction(
            f"with these recalls the accuracy would lie between {float(low):.5f} and "
            f"{float(high):.5f}"
        )


def _average_contradictions(
    constraints: Constraints,
    evaluations: Evaluations,
    average: Average,
    means: Sequence[dict[str, Range]],
) -> Iterator[Contradiction]:
    scale = sum(average.weights)
    bounds = [found[average.score] for found in means]
    low = sum(w * b.low for w, b in zip(average.weights, bounds, strict=True))
    high = sum(w * b.high for w, b in zip(average.weights, bounds, strict=True))
    if average.score == "f1" and constraints.accuracy is not None and evaluations.alike:
        least, most = _f1_by_errors(constraints, average)
        low, high = max(low, least), min(high, most)
    wanted = average.allowed
    if wanted.is_empty or high < wanted.low or low > wanted.high:
        yield Contradiction(
            f"with the other figures the {metric_name(average.name)} would lie between "
            f"{float(low / scale):.5f} and {float(high / scale):.5f}"
        )


def _f1_by_errors(constraints: Constraints, average: Average) -> tuple[Fraction, Fraction]:
    """Bound Σ wₖ·F1ₖ by the accuracy: for one evaluation with E wrong examples it is within
    Σ wₖ − max(wₖ/nₖ)·1.5·E and Σ wₖ − min(wₖ/(2nₖ + N))·E, both linear, so averages keep both.
    """
    assert constraints.accuracy is not None
    total = constraints.total
    most = total * (1 - constraints.accuracy.low)
    fewest = max(Fraction(0), total * (1 - constraints.accuracy.high))
    pairs = [(w, n) for w, n in zip(average.weights, constraints.supports, strict=True) if w]
    dearest = max(Fraction(w, n) for w, n in pairs)
    cheapest = min(Fraction(w, 2 * n + total) for w, n in pairs)
    scale = sum(average.weights)
    return scale - dearest * Fraction(3, 2) * most, scale - cheapest * fewest
