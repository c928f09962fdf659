"""What the audit assumes about how figures were made, and the decision under that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reportgen.audit.decision import Decision, decide, decide_folds
from reportgen.audit.folds import decide_unknown_folds
from reportgen.audit.ranges import Figure, constraints_of, printed_range, table_figures
from reportgen.audit.records import AuditAssumptions
from reportgen.config.published import Published, PublishedTable


class AssumedTable(NamedTuple):
    """A table's figures, and what is assumed about them."""

    figures: tuple[Figure, ...]
    decimals: int
    assumptions: AuditAssumptions
    positive: int
    """The class that binary scores are about."""
    unit: str = "example"


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
    return AssumedTable(
        tuple(table_figures(table)), table.decimals, assumptions, positive, unit_of(published)
    )


def unit_of(published: Published) -> str:
    """Return what the data consist of; the data sets that have a name here are all images."""
    return "example" if published.dataset is None else "image"


def decide_tables(tables: Sequence[AssumedTable], supports: Sequence[int]) -> Decision:
    """Decide whether all figures of `tables` can describe the same evaluations of `supports`.

    Tables that are averages of different numbers of runs are not compared.
    """
    first = tables[0].assumptions
    evaluated = {(each.runs, each.folds, each.fold_count) for _, _, each, *_ in tables}
    if len(evaluated) > 1:
        return Decision("undecided", "the tables are averages of different evaluations")
    printed = (
        (figure, printed_range(figure.value, table.decimals, table.assumptions.rounding))
        for table in tables
        for figure in table.figures
    )
    outside = any(table.assumptions.outside_predictions for table in tables)
    constraints = constraints_of(printed, supports, outside, tables[0].positive)
    averaged = first.runs != 1 or first.fold_count is not None
    thresholds = (
        figure.metric == "binary.prevalence_threshold"
        for table in tables
        for figure in table.figures
    )
    if averaged and any(thresholds):
        return Decision("undecided", "averages of prevalence thresholds are not audited")
    if first.folds:
        return decide_folds(constraints, first.folds)
    if first.fold_count is not None:
        return decide_unknown_folds(constraints, first.fold_count)
    return decide(constraints, first.runs)
