"""The findings of the audit in sentences, the same for a report and for `reportgen audit`.

A sentence that calls figures impossible states the assumptions (how many evaluations, how they
were rounded, which examples) and what else the figures fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen.audit.records import Audit, AuditAgreement, AuditFigure, AuditTable
from reportgen.audit.scores import metric_name
from reportgen.audit.words import OTHER, SPLIT_NAMES, class_names, evaluation, examples_of
from reportgen.config.settings import Split
from reportgen.wording import capitalise, count_word, counted, join


def finding(audit: Audit, model_names: Mapping[str, str] | None = None) -> str:
    """Return what the audit found, in one to a few sentences; `model_names`: slug → name."""
    called = model_names or {}
    misfits = headline(audit)
    return " ".join([*misfits, *contradictions(audit, called), *_remaining(audit, len(misfits))])


def headline(audit: Audit) -> list[str]:
    """Return a sentence or two for each table that is impossible under its assumptions."""
    return [
        f"The published values of {_title(table)} cannot come from {_claimed(table, audit.unit)}. "
        f"{_alternatives(table)}"
        for table in audit.tables
        if table.conclusion in ("impossible", "consistent with the other split")
    ]


def contradictions(audit: Audit, called: Mapping[str, str]) -> list[str]:
    """Return a sentence for all tables of each model that cannot describe one evaluation."""
    return [
        _disagreement(agreement, called)
        for agreement in audit.agreements
        if agreement.agree is False
    ]


def _disagreement(agreement: AuditAgreement, called: Mapping[str, str]) -> str:
    tables = join([f"“{table}”" for table in agreement.tables])
    both = "both" if len(agreement.tables) == 2 else "all"
    return (
        f"{tables}, {both} about {called.get(agreement.describes, agreement.describes)}, "
        f"cannot {both} describe the same evaluation."
    )


def _remaining(audit: Audit, named: int) -> Iterator[str]:
    fitting = sum(table.conclusion == "consistent" for table in audit.tables)
    source = audit.source
    if fitting == len(audit.tables):
        alone = "" if fitting == 1 else ", taken by itself,"
        subject = "The table" if fitting == 1 else "Each table"
        yield f"{subject} of {source}{alone} can come from the {audit.unit}s that it claims."
    elif fitting == 1:
        yield f"One table of {source} can come from the {audit.unit}s that it claims."
    elif fitting:
        number = capitalise(count_word(fitting))
        yield (
            f"{number} tables of {source}, each taken by itself, can come from the {audit.unit}s "
            "that they claim."
        )
    others = len(audit.tables) - named - fitting
    if others:
        yield f"{capitalise(counted(others, 'table'))} could not be decided."


def table_text(audit: Audit, table: AuditTable) -> str:
    """Return the finding of the audit about one table."""
    claimed, other = table.claimed_split, OTHER[table.claimed_split]
    if table.conclusion == "consistent":
        claim = _claimed(table, audit.unit)
        return f"All values of {_title(table)} together can come from {claim}." + (
            f" They fit {_examples(audit, other)} as well, so they do not show which were used."
            if (table.test if other == "test" else table.train) == "possible"
            else ""
        )
    if table.conclusion == "unknown":
        return (
            f"{_title(table)} could not be audited: the number of examples of each class in the "
            f"{SPLIT_NAMES[claimed]} set is not given."
        )
    if table.conclusion == "undecided":
        return (
            f"It could not be decided whether all values of {_title(table)} together can come from "
            f"{_claimed(table, audit.unit)}: no counts were found that yield them, but not all "
            "counts could be ruled out."
        )
    return f"{_misfit(audit, table)} {_alternatives(table)}"


def _misfit(audit: Audit, table: AuditTable) -> str:
    """Return which figures of a table are impossible, and under which assumptions."""
    figures = [figure for figure in audit.figures if figure.table == table.name]
    parts = _failing(figures, table.claimed_split, audit.classes)
    source = f"come from {_claimed(table, audit.unit)}"
    if not parts:
        where = ""
        if table.contradicting_classes:
            where = f" for {class_names(table.contradicting_classes, audit.classes)}"
        return (
            f"Each value of {_title(table)} alone can {source}, but not all of them together"
            f"{where}."
        )
    if len(parts) == 1 and parts[0].startswith("all "):
        none = parts[0].replace("all ", "None of the ", 1)
        return f"{none} of {_title(table)} can {source}, whatever the predictions were."
    failing = capitalise(join([part.replace("all ", "the ", 1) for part in parts]))
    return f"{failing} of {_title(table)} cannot {source}, whatever the predictions were."


def _alternatives(table: AuditTable) -> str:
    """Return what the figures fit instead, in the order of what was found."""
    fitting = [each.text for each in table.explanations if each.fits]
    open_ = [each.text for each in table.explanations if not each.fits]
    if fitting:
        sentence = (
            f"They are consistent with {join(fitting, 'or with')}, which does not show that they "
            "were obtained so."
        )
    elif open_:
        sentence = "No other explanation that was tried was shown to fit."
    else:
        sentence = (
            "No other explanation that was tried fits: more than one value is misprinted, or they "
            "were measured on other data."
        )
    if open_:
        sentence += f" Neither shown nor ruled out: {join(open_, 'or')}."
    return sentence


def _failing(figures: Sequence[AuditFigure], split: Split, classes: Sequence[str]) -> list[str]:
    """Return the figures that a split cannot give, grouped: `all ten F1 values`, `the accuracy`."""
    parts = []
    for metric in dict.fromkeys(figure.metric for figure in figures):
        printed = [figure for figure in figures if figure.metric == metric]
        failing = [figure for figure in printed if figure.possible_on(split) is False]
        if failing and failing[0].class_index is None:
            parts.append(f"the {metric_name(metric)}")
        elif failing:
            title, indexes = metric_name(metric), [figure.class_index or 0 for figure in failing]
            is_all = len(failing) == len(printed) > 1
            every, some = f"all {count_word(len(printed))}", class_names(indexes, classes)
            parts.append(f"{every} {title} values" if is_all else f"the {title} of {some}")
    return parts


def _title(table: AuditTable) -> str:
    return f"“{table.name}”"


def _claimed(table: AuditTable, unit: str) -> str:
    examples = examples_of(unit, table.claimed_split, f"{table.total or 0:,}")
    return evaluation(table.assumptions, examples)


def _examples(audit: Audit, split: Split) -> str:
    total = (audit.test_total if split == "test" else audit.train_total) or 0
    return examples_of(audit.unit, split, f"{total:,}")
