"""The audit of published figures: could they have come from the split that they claim?

Each figure alone, all figures of a table together, and all tables about the same model together are
put as questions about whole-number counts (`question`) and answered (`judge`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from reportgen.audit.figures import SPLITS, Split, audit_figures
from reportgen.audit.judge import Answer, answer
from reportgen.audit.question import question_of
from reportgen.audit.records import Audit, AuditAgreement, AuditFigure, AuditJudgement, AuditTable
from reportgen.audit.words import explain, explain_disagreement
from reportgen.config.schema import Published, PublishedTable

Answers = Mapping[Split, Answer | None]
Conclusion = Literal[
    "consistent", "impossible", "consistent with the other split", "undecided", "unknown"
]
OTHER: dict[Split, Split] = {"test": "train", "train": "test"}


def audit_tables(published: Published) -> Audit:
    """Audit published figures ; no results of our own are needed."""
    supports: dict[Split, tuple[int, ...]] = {
        "test": published.test_support,
        "train": published.train_support,
    }
    answers = [
        {split: _ask([table], supports[split]) for split in SPLITS} for table in published.tables
    ]
    both = list(zip(published.tables, answers, strict=True))
    figures = [tuple(audit_figures(table, supports, found)) for table, found in both]
    classes = class_labels(published)
    return Audit(
        source=published.source,
        figures=tuple(figure for group in figures for figure in group),
        tables=tuple(
            _audit_table(table, found, group, classes)
            for (table, found), group in zip(both, figures, strict=True)
        ),
        agreements=tuple(_audit_agreements(published, supports, classes)),
        classes=classes,
        test_total=sum(supports["test"]) or None,
        train_total=sum(supports["train"]) or None,
    )


def class_labels(published: Published) -> tuple[str, ...]:
    """Return the names of the paper's classes; counted from 0 where it gives none."""
    count = max(len(published.test_support), len(published.train_support))
    return published.classes or tuple(str(index) for index in range(count))


def _ask(tables: Sequence[PublishedTable], supports: Sequence[int]) -> Answer | None:
    """Answer whether `tables` fit these supports; None where the supports are not known."""
    return answer(question_of(tables, supports)) if supports else None


def _audit_table(
    table: PublishedTable,
    answers: Answers,
    figures: Sequence[AuditFigure],
    classes: Sequence[str],
) -> AuditTable:
    judged = {split: _judgement(answers[split]) for split in SPLITS}
    return AuditTable(
        name=table.name,
        describes=describes(table),
        model=table.model,
        claimed_split=table.split,
        test=judged["test"],
        train=judged["train"],
        conclusion=_conclude(judged[table.split], judged[OTHER[table.split]]),
        reason=explain(answers[table.split], table.split, figures, classes),
        test_counts=_counts(answers["test"]),
        train_counts=_counts(answers["train"]),
    )


def describes(table: PublishedTable) -> str:
    """Return what a table is about: a model's slug, or what its file says, or its own name."""
    return table.model or table.describes or table.name


def _judgement(found: Answer | None) -> AuditJudgement:
    return found.judgement if found is not None else "unknown"


def _counts(found: Answer | None) -> tuple[tuple[int, int], ...] | None:
    return found.counts if found is not None else None


def _conclude(claimed: AuditJudgement, other: AuditJudgement) -> Conclusion:
    if claimed == "possible":
        return "consistent"
    if claimed == "impossible":
        return "consistent with the other split" if other == "possible" else "impossible"
    return claimed


def _audit_agreements(
    published: Published, supports: Mapping[Split, Sequence[int]], classes: Sequence[str]
) -> Iterator[AuditAgreement]:
    """Ask whether tables about the same model and the same split fit one confusion matrix."""
    groups: dict[tuple[str, Split], list[PublishedTable]] = {}
    for table in published.tables:
        groups.setdefault((describes(table), table.split), []).append(table)
    for (name, split), tables in groups.items():
        if len(tables) > 1:
            found = [_ask(tables, supports[each]) for each in (split, OTHER[split])]
            yield AuditAgreement(
                describes=name,
                tables=tuple(table.name for table in tables),
                agree=_agree(found),
                reason=explain_disagreement(found[0], tables, classes),
            )


def _agree(answers: Sequence[Answer | None]) -> bool | None:
    """Whether some split fits: both tables may have been measured on another than they claim."""
    judgements = {found.judgement for found in answers if found is not None}
    if "possible" in judgements:
        return True
    return False if judgements == {"impossible"} else None
