"""Where two trainings of the same run disagree, and whether honest training explains it.

Training the same run on another processor gives another model. Of the test examples that exactly
one of the two gets right, call π the share that the report gets right. Were the two equally good,
π would be 1/2 (McNemar's test). They are not: honest trainings differ a little in quality, and
then lean the same way on all examples, those of the training set too. So π has the prior
Beta(`PRIOR`, `PRIOR`), is updated by what the two get right of the training set, and the count of
the test set is compared with its beta-binomial predictive distribution. Flips in the test set
alone lean where the training set does not.

Honest trainings differ where neither is sure. A flipped prediction is one that the reproduction may
be sure of. The margins of the reproduction where it is alone in being wrong (or right) have the
same distribution as those of the report where the report is. Two statistics compare them: how many
exceed `EXCESS` times the largest of the report's (an exact test of exceedance), and the lean among
the sure differences alone, those beyond the quantile `SURE` of the report's margins, which for the
reproduction is `LARGER` times that. The first finds flips of which the reproduction is very sure,
the second many of which it is surer than honest differences mostly are.

Sources: McNemar (1947), doi:10.1007/BF02295996; Skellam (1948) for the beta-binomial distribution;
Rosenbaum (1954), doi:10.1214/aoms/1177728802, for exceedances. `PRIOR`, `TRAINING_WEIGHT`, `SURE`,
`LARGER` and `EXCESS` were measured: docs/reproduction.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.results.records import Evaluation

Classes = NDArray[np.int32]

LEVEL = 1e-4
"""Of honest reports, the largest share for which the test may find a contradiction."""

DOUBT = 3e-2
"""The largest share of honest reports that the test may call doubtful."""

PRIOR = 6.0
"""π of honest trainings has a standard deviation of 0.14 about 1/2."""

TRAINING_WEIGHT = 0.5
"""What an example of the training set counts beside one of the test set: it is not the same."""

SURE = 0.9
"""Share of the differences of one side that are less sure than those that count as sure."""

LARGER = 1.25
"""How much larger the sure margins of one of two honest trainings may be."""

EXCESS = 1.5
"""The same for the largest margins, and for counts of differences."""

SMALLEST = 1e-12
"""Probabilities below count as this."""

Verdict = Literal["same", "compatible", "doubtful", "contradicts"]


@dataclass(frozen=True)
class Disagreement:
    """How the classes of a report and those of a reproduction differ on one evaluation set."""

    examples: int
    different: int
    """Examples for which the two predict different classes."""
    report_right: int
    """Examples that the report gets right and the reproduction wrong."""
    report_wrong: int
    """Examples that the reproduction gets right and the report wrong."""


NOTHING = Disagreement(0, 0, 0, 0)


def measure(labels: Classes, report: Classes, again: Classes) -> Disagreement:
    """Count where two predictions of the same examples differ; all are `[n]`."""
    right, again_right = report == labels, again == labels
    return Disagreement(
        examples=len(labels),
        different=int((report != again).sum()),
        report_right=int((right & ~again_right).sum()),
        report_wrong=int((again_right & ~right).sum()),
    )


def lean(test: Disagreement, train: Disagreement = NOTHING) -> tuple[float, float]:
    """Return the chance of as many `report_right`, and of as many `report_wrong`, or more.

    Each is the tail of the beta-binomial distribution of the module's docstring.
    """
    total = test.report_right + test.report_wrong
    return (
        _tail(test.report_right, total, train.report_right, train.report_wrong),
        _tail(test.report_wrong, total, train.report_wrong, train.report_right),
    )


def surprise(
    labels: Classes, report: Evaluation, again: Evaluation, train: Disagreement
) -> tuple[float, float]:
    """Return how likely it is that the reproduction alone is wrong, or right, so confidently.

    1 where either gives no probabilities, or where one side has no example.
    """
    if report.probabilities is None or again.probabilities is None:
        return 1.0, 1.0
    right, again_right = report.classes == labels, again.classes == labels
    report_alone, again_alone = right & ~again_right, again_right & ~right
    return (
        _surer(
            _margins(again, again.classes, labels, report_alone),
            _margins(report, report.classes, labels, again_alone),
            (train.report_right, train.report_wrong),
        ),
        _surer(
            _margins(again, labels, report.classes, again_alone),
            _margins(report, labels, again.classes, report_alone),
            (train.report_wrong, train.report_right),
        ),
    )


def judge(
    test: Disagreement,
    train: Disagreement = NOTHING,
    other_seeds: tuple[Disagreement, ...] = (),
    surprises: tuple[float, float] = (1.0, 1.0),
) -> tuple[Verdict, str]:
    """Return whether honest training explains a disagreement, and a sentence with the reason.

    `other_seeds`: the reproduction against runs of the same model with other seeds. Trainings with
    one seed differ less than those, so nothing explains a much larger number.
    `surprises` are those of `surprise`. There are five tests, and the smallest of their
    probabilities counts five times (Bonferroni).
    """
    if not test.different:
        return "compatible", "every class of the test set is the same"
    better, worse = lean(test, train)
    chances = {
        "the report is better than its reproduction": better,
        "the report is worse than its reproduction": worse,
        "runs with other seeds differ less": _excess(test, other_seeds),
        "the reproduction is confident in predictions that are wrong in it alone": surprises[0],
        "the reproduction is confident in predictions that are right in it alone": surprises[1],
    }
    what = min(chances, key=lambda each: chances[each])
    # Chances can underflow to 0, which has no reciprocal.
    smallest = max(len(chances) * chances[what], 1e-300)
    counts = (
        f"{test.different:,} of {test.examples:,} classes differ; the report alone is right "
        f"for {test.report_right:,}, the reproduction alone for {test.report_wrong:,}"
    )
    if smallest > DOUBT:
        return "compatible", f"{counts}, as is usual between honest trainings"
    verdict: Verdict = "contradicts" if smallest < LEVEL else "doubtful"
    return (
        verdict,
        f"{counts}: {what}, which at most one of {1 / smallest:,.0f} honest reports would show",
    )


def _margins(
    made: Evaluation, first: Classes, second: Classes, rows: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return by how much `first` is more probable than `second`, as natural logarithm."""
    assert made.probabilities is not None
    logs = np.log(np.maximum(made.probabilities[rows].astype(np.float64), SMALLEST))
    index = np.arange(len(logs))
    return np.asarray(logs[index, first[rows]] - logs[index, second[rows]])


def _surer(ours: NDArray[np.float64], theirs: NDArray[np.float64], train: tuple[int, int]) -> float:
    """Return the chance of so many of `ours` beyond the surest, or the sure ones, of `theirs`.

    That the largest j of n + m values are all among the n is as likely as C(n, j) / C(n + m, j).
    The smaller probability of the two tests counts twice.
    """
    if not len(ours) or not len(theirs):
        return 1.0
    above = int((ours > EXCESS * theirs.max()).sum())
    alone = comb(len(ours), above) / comb(len(ours) + len(theirs), above)
    limit = np.quantile(theirs, SURE)
    sure, others = int((ours > LARGER * limit).sum()), int((theirs > limit).sum())
    return min(1.0, 2 * min(alone, _tail(sure, sure + others, *train)))


def _tail(count: int, total: int, train: int, train_other: int) -> float:
    """Return the chance of at least `count` of `total` differences on one side."""
    from scipy.stats import betabinom

    weights = PRIOR + TRAINING_WEIGHT * train, PRIOR + TRAINING_WEIGHT * train_other
    return float(betabinom.sf(count - 1, total, *weights))


def _excess(test: Disagreement, other_seeds: tuple[Disagreement, ...]) -> float:
    """Return the chance of so many differences if `EXCESS` times the most of others is expected."""
    if not other_seeds:
        return 1.0
    from scipy.stats import binom

    most = max(other.different for other in other_seeds)
    share = EXCESS / (1 + EXCESS)
    return float(binom.sf(test.different - 1, test.different + most, share))
