"""What the audit assumes about how figures were made, and the decision under that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reportgen.audit.decision import Decision, decide
from reportgen.audit.means import Evaluations, decide_means
from reportgen.audit.ranges import Figure, Printed, constraints_of, table_figures
from reportgen.audit.records import AuditAssumptions
from reportgen.config.schema import Published, PublishedTable

UNKNOWN_RUNS = 0


class AssumedTable(NamedTuple):
    """A table's figures, and what is assumed about them."""

    figures: tuple[Figure, ...]
    decimals: int
    assumptions: AuditAssumptions
    positive: int
    """The class that binary scores are about."""


def assume(table: PublishedTable, published: Published, classes: Sequence[str]) -> AssumedTable:
    """Return a table with what is declared about it, or else about all tables."""
    folds = table.folds
    assumptions = AuditAssumptions(
        rounding=table.rounding or published.rounding,
        runs=published.runs if table.runs is None else table.runs,
        outside_predictions=(
            published.outside_predictions
            if table.outside_predictions is None
            else table.outside_predictions
        ),
        folds=folds,
        fold_count=len(folds) or table.fold_count,
    )
    positive = len(classes) - 1
    if table.positive is not None and table.positive in classes:
        positive = list(classes).index(table.positive)
    return AssumedTable(tuple(table_figures(table)), table.decimals, assumptions, positive)


def decide_tables(tables: Sequence[AssumedTable], supports: Sequence[int]) -> Decision:
    """Decide whether all figures of `tables` can describe the same evaluations of `supports`.

    Tables that are averages of different numbers of runs are not compared.
    """
    first = tables[0].assumptions
    if any(not _same_evaluations(table.assumptions, first) for table in tables):
        return Decision("undecided", "the tables are averages of different evaluations")
    printed = [
        Printed(table.figures, table.decimals, table.assumptions.rounding) for table in tables
    ]
    outside = any(table.assumptions.outside_predictions for table in tables)
    constraints = constraints_of(printed, supports, outside, tables[0].positive)
    if first.fold_count is not None:
        known = [tuple(fold) for fold in first.folds] or _stratified(supports, first.fold_count)
        certain = bool(first.folds)
        return decide_means(constraints, Evaluations(tuple(known), alike=False, certain=certain))
    if first.runs == 1:
        return decide(constraints)
    return decide_means(constraints, Evaluations((tuple(supports),) * first.runs))


def _same_evaluations(one: AuditAssumptions, other: AuditAssumptions) -> bool:
    return (one.runs, one.folds, one.fold_count) == (other.runs, other.folds, other.fold_count)


def _stratified(supports: Sequence[int], folds: int) -> list[tuple[int, ...]]:
    """Return folds over which the examples of each class are spread evenly."""
    return [
        tuple(support // folds + (fold < support % folds) for support in supports)
        for fold in range(folds)
    ]
