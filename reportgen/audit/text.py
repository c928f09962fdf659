"""The audit by itself, as text for a terminal and as a document for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reportgen.audit.records import Audit, AuditFigure
from reportgen.audit.scores import metric_name
from reportgen.audit.sentences import finding, table_text
from reportgen.audit.words import SPLIT_NAMES, SPLITS
from reportgen.characters import one_line
from reportgen.config.settings import Split


def as_document(audit: Audit) -> dict[str, Any]:
    """Return the audit as plain data, with its sentences."""
    document = audit.model_dump(mode="json")
    sentences = [table_text(audit, table) for table in audit.tables]
    for table, sentence in zip(document["tables"], sentences, strict=True):
        table["text"] = sentence
    return {"schema": 1, **document, "finding": finding(audit)}


def as_text(audit: Audit) -> str:
    """Return the audit for a terminal: figures, tables, agreements, and the finding."""
    lines = [f"{one_line(audit.source)}: {_supports(audit)}", ""]
    for table in audit.tables:
        lines += [one_line(table.name), *_figures(audit, table.name)]
        lines += [f"  all together   test: {table.test}, training: {table.train}"]
        lines += [f"  {one_line(table_text(audit, table))}"]
        lines += [f"  {one_line(table.reason)}"] * bool(table.reason) + [""]
    for agreement in audit.agreements:
        answer = {True: "yes", False: "no", None: "could not be decided"}[agreement.agree]
        lines += [f"Do {one_line(', '.join(agreement.tables))} agree? {answer}"]
        lines += [f"  {one_line(agreement.reason)}"] * bool(agreement.reason) + [""]
    return "\n".join([*lines, f"Finding: {one_line(finding(audit))}"])


def _supports(audit: Audit) -> str:
    totals = {"test": audit.test_total, "training": audit.train_total}
    known = [f"{total:,} {name} {audit.unit}s" for name, total in totals.items() if total]
    return f"{len(audit.classes)} classes, {' and '.join(known)}"


def _figures(audit: Audit, table: str) -> Iterator[str]:
    figures = [figure for figure in audit.figures if figure.table == table]
    for metric in dict.fromkeys(figure.metric for figure in figures):
        printed = [figure for figure in figures if figure.metric == metric]
        values = " ".join(one_line(figure.printed) for figure in printed)
        yield f"  {metric_name(metric):14} {values}"
        yield f"  {'':14} {', '.join(_count(printed, split) for split in SPLITS)}"


def _count(figures: Sequence[AuditFigure], split: Split) -> str:
    judged = [figure.possible_on(split) for figure in figures]
    where = SPLIT_NAMES[split]
    if None in judged:
        return f"{where}: not known"
    if len(judged) == 1:
        return f"{where}: {'possible' if judged[0] else 'impossible'}"
    return f"{where}: {sum(map(bool, judged))} of {len(judged)} possible"
