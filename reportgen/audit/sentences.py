"""The findings of the audit in sentences, the same for a report and for `reportgen audit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen.audit.figures import SPLITS, Split
from reportgen.audit.records import Audit, AuditFigure, AuditTable
from reportgen.audit.words import METRIC_NAMES, SPLIT_NAMES, possible_on
from reportgen.wording import capitalise, count_word, counted, join, plural

_MOST_NAMED = 4


def finding(audit: Audit, model_names: Mapping[str, str] | None = None) -> str:
    """Return what the audit found, in one to a few sentences; `model_names`: slug → name."""
    called = model_names or {}
    misfits = headline(audit)
    disagreements = [
        f"The {count_word(len(agreement.tables))} tables about "
        f"{called.get(agreement.describes, agreement.describes)} do "
        "not agree: no one evaluation gives the figures of all of them."
        for agreement in audit.agreements
        if agreement.agree is False
    ]
    return " ".join([*misfits, *disagreements, *_remaining(audit, len(misfits))])


def headline(audit: Audit) -> list[str]:
    """Return a sentence for each table that cannot have come from the split that it claims."""
    elsewhere = [t for t in audit.tables if t.conclusion == "consistent with the other split"]
    impossible = [t for t in audit.tables if t.conclusion == "impossible"]
    return [*map(_elsewhere, elsewhere), *map(_impossible, impossible)]


def _elsewhere(table: AuditTable) -> str:
    claimed, other = table.claimed_split, _other(table.claimed_split)
    return (
        f"The published figures of {_title(table)} cannot have come from the "
        f"{SPLIT_NAMES[claimed]} images that they are said to describe; they are consistent with "
        f"an evaluation on the {SPLIT_NAMES[other]} images."
    )


def _impossible(table: AuditTable) -> str:
    return (
        f"The published figures of {_title(table)} cannot have come from the "
        f"{SPLIT_NAMES[table.claimed_split]} images that they are said to describe."
    )


def _remaining(audit: Audit, named: int) -> Iterator[str]:
    fitting = sum(table.conclusion == "consistent" for table in audit.tables)
    source = audit.source
    if fitting == len(audit.tables):
        subject = "The table" if fitting == 1 else "Every table"
        yield f"{subject} of {source} can by itself have come from the images that it claims."
    elif fitting == 1:
        yield f"One table of {source} can have come from the images that it claims."
    elif fitting:
        number = capitalise(count_word(fitting))
        yield (
            f"{number} tables of {source} can, each by itself, have come from the images that "
            "they claim."
        )
    others = len(audit.tables) - named - fitting
    if others:
        yield f"{capitalise(counted(others, 'table'))} could not be decided."


def table_text(audit: Audit, table: AuditTable) -> str:
    """Return what the audit says about one table."""
    claimed, other = table.claimed_split, _other(table.claimed_split)
    here, there = _images(audit, claimed), _images(audit, other)
    if table.conclusion == "consistent":
        return f"All figures of {_title(table)} together can have come from {here}." + (
            f" They can have come from {there} as well, so they do not tell which."
            if _judgement(table, other) == "possible"
            else ""
        )
    if table.conclusion == "unknown":
        return (
            f"{_title(table)} could not be audited: how many examples each class of the "
            f"{SPLIT_NAMES[claimed]} set has is not given."
        )
    if table.conclusion == "undecided":
        return (
            f"Whether all figures of {_title(table)} together can have come from "
            f"{here} was not decided: no counts were found that give them, and not all "
            "could be tried."
        )
    return _contradicted(audit, table)


def _contradicted(audit: Audit, table: AuditTable) -> str:
    claimed, other = table.claimed_split, _other(table.claimed_split)
    there = _images(audit, other)
    start = _misfit(audit, table)
    if table.conclusion == "consistent with the other split":
        return (
            f"{start} All its figures together can have come from {there}: they are "
            f"consistent with an evaluation on the {SPLIT_NAMES[other]} images."
        )
    neither = _judgement(table, other) == "impossible"
    nor = f" Nor can they, together, have come from {there}." if neither else ""
    return (
        f"{start}{nor} A figure is misprinted, was rounded in another way, or was measured on "
        f"other data than the {SPLIT_NAMES[claimed]} images."
    )


def _misfit(audit: Audit, table: AuditTable) -> str:
    """Say which figures of a table its claimed split cannot give."""
    split = table.claimed_split
    here = _images(audit, split)
    figures = [figure for figure in audit.figures if figure.table == table.name]
    parts = _failing(figures, split, audit.classes)
    if not parts:
        return (
            f"Each figure of {_title(table)} alone can have come from {here}, but not "
            "all of them together."
        )
    claim = f"{_title(table)} is said to be about the {SPLIT_NAMES[split]} images, but"
    if len(parts) == 1 and parts[0].startswith("all "):
        none = parts[0].replace("all ", "none of its ", 1)
        return f"{claim} {none} can have come from {here}, whatever the model predicted."
    return (
        f"{claim} some figures cannot have come from {here}, whatever the model "
        f"predicted: {join(parts)}."
    )


def _failing(figures: Sequence[AuditFigure], split: Split, classes: Sequence[str]) -> list[str]:
    """Return the figures that a split cannot give, grouped: `all ten F1 values`, `the accuracy`."""
    parts = []
    for metric, title in METRIC_NAMES.items():
        printed = [figure for figure in figures if figure.metric == metric]
        failing = [figure for figure in printed if possible_on(figure, split) is False]
        if failing and failing[0].class_index is None:
            parts.append(f"the {title}")
        elif failing:
            parts.append(_failing_classes(title, failing, len(printed), classes))
    return parts


def _failing_classes(
    title: str, failing: Sequence[AuditFigure], printed: int, classes: Sequence[str]
) -> str:
    if len(failing) == printed:
        return f"all {count_word(printed)} {title} values"
    if len(failing) > _MOST_NAMED:
        return f"{count_word(len(failing))} of the {count_word(printed)} {title} values"
    named = [f"‘{classes[figure.class_index or 0]}’" for figure in failing]
    return f"the {title} of {plural(len(named), 'class', 'classes')} {join(named)}"


def _other(split: Split) -> Split:
    return SPLITS[1 - SPLITS.index(split)]


def _judgement(table: AuditTable, split: Split) -> str:
    return table.test if split == "test" else table.train


def _title(table: AuditTable) -> str:
    return f"“{table.name}”"


def _images(audit: Audit, split: Split) -> str:
    total = (audit.test_total if split == "test" else audit.train_total) or 0
    return f"the {total:,} {SPLIT_NAMES[split]} images"
