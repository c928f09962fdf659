"""The tests that separate honest training from a report that was changed, as numbers alone."""

from __future__ import annotations

from math import comb, exp, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.results.records import Evaluation
from reportgen.verification.disagreement import (
    PRIOR,
    TRAINING_WEIGHT,
    Disagreement,
    judge,
    lean,
    measure,
    surprise,
)

EXAMPLES, TRAINING = 10_000, 10_000
CLASSES = 2


class Trainings:
    """Two honest trainings, which differ for about 105 test examples.

    Each example has a margin of the true class, nearly always a large one; each training adds its
    own noise to it, and one may be better throughout. `surest` is the largest margin of a wrong
    class before that noise.
    """

    def __init__(self, random: np.random.Generator, surest: float = 1.0) -> None:
        self.random = random
        self.labels = random.integers(0, CLASSES, EXAMPLES).astype(np.int32)
        self.shift = random.normal(0, 0.1, 2)
        margins = random.exponential(36, EXAMPLES + TRAINING) - surest
        noisy = [margins + random.normal(shift, 0.35, len(margins)) for shift in self.shift]
        self.train = Disagreement(
            TRAINING,
            *(int(found[EXAMPLES:].sum()) for found in _compare(noisy[0] > 0, noisy[1] > 0)),
        )
        self.report, self.again = (self.predict(each[:EXAMPLES]) for each in noisy)

    def predict(self, margins: np.ndarray) -> Evaluation:
        """Return predictions in which the true class leads the next one by these margins."""
        rows, other = np.arange(EXAMPLES), (self.labels + 1) % CLASSES
        logits = np.full((EXAMPLES, CLASSES), -30.0)
        logits[rows, self.labels], logits[rows, other] = margins, 0.0
        probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return Evaluation(np.where(margins > 0, self.labels, other).astype(np.int32), probabilities)

    def flip(self, count: int, are_wrong: bool) -> Evaluation:
        """Return the report with `count` predictions turned, of the wrong or of the right ones."""
        kept = self.report
        assert kept.probabilities is not None
        rows = np.flatnonzero((kept.classes != self.labels) == are_wrong)
        rows = self.random.permutation(rows)[:count]
        classes, probabilities = kept.classes.copy(), kept.probabilities.copy()
        new = self.labels[rows] if are_wrong else (self.labels[rows] + 1) % CLASSES
        old, classes[rows] = classes[rows], new
        probabilities[rows, old], probabilities[rows, new] = (
            probabilities[rows, new],
            probabilities[rows, old],
        )
        return Evaluation(classes, probabilities)

    def verdict(self, report: Evaluation) -> str:
        """Judge a report beside the reproduction."""
        found = measure(self.labels, report.classes, self.again.classes)
        return judge(found, self.train, (), surprise(self.labels, report, self.again, self.train))[
            0
        ]


def _compare(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return first != second, first & ~second, second & ~first


def test_honest_trainings_are_never_accused() -> None:
    """Of 200 simulated reproductions none contradicts its report, and few are doubtful."""
    random = np.random.default_rng(11)
    trainings = [Trainings(random) for _ in range(200)]
    different = [measure(t.labels, t.report.classes, t.again.classes).different for t in trainings]
    assert 80 < np.mean(different) < 130
    verdicts = [each.verdict(each.report) for each in trainings]
    assert "contradicts" not in verdicts
    assert verdicts.count("doubtful") <= 12


def test_flips_in_one_direction_are_found() -> None:
    """Thirty right predictions that are turned wrong name the run, sixty contradict the report.

    The wrong predictions of the simulated model have small margins, which hides flips best.
    """
    random = np.random.default_rng(12)
    for _ in range(10):
        trainings = Trainings(random)
        assert trainings.verdict(trainings.flip(30, are_wrong=False)) != "compatible"
        assert trainings.verdict(trainings.flip(60, are_wrong=False)) == "contradicts"
        assert trainings.verdict(trainings.flip(150, are_wrong=True)) == "contradicts"


def test_flips_of_wrong_predictions_are_named_where_the_model_was_surer_of_some() -> None:
    """Fifty wrong predictions of any margin, made right, name nearly every run."""
    random = np.random.default_rng(13)
    every = [Trainings(random, surest=2.0) for _ in range(25)]
    assert [each.verdict(each.report) for each in every] == ["compatible"] * 25
    flipped = [each.verdict(each.flip(50, are_wrong=True)) for each in every]
    assert flipped.count("compatible") <= 3


@pytest.mark.parametrize(("flips", "verdict"), [(40, "doubtful"), (80, "contradicts")])
@pytest.mark.parametrize("turned", [False, True])
def test_the_lean_alone_names_a_run(flips: int, verdict: str, turned: bool) -> None:
    """Beside 105 balanced differences a lean is named from 40 flips, and contradicts from 80."""
    right, wrong = (53, 52 + flips) if turned else (52 + flips, 53)
    found = Disagreement(EXAMPLES, 105 + flips, right, wrong)
    given_train = Disagreement(60_000, 600, 300, 300)
    named, reason = judge(found, given_train)
    assert named == verdict
    assert ("worse" if turned else "better") in reason


def test_many_balanced_differences_are_found_beside_other_seeds() -> None:
    """A run that differs from its reproduction far more than other seeds do was not trained so."""
    other = Disagreement(EXAMPLES, 110, 50, 50)
    changed = Disagreement(EXAMPLES, 350, 170, 170)
    assert judge(changed, other_seeds=(other, other))[0] == "contradicts"
    assert judge(changed)[0] == "compatible"
    assert judge(other, other_seeds=(other, other))[0] == "compatible"


counts = st.integers(0, 60)


@given(counts, counts, counts, counts)
def test_the_lean_is_the_beta_binomial_tail(
    right: int, wrong: int, train_right: int, train_wrong: int
) -> None:
    """Both tails are sums of C(n, k) B(k + a, n − k + b) / B(a, b), by gamma functions."""
    test = Disagreement(EXAMPLES, right + wrong, right, wrong)
    train = Disagreement(TRAINING, train_right + train_wrong, train_right, train_wrong)
    a, b = (PRIOR + TRAINING_WEIGHT * count for count in (train_right, train_wrong))

    def beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    n = right + wrong
    mass = [comb(n, k) * exp(beta(k + a, n - k + b) - beta(a, b)) for k in range(n + 1)]
    assert lean(test, train) == pytest.approx((sum(mass[right:]), sum(mass[: right + 1])), rel=1e-6)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=40))
def test_differences_are_counted_as_by_hand(rows: list[tuple[int, int, int]]) -> None:
    """Each example is counted by what the two predictions of it are."""
    labels, report, again = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    assert measure(labels, report, again) == Disagreement(
        len(rows),
        sum(mine != other for _, mine, other in rows),
        sum(mine == label != other for label, mine, other in rows),
        sum(other == label != mine for label, mine, other in rows),
    )
