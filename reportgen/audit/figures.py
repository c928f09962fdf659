"""The figures of a published table, each judged alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from reportgen.audit.classes import count_class
from reportgen.audit.judge import Answer, answer
from reportgen.audit.question import printed_range, question_of_figure
from reportgen.audit.records import AuditFigure
from reportgen.config.schema import PublishedTable

Split = Literal["test", "train"]
SPLITS: tuple[Split, Split] = ("test", "train")
OVERALL = ("accuracy", "macro_f1", "micro_f1", "weighted_f1")
PER_CLASS = ("precision", "recall", "f1")


def printed_figures(table: PublishedTable) -> Iterator[tuple[str, int | None, float]]:
    """Yield metric, class (None for the whole table) and value of every figure of a table."""
    for metric in OVERALL:
        value = getattr(table, metric)
        if value is not None:
            yield metric, None, value
    for metric in PER_CLASS:
        for index, value in enumerate(getattr(table, metric) or ()):
            yield metric, index, value


def audit_figures(
    table: PublishedTable,
    supports: Mapping[Split, Sequence[int]],
    together: Mapping[Split, Answer | None],
) -> Iterator[AuditFigure]:
    """Judge each figure alone; `together`: the answers about the whole table."""
    for metric, index, value in printed_figures(table):
        possible = {
            split: _possible(table, metric, index, value, supports[split], together[split])
            for split in SPLITS
        }
        yield AuditFigure(
            table=table.name,
            metric=metric,
            class_index=index,
            printed=f"{value:.{table.decimals}f}",
            possible_on_test=possible["test"],
            possible_on_train=possible["train"],
        )


def _possible(
    table: PublishedTable,
    metric: str,
    index: int | None,
    value: float,
    supports: Sequence[int],
    together: Answer | None,
) -> bool | None:
    if together is None:
        return None
    if together.judgement == "possible":
        return True
    question = question_of_figure(metric, index, printed_range(value, table.decimals), supports)
    if index is not None and len(supports) > 1:
        # Whatever one class's counts are, the other classes can make up for them.
        alone = count_class(supports[index], question.total, question.classes[index])
        return alone.size > 0
    judgement = answer(question).judgement
    return None if judgement == "undecided" else judgement == "possible"
