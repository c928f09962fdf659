"""The figures of a published table, each judged alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen.audit.assumptions import AssumedTable, decide_tables
from reportgen.audit.classes import count_class
from reportgen.audit.decision import Decision
from reportgen.audit.ranges import Figure, printed_range
from reportgen.audit.records import AuditFigure
from reportgen.audit.words import SPLITS, Split


def audit_figures(
    name: str,
    table: AssumedTable,
    supports: Mapping[Split, Sequence[int]],
    together: Mapping[Split, Decision | None],
) -> Iterator[AuditFigure]:
    """Judge each figure alone; `together`: the decisions about the whole table."""
    for figure in table.figures:
        possible = {
            split: _possible(table, figure, supports[split], together[split]) for split in SPLITS
        }
        yield AuditFigure(
            table=name,
            metric=figure.metric,
            class_index=figure.class_index,
            printed=figure.printed(table.decimals),
            possible_on_test=possible["test"],
            possible_on_train=possible["train"],
        )


def _possible(
    table: AssumedTable, figure: Figure, supports: Sequence[int], together: Decision | None
) -> bool | None:
    if together is None:
        return None
    if together.judgement == "possible" or _class_can(table, figure, supports):
        return True
    judgement = decide_tables([table._replace(figures=(figure,))], supports).judgement
    return None if judgement == "undecided" else judgement == "possible"


def _class_can(table: AssumedTable, figure: Figure, supports: Sequence[int]) -> bool:
    """Whether one class's counts can give its figure: other classes can make up for them."""
    index = figure.class_index
    if index is None or len(supports) < 2 or table.assumptions.fold_count is not None:
        return False
    wanted = printed_range(figure.value, table.decimals, table.assumptions.rounding)
    return count_class(supports[index], sum(supports), {figure.metric: wanted}).size > 0
