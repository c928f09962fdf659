"""The audit by itself, as text for a terminal and as a document for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reportgen.analysis.audit.figures import SPLITS, Split
from reportgen.analysis.audit.words import METRIC_NAMES, possible_on
from reportgen.analysis.claims.audit import finding, table_text
from reportgen.analysis.facts import AuditFacts, AuditFigure
from reportgen.analysis.numbers import plain_claim
from reportgen.results.records import Record


class _Audited(Record):
    """Gives the audit the paths that it has among the facts of a report."""

    audit: AuditFacts


def as_document(audit: AuditFacts) -> dict[str, Any]:
    """Return the audit as plain data, with its sentences."""
    whole = _Audited(audit=audit)
    document = audit.model_dump(mode="json", exclude={"comparison"})
    sentences = [plain_claim(table_text(audit, table), whole) for table in audit.tables]
    for table, sentence in zip(document["tables"], sentences, strict=True):
        table["text"] = sentence
    return {"schema": 1, **document, "finding": plain_claim(finding(audit), whole)}


def as_text(audit: AuditFacts) -> str:
    """Return the audit for a terminal: figures, tables, agreements, and the finding."""
    whole = _Audited(audit=audit)
    lines = [f"{audit.source}: {_supports(audit)}", ""]
    for table in audit.tables:
        lines += [table.name, *_figures(audit, table.name)]
        together = ", ".join(_verdicts([table.test, table.train]))
        lines += [f"  all together   {together}"]
        lines += [f"  {plain_claim(table_text(audit, table), whole)}"]
        lines += [f"  {table.reason}"] * bool(table.reason) + [""]
    for agreement in audit.agreements:
        answer = {True: "yes", False: "no", None: "could not be decided"}[agreement.agree]
        lines += [f"Do {', '.join(agreement.tables)} agree? {answer}"]
        lines += [f"  {agreement.reason}"] * bool(agreement.reason) + [""]
    return "\n".join([*lines, f"Finding: {plain_claim(finding(audit), whole)}"])


def _supports(audit: AuditFacts) -> str:
    totals = {"test": audit.test_total, "training": audit.train_total}
    known = [f"{total:,} {name} images" for name, total in totals.items() if total]
    return f"{len(audit.classes)} classes, {' and '.join(known)}"


def _figures(audit: AuditFacts, table: str) -> Iterator[str]:
    for metric, title in METRIC_NAMES.items():
        printed = [f for f in audit.figures if f.table == table and f.metric == metric]
        if printed:
            values = " ".join(figure.printed for figure in printed)
            yield f"  {title:14} {values}"
            yield f"  {'':14} {', '.join(_count(printed, split) for split in SPLITS)}"


def _count(figures: Sequence[AuditFigure], split: Split) -> str:
    judged = [possible_on(figure, split) for figure in figures]
    where = {"test": "test", "train": "training"}[split]
    if None in judged:
        return f"{where}: not known"
    if len(judged) == 1:
        return f"{where}: {'possible' if judged[0] else 'impossible'}"
    return f"{where}: {sum(map(bool, judged))} of {len(judged)} possible"


def _verdicts(judgements: Sequence[str]) -> Iterator[str]:
    for where, judgement in zip(("test", "training"), judgements, strict=True):
        yield f"{where}: {judgement}"
