"""Where two trainings of the same run disagree, and whether chance explains it.

Training the same run on another processor gives another model, as good as the first: what the two
answer differently is right as often in one as in the other. Of the examples that exactly one of
the two gets right, the number that the report gets right is then binomial with probability 1/2
(McNemar's exact test, one side at a time).

Sources: McNemar (1947), doi:10.1007/BF02295996; Clopper and Pearson (1934) for the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int32]

LEVEL = 1e-4
"""Of honest reports, the largest share for which the test may find a contradiction."""

DOUBT = 1e-2
"""The same for a lean that is named, and left to be settled."""

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

    @cached_property
    def p_better(self) -> float:
        """Chance of at least as many `report_right` where neither model is the better one."""
        return _tail(self.report_right, self.report_right + self.report_wrong)

    @cached_property
    def p_worse(self) -> float:
        """Chance of at least as many `report_wrong` where neither model is the better one."""
        return _tail(self.report_wrong, self.report_right + self.report_wrong)


def measure(labels: Classes, report: Classes, again: Classes) -> Disagreement:
    """Count where two predictions of the same examples differ; all are `[n]`."""
    right, again_right = report == labels, again == labels
    return Disagreement(
        examples=len(labels),
        different=int((report != again).sum()),
        report_right=int((right & ~again_right).sum()),
        report_wrong=int((again_right & ~right).sum()),
    )


def judge(found: Disagreement, other_seeds: tuple[Disagreement, ...] = ()) -> tuple[Verdict, str]:
    """Return whether chance explains a disagreement, and a sentence that says why.

    `other_seeds`: the reproduction against runs of the same model with other seeds. Two trainings
    with the same seed differ at most as much as those, so a much larger number is no chance either.
    Each of the three tests has a third of `LEVEL`.
    """
    if not found.different:
        return "compatible", "every class is the same"
    better, worse, excess = found.p_better, found.p_worse, _p_excess(found, other_seeds)
    smallest = 3 * min(better, worse, excess)
    counts = (
        f"{found.different:,} of {found.examples:,} classes differ; the report alone is right "
        f"for {found.report_right:,}, the reproduction alone for {found.report_wrong:,}"
    )
    if smallest > DOUBT:
        return "compatible", f"{counts}: chance explains it"
    if excess < min(better, worse):
        what = "other seeds of the model differ less"
    else:
        what = f"the report is {'better' if better < worse else 'worse'} than training it again"
    verdict: Verdict = "contradicts" if smallest < LEVEL else "doubtful"
    return verdict, f"{counts}: {what}, by chance once in {1 / max(smallest, 1e-300):,.0f} reports"


def _p_excess(found: Disagreement, other_seeds: tuple[Disagreement, ...]) -> float:
    """Return the chance of so many more differences than the most that other seeds have."""
    most = max((other.different for other in other_seeds), default=None)
    if most is None:
        return 1.0
    return _tail(found.different, found.different + most)


def _tail(count: int, total: int) -> float:
    """Return the chance that of `total` fair coins at least `count` show heads."""
    if not total:
        return 1.0
    from scipy.stats import binom

    return float(binom.sf(count - 1, total, 0.5))
