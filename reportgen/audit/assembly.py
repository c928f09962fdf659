"""The audit of published figures: could they have come from the split that they claim?

Each figure alone, all figures of a table together, and all tables about the same model together
are put as constraints on whole-number counts (`constraints`) and decided (`decision`, `means`)
under what is assumed about how they were made (`assumptions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen.audit.assumptions import AssumedTable, assume, decide_tables, unit_of
from reportgen.audit.classes import count_class
from reportgen.audit.decision import Decision
from reportgen.audit.explanations import explain_misfit
from reportgen.audit.ranges import Figure, printed_range
from reportgen.audit.records import (
    AuditAgreement,
    AuditExplanation,
    AuditFigure,
    AuditJudgement,
    Conclusion,
    CountedAudit,
    CountedTable,
)
from reportgen.audit.words import OTHER, SPLITS, explain, explain_disagreement
from reportgen.config.published import Published, PublishedTable
from reportgen.config.settings import Split

Supports = dict[Split, tuple[int, ...]]


def audit_tables(published: Published) -> CountedAudit:
    """Audit published figures; no results of our own are needed."""
    classes = class_labels(published)
    assumed = [assume(table, published, classes) for table in published.tables]
    pairs = list(zip(published.tables, assumed, strict=True))
    audited = [_audit_table(*pair, _supports(published, pair[0]), classes) for pair in pairs]
    return CountedAudit(
        source=published.source,
        figures=tuple(figure for _, figures in audited for figure in figures),
        tables=tuple(table for table, _ in audited),
        agreements=tuple(_audit_agreements(published, pairs, classes)),
        classes=classes,
        unit=unit_of(published),
        test_total=sum(published.test_support) or None,
        train_total=sum(published.train_support) or None,
    )


def class_labels(published: Published) -> tuple[str, ...]:
    """Return the names of the paper's classes; counted from 0 where it gives none."""
    lists = [published.test_support, published.train_support]
    lists += [table.support or (table.folds or ((),))[0] for table in published.tables]
    count = max(map(len, lists))
    return published.classes or tuple(str(index) for index in range(count))


def _supports(published: Published, table: PublishedTable) -> Supports:
    """Return the examples of each class of both splits; those that the table prints prevail."""
    supports: Supports = {"test": published.test_support, "train": published.train_support}
    own = table.support or tuple(map(sum, zip(*table.folds, strict=True)))
    return {**supports, table.split: own} if own else supports


def _decide(tables: Sequence[AssumedTable], supports: Sequence[int]) -> Decision | None:
    """Decide whether `tables` fit these supports; None where the supports are not known."""
    return decide_tables(tables, supports) if supports else None


def _audit_table(
    table: PublishedTable, assumed: AssumedTable, supports: Supports, classes: Sequence[str]
) -> tuple[CountedTable, tuple[AuditFigure, ...]]:
    decisions = {split: _decide([assumed], supports[split]) for split in SPLITS}
    figures = tuple(_audit_figures(table.name, assumed, supports, decisions))
    judged: dict[Split, AuditJudgement] = {
        split: found.judgement if found else "unknown" for split, found in decisions.items()
    }
    claimed, other = table.split, OTHER[table.split]
    found = decisions[claimed]
    contradicting = _contradicting(found, figures, claimed)
    explanations: tuple[AuditExplanation, ...] = ()
    if judged[claimed] == "impossible":
        elsewhere = (judged[other], sum(supports[other]))
        explanations = explain_misfit(
            assumed, supports[claimed], claimed, elsewhere, classes, contradicting
        )
    audited = CountedTable(
        name=table.name,
        describes=describes(table),
        model=table.model,
        claimed_split=claimed,
        test=judged["test"],
        train=judged["train"],
        conclusion=_conclude(judged[claimed], judged[other]),
        reason=explain(found, claimed, figures, classes, assumed.unit),
        assumptions=assumed.assumptions,
        contradicting_classes=contradicting,
        explanations=explanations,
        test_counts=_counts(decisions["test"], len(classes)),
        train_counts=_counts(decisions["train"], len(classes)),
        total=sum(supports[claimed]) or None,
    )
    return audited, figures


def describes(table: PublishedTable) -> str:
    """Return what a table is about: a model's slug, or what its file names, or its own name."""
    return table.model or table.describes or table.name


def _counts(found: Decision | None, classes: int) -> tuple[tuple[int, int], ...] | None:
    return found.counts[:classes] if found is not None and found.counts is not None else None


def _contradicting(
    found: Decision | None, figures: Sequence[AuditFigure], split: Split
) -> tuple[int, ...]:
    """Return the classes of which each alone shows that a table is impossible."""
    alone = {
        figure.class_index
        for figure in figures
        if figure.class_index is not None and figure.possible_on(split) is False
    }
    return tuple(sorted(alone | set(found.classes if found is not None else ())))


def _conclude(claimed: AuditJudgement, other: AuditJudgement) -> Conclusion:
    if claimed == "possible":
        return "consistent"
    if claimed == "impossible":
        return "consistent with the other split" if other == "possible" else "impossible"
    return claimed


def _audit_agreements(
    published: Published,
    pairs: Sequence[tuple[PublishedTable, AssumedTable]],
    classes: Sequence[str],
) -> Iterator[AuditAgreement]:
    """Ask whether tables about the same model and the same split fit one confusion matrix."""
    groups: dict[tuple[str, Split], list[tuple[PublishedTable, AssumedTable]]] = {}
    for table, assumed in pairs:
        groups.setdefault((describes(table), table.split), []).append((table, assumed))
    for (name, split), members in groups.items():
        if len(members) > 1:
            supports = _supports(published, members[0][0])
            tables = [assumed for _, assumed in members]
            found = [_decide(tables, supports[each]) for each in (split, OTHER[split])]
            agree = _agree(found)
            yield AuditAgreement(
                describes=name,
                tables=tuple(table.name for table, _ in members),
                agree=agree,
                reason=explain_disagreement(found[0], [table for table, _ in members], classes),
                contradicting_classes=found[0].classes if found[0] and agree is False else (),
            )


def _agree(decisions: Sequence[Decision | None]) -> bool | None:
    """Whether some split fits: both tables may have been measured on another than they claim."""
    judgements = {found.judgement for found in decisions if found is not None}
    if "possible" in judgements:
        return True
    return False if judgements == {"impossible"} else None


def _audit_figures(
    name: str,
    table: AssumedTable,
    supports: Mapping[Split, Sequence[int]],
    together: Mapping[Split, Decision | None],
) -> Iterator[AuditFigure]:
    """Judge each figure alone; `together`: the decisions about the whole table."""
    for figure in table.figures:
        test, train = (
            _possible(table, figure, supports[split], together[split]) for split in SPLITS
        )
        yield AuditFigure(
            table=name,
            metric=figure.metric,
            class_index=figure.class_index,
            printed=figure.printed(table.decimals),
            possible_on_test=test,
            possible_on_train=train,
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
