"""Published figures beside our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

from reportgen.analysis.facts import AuditFacts, Facts, ModelFacts, PublishedFigure, SeedSummary
from reportgen.audit.assembly import audit_tables
from reportgen.audit.ranges import printed_range, table_figures
from reportgen.audit.records import Audit, AuditTable
from reportgen.audit.scores import Range
from reportgen.config.published import Published, PublishedTable, Rounding
from reportgen.config.settings import Split

_EXACT = 1e-9
"""What a mean of ratios may be off by in floating point."""


def audit_published(published: Published | None, facts: Facts) -> AuditFacts | None:
    """Audit the published figures and set them beside our own; None where none are published.

    They are compared only where this build ran on the data set that they are about.
    """
    if published is None or not published.tables:
        return None
    audit = audit_tables(published)
    comparison = compare_published(published, facts, audit)
    names = AuditTable.model_fields
    tables = tuple(
        AuditTable(**{name: getattr(table, name) for name in names}) for table in audit.tables
    )
    return AuditFacts(**dict(audit) | {"tables": tables}, comparison=comparison)


def compare_published(
    published: Published, facts: Facts, audit: Audit
) -> tuple[PublishedFigure, ...]:
    """Return every published figure that this build measures too, beside what it measured.

    Empty where the figures are about another data set, or where a stand-in was trained on.
    """
    dataset = facts.dataset
    if published.dataset != dataset.name or dataset.stand_in_for is not None:
        return ()
    return tuple(
        figure
        for table, judged in zip(published.tables, audit.tables, strict=True)
        for figure in _compare_table(
            table,
            audit.classes,
            facts,
            judged.conclusion == "consistent with the other split",
            published.rounding,
        )
    )


def _compare_table(
    table: PublishedTable,
    classes: tuple[str, ...],
    facts: Facts,
    points_elsewhere: bool,
    rounding: Rounding,
) -> Iterator[PublishedFigure]:
    model = facts.models.get(table.model or "")
    if model is None:
        return
    for metric, index, value in map(astuple, table_figures(table)):
        place = _place(index, classes, facts)
        if index is not None and place is None:
            continue
        found = measured(model, metric, place, table.split)
        if found is None:
            continue
        elsewhere = measured(model, metric, place, "train") if points_elsewhere else None
        yield PublishedFigure(
            table=table.name,
            model=model.slug,
            metric=metric,
            class_index=place,
            printed=f"{value:.{table.decimals}f}",
            value=value,
            reproduced=found,
            reproduced_on_train=elsewhere if table.split == "test" else None,
            difference=found.mean - value,
            agrees=_agrees(found, printed_range(value, table.decimals, table.rounding or rounding)),
        )


def _agrees(found: SeedSummary, printed: Range) -> bool:
    """Whether the range over the seeds and the values that would be printed alike overlap."""
    low, high = map(float, (printed.low, printed.high))
    return found.minimum <= high + _EXACT and found.maximum >= low - _EXACT


def _place(index: int | None, classes: tuple[str, ...], facts: Facts) -> int | None:
    """Return the place of a paper's class among ours, which may be in another order."""
    if index is None:
        return None
    ours = facts.dataset.classes
    if classes[index] in ours:
        return ours.index(classes[index])
    # Names differ between papers; the order of the labels does not.
    return index if len(classes) == len(ours) else None


def measured(model: ModelFacts, metric: str, place: int | None, split: Split) -> SeedSummary | None:
    """Return what this build measured of a model on a split; None where it did not."""
    if split == "train":
        return _measured_on_train(model, metric, place)
    found = getattr(model if place is None else model.per_class[place], metric, None)
    return found if isinstance(found, SeedSummary) else None


def _measured_on_train(model: ModelFacts, metric: str, place: int | None) -> SeedSummary | None:
    if metric in ("accuracy", "micro_f1"):
        return model.overfitting.train_accuracy if model.overfitting else None
    if metric == "macro_f1":
        return model.train_macro_f1
    if metric != "f1" or place is None or model.train_f1 is None:
        return None
    return model.train_f1[place]
