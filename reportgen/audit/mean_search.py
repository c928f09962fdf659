"""Looking for several confusion matrices whose average scores are the printed ones.

A search that may fail: what it finds is checked in exact arithmetic, and finding nothing proves
nothing. The margins of the matrices are improved step by step from near the printed figures.
Random, but seeded: the same every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from reportgen.audit.constraints import Average, Constraints, Floats, overall_ratios
from reportgen.audit.scores import CLASS_SCORES, Range, Ratio, class_ratio

STEPS, RESTARTS = 600, 2
Integers = NDArray[np.int64]
Supports = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Margins:
    """False negatives and false positives, `[evaluations, classes]`, of several matrices."""

    missed: Integers
    false: Integers


def find_means(constraints: Constraints, supports: Supports) -> Margins | None:
    """Return matrices with these supports whose average scores satisfy `constraints`, if found."""
    examples = np.array(supports, dtype=np.int64)
    if constraints.outside:
        examples = np.hstack([examples, np.zeros((len(examples), 1), dtype=np.int64)])
    search = _Search(constraints, examples)
    random = np.random.default_rng(0)
    for _ in range(RESTARTS):
        found = search.improve(search.start(random), random)
        if found is not None and means_fit(constraints, examples, found):
            return found
    return None


def means_fit(constraints: Constraints, examples: Integers, margins: Margins) -> bool:
    """Whether the averages of these matrices' scores satisfy every figure, in exact arithmetic."""
    rows = list(
        zip(examples.tolist(), margins.missed.tolist(), margins.false.tolist(), strict=True)
    )
    if not all(_realisable(*row) for row in rows):
        return False
    for index, ranges in enumerate(constraints.classes):
        for score, wanted in vars(ranges).items():
            ratios = [_class_ratio(score, row, index) for row in rows]
            if wanted is not None and not _mean_fits(wanted, ratios):
                return False
    return all(_average_fits(average, rows) for average in constraints.averages) and _overall_fit(
        constraints, rows
    )


Row = tuple[list[int], list[int], list[int]]
"""Supports, false negatives and false positives of one evaluation."""


def _realisable(support: list[int], missed: list[int], false: list[int]) -> bool:
    wrong = sum(missed)
    return (
        sum(false) == wrong
        and all(0 <= m <= n for m, n in zip(missed, support, strict=True))
        and all(f >= 0 and m + f <= wrong for m, f in zip(missed, false, strict=True))
    )


def _class_ratio(score: str, row: Row, index: int) -> Ratio:
    support, missed, false = row
    ratio = class_ratio(score, support[index], sum(support), missed[index], false[index])
    return Ratio(*ratio)


def _mean_fits(wanted: Range, ratios: Sequence[Ratio]) -> bool:
    """Whether the mean of ratios lies in a range; 0 / 0 counts as 0."""
    if any(ratio.root for ratio in ratios):
        # Not rational: a range a little narrower than the printed one, with room for float error.
        mean = sum(
            float(r.numerator) / float(r.denominator) ** 0.5 if r.denominator else 0.0
            for r in ratios
        ) / len(ratios)
        return float(wanted.low) + 1e-12 < mean < float(wanted.high) - 1e-12
    values = [Fraction(r.numerator, r.denominator) if r.denominator else 0 for r in ratios]
    return Fraction(sum(values)) / len(values) in wanted


def _average_fits(average: Average, rows: Sequence[Row]) -> bool:
    """Whether the mean over evaluations of an average over classes lies in its range."""
    scale, summed = sum(average.weights), Fraction(0)
    for row in rows:
        weights = _weights(average, row[0])
        values = [
            weight * Fraction(ratio.numerator, ratio.denominator)
            for index, weight in enumerate(weights)
            if weight
            for ratio in (_class_ratio(average.score, row, index),)
            if ratio.denominator
        ]
        summed += sum(values, Fraction(0)) / sum(weights)
    return summed / len(rows) * scale in average.allowed


def _weights(average: Average, support: Sequence[int]) -> Sequence[int]:
    """Return the weights of the classes in one evaluation, whose supports may be its own."""
    return support if average.name.startswith("weighted") else average.weights


def _overall_fit(constraints: Constraints, rows: Sequence[Row]) -> bool:
    found: list[list[tuple[Range | None, Ratio]]] = []
    for support, missed, false in rows:
        one = replace(constraints, supports=tuple(support))
        found.append(overall_ratios(one, list(zip(missed, false, strict=True)), sum(missed)))
    return all(
        ratios[0][0] is None or _mean_fits(ratios[0][0], [ratio for _, ratio in ratios])
        for ratios in zip(*found, strict=True)
    )


@dataclass(frozen=True)
class _Search:
    """The figures as arrays: floats steer the search, exact arithmetic checks its result."""

    constraints: Constraints
    examples: Integers
    """`[evaluations, classes]`"""

    @cached_property
    def windows(self) -> tuple[Floats, Floats]:
        """The range of each score of each class, `[classes, scores]` twice."""
        found = [[getattr(c, s) for s in CLASS_SCORES] for c in self.constraints.classes]
        return _bounds(np.array(found, dtype=object))

    @cached_property
    def averages(self) -> tuple[Floats, Floats, Floats]:
        """Figures that are Σ weight · score over evaluations and classes.

        Weights `[averages, evaluations, classes, scores]`, and both ends of the range of each.
        """
        shares = self.examples / self.examples.sum(axis=1, keepdims=True) / len(self.examples)
        named = [(average.score, self._shares(average, shares)) for average in self._averages]
        wanted = [
            Range(average.allowed.low / scale, average.allowed.high / scale)
            for average in self._averages
            for scale in (sum(average.weights),)
        ]
        if self.constraints.accuracy is not None:
            named.append(("recall", shares))
            wanted.append(self.constraints.accuracy)
        weights = np.zeros((len(named), *self.examples.shape, len(CLASS_SCORES)))
        for row, (score, share) in enumerate(named):
            weights[row, :, :, CLASS_SCORES.index(score)] = share
        return weights, *_bounds(np.array(wanted, dtype=object))

    @property
    def _averages(self) -> tuple[Average, ...]:
        return self.constraints.averages

    def _shares(self, average: Average, by_support: Floats) -> Floats:
        if average.name.startswith("weighted"):
            return by_support
        weights = np.array(average.weights) / sum(average.weights) / len(self.examples)
        return np.broadcast_to(weights, self.examples.shape)

    def start(self, random: np.random.Generator) -> Margins:
        """Return margins near the printed figures, rounded at random."""
        shares = np.array([self._expected(index) for index in range(self.examples.shape[1])])
        noise = random.random((2, *self.examples.shape))
        missed = np.floor(self.examples * shares[:, 0] + noise[0])
        false = np.floor(self.examples * shares[:, 1] + noise[1]).astype(np.int64)
        missed = np.clip(missed, 0, self.examples).astype(np.int64)
        for row in range(len(missed)):
            _balance(missed[row], false[row], self.examples[row], random)
        return Margins(missed, false)

    def _expected(self, index: int) -> tuple[float, float]:
        """Return FN / n and FP / n of a class as its figures, or the overall ones, have them."""
        ranges = self.constraints.classes[index]
        _, low, high = self.averages
        default = float(np.clip((low[-1] + high[-1]) / 2, 0, 1)) if len(low) else 0.9
        f1 = _middle(ranges.f1) if ranges.f1 else default
        recall = _middle(ranges.recall) if ranges.recall else f1
        precision = _middle(ranges.precision) if ranges.precision else f1
        return 1 - recall, recall * (1 / max(precision, 0.01) - 1)

    def improve(self, margins: Margins, random: np.random.Generator) -> Margins | None:
        """Move step by step to where every figure fits; None where that gets stuck."""
        missed, false = margins.missed.copy(), margins.false.copy()
        scores = self._scores(missed, false)
        for step in range(STEPS):
            run = int(random.integers(len(missed)))
            distance, moves = self._distances(scores, missed[run], false[run], run)
            if distance < 1e-12:
                return Margins(missed, false)
            ahead = np.where(moves < np.inf, moves + random.random(moves.shape) * 1e-6, np.inf)
            if step % 50 > 47:
                ahead = np.where(moves < np.inf, random.random(moves.shape), np.inf)
            units = np.unravel_index(int(ahead.argmin()), moves.shape)
            if moves[units] >= distance and step % 50 <= 47:
                continue
            for unit in units:
                kind, index = divmod(int(unit), self.examples.shape[1])
                (missed if kind < 2 else false)[run, index] += 1 - 2 * (kind % 2)
            scores[run] = self._scores(missed[run : run + 1], false[run : run + 1], run)[0]
        return None

    def _distances(
        self, scores: Floats, missed: Integers, false: Integers, run: int
    ) -> tuple[float, Floats]:
        """Return how far these scores are from the figures, in examples, and after each next step.

        A unit adds or takes one false negative or one false positive of a class; a step is two
        units of the evaluation `run`, `[units, units]`, that keep the sums of both equal.
        """
        weights, low, high = self.averages
        units = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
        more_missed, more_false = missed + units[:, :1], false + units[:, 1:]
        changes = self._scores(more_missed, more_false, run) - scores[run]
        valid = (more_missed >= 0) & (more_missed <= self.examples[run]) & (more_false >= 0)
        flat = valid.reshape(-1)
        means = scores.mean(axis=0)
        by_class = self._class_distances(means)
        local = (self._class_distances(means + changes / len(scores)) - by_class).reshape(-1)
        sums = np.einsum("arcs,rcs->a", weights, scores)
        moved = np.einsum("acs,ucs->auc", weights[:, run], changes).reshape(len(sums), len(flat))
        pairs = sums[:, None, None] + moved[:, :, None] + moved[:, None, :]
        total = float(self.examples.sum()) / len(scores)

        def distance(values: Floats) -> Floats:
            shape = (-1, *(1,) * (values.ndim - 1))
            outside = _outside(values, low.reshape(shape), high.reshape(shape))
            return np.asarray(((total * outside) ** 2).sum(axis=0))

        now = float(by_class.sum() + distance(sums))
        steps = by_class.sum() + local[:, None] + local[None, :] + distance(pairs)
        allowed = flat[:, None] & flat[None, :] & _balanced_pairs(len(missed))
        return now, np.where(allowed, steps, np.inf)

    def _scores(self, missed: Integers, false: Integers, run: int | None = None) -> Floats:
        """Return `[…, classes, scores]` of one evaluation or all; 0 where a score is 0 / 0."""
        examples = self.examples if run is None else self.examples[run]
        totals = examples.sum(axis=-1, keepdims=True)
        scores = []
        for score in CLASS_SCORES:
            numerator, denominator = class_ratio(score, examples, totals, missed, false)
            scores.append(numerator / np.maximum(denominator, 1))
        return np.stack(scores, axis=-1).astype(np.float64)

    def _class_distances(self, means: Floats) -> Floats:
        low, high = self.windows
        scale = self.examples.mean(axis=0)[:, None]
        return np.asarray(((scale * _outside(means, low, high)) ** 2).sum(axis=-1))


@cache
def _balanced_pairs(classes: int) -> NDArray[np.bool_]:
    """Return `[units, units]`: which two units of different classes may be combined.

    Of two classes, what one misses is what the other is wrongly given.
    """
    missed, false = np.repeat([1, -1, 0, 0], classes), np.repeat([0, 0, 1, -1], classes)
    index = np.tile(np.arange(classes), 4)
    balanced = missed[:, None] + missed == false[:, None] + false
    different = index[:, None] != index
    if classes == 2:
        return np.asarray(balanced & different & (missed[:, None] != 0) & (false != 0))
    return np.asarray(balanced & different)


def _balance(
    missed: Integers, false: Integers, support: Integers, random: np.random.Generator
) -> None:
    """Add false positives or false negatives at random until there are as many of each."""
    classes = len(missed)
    if classes == 2:
        false[:] = missed[::-1]
        return
    lacking = int(missed.sum() - false.sum())
    if lacking > 0:
        false += random.multinomial(lacking, np.full(classes, 1 / classes))
    for _ in range(-lacking):
        room = np.flatnonzero(missed < support)
        if len(room):
            missed[random.choice(room)] += 1
        else:
            false[int(false.argmax())] -= 1


def _bounds(wanted: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return the ends of ranges, a little inside; infinite where there is no range."""
    low, high = np.full(wanted.shape, -np.inf), np.full(wanted.shape, np.inf)
    for place, found in np.ndenumerate(wanted):
        if found is not None:
            inset = 0.001 * float(found.high - found.low)
            low[place], high[place] = float(found.low) + inset, float(found.high) - inset
    return low, high


def _outside(values: Floats, low: Floats, high: Floats) -> Floats:
    return np.maximum(0.0, np.maximum(low - values, values - high))


def _middle(wanted: Range) -> float:
    return min(1.0, max(0.0, float(wanted.low + wanted.high) / 2))
