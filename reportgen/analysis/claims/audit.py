"""Claims about published figures: what the audit found, and how they compare with our own.

The wording of the audit works on `AuditFacts` alone, so that `reportgen audit` says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen.analysis.audit.figures import SPLITS, Split
from reportgen.analysis.audit.words import METRIC_NAMES, SPLIT_NAMES, possible_on
from reportgen.analysis.facts import (
    AuditFacts,
    AuditFigure,
    AuditTable,
    Claim,
    Facts,
    PublishedFigure,
)
from reportgen.analysis.numbers import mark
from reportgen.analysis.phrases import capitalise, count_word, counted, join, literal, name, plural
from reportgen.config.schema import slugify

_RESTS_ON = "whole-number counts tried against every printed figure, in exact arithmetic"
_MOST_NAMED = 4


def audit_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `audit`, `audit.<table>` for every table, and `comparison`, where figures exist."""
    audit = facts.audit
    if audit is None:
        return
    yield Claim(
        id="audit",
        text=finding(audit, {slug: model.name for slug, model in facts.models.items()}),
        rests_on=_RESTS_ON,
    )
    for index, slug in enumerate(table_slugs(audit)):
        text = table_text(audit, audit.tables[index]) + _own_figures(facts, audit.tables[index])
        yield Claim(id=f"audit.{slug}", text=text, rests_on=_RESTS_ON)
    if audit.comparison:
        yield Claim(
            id="comparison",
            text=_comparison(facts, audit.comparison),
            rests_on="published figures beside the mean over seeds",
        )


def table_slugs(audit: AuditFacts) -> list[str]:
    """Return a slug for each table, no two the same."""
    slugs: list[str] = []
    for index, table in enumerate(audit.tables):
        slug = slugify(table.name) or f"table-{index + 1}"
        slugs.append(f"{slug}-{index + 1}" if slug in slugs else slug)
    return slugs


def finding(audit: AuditFacts, model_names: Mapping[str, str] | None = None) -> str:
    """Return what the audit found, in one to a few sentences; `model_names`: slug → name."""
    called = model_names or {}
    misfits = headline(audit)
    disagreements = [
        f"The {count_word(len(agreement.tables))} tables about "
        f"{literal(called.get(agreement.describes, agreement.describes))} do "
        "not agree: no one evaluation gives the figures of all of them."
        for agreement in audit.agreements
        if agreement.agree is False
    ]
    return " ".join([*misfits, *disagreements, *_remaining(audit, len(misfits))])


def headline(audit: AuditFacts) -> list[str]:
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


def _remaining(audit: AuditFacts, named: int) -> Iterator[str]:
    fitting = sum(table.conclusion == "consistent" for table in audit.tables)
    source = literal(audit.source)
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


def table_text(audit: AuditFacts, table: AuditTable) -> str:
    """Return what the audit says about one table."""
    claimed, other = table.claimed_split, _other(table.claimed_split)
    if table.conclusion == "consistent":
        return f"All figures of {_title(table)} together can have come from {_images(claimed)}." + (
            f" They can have come from {_images(other)} as well, so they do not tell which."
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
            f"{_images(claimed)} was not decided: no counts were found that give them, and not all "
            "could be tried."
        )
    return _contradicted(audit, table)


def _contradicted(audit: AuditFacts, table: AuditTable) -> str:
    claimed, other = table.claimed_split, _other(table.claimed_split)
    start = _misfit(audit, table)
    if table.conclusion == "consistent with the other split":
        return (
            f"{start} All its figures together can have come from {_images(other)}: they are "
            f"consistent with an evaluation on the {SPLIT_NAMES[other]} images."
        )
    neither = _judgement(table, other) == "impossible"
    nor = f" Nor can they, together, have come from {_images(other)}." if neither else ""
    return (
        f"{start}{nor} A figure is misprinted, was rounded in another way, or was measured on "
        f"other data than the {SPLIT_NAMES[claimed]} images."
    )


def _misfit(audit: AuditFacts, table: AuditTable) -> str:
    """Say which figures of a table its claimed split cannot give."""
    split = table.claimed_split
    figures = [figure for figure in audit.figures if figure.table == table.name]
    parts = _failing(figures, split, audit.classes)
    if not parts:
        return (
            f"Each figure of {_title(table)} alone can have come from {_images(split)}, but not "
            "all of them together."
        )
    claim = f"{_title(table)} is said to be about the {SPLIT_NAMES[split]} images, but"
    if len(parts) == 1 and parts[0].startswith("all "):
        none = parts[0].replace("all ", "none of its ", 1)
        return f"{claim} {none} can have come from {_images(split)}, whatever the model predicted."
    return (
        f"{claim} some figures cannot have come from {_images(split)}, whatever the model "
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
    named = [f"‘{literal(classes[figure.class_index or 0])}’" for figure in failing]
    return f"the {title} of {plural(len(named), 'class', 'classes')} {join(named)}"


def _other(split: Split) -> Split:
    return SPLITS[1 - SPLITS.index(split)]


def _judgement(table: AuditTable, split: Split) -> str:
    return table.test if split == "test" else table.train


def _title(table: AuditTable) -> str:
    return f"“{literal(table.name)}”"


def _images(split: Split) -> str:
    return f"the {mark(f'audit.{split}_total', 'integer')} {SPLIT_NAMES[split]} images"


def _own_figures(facts: Facts, table: AuditTable) -> str:
    """Set our own accuracy on both splits beside a table that points to the training images."""
    assert facts.audit is not None
    for index, figure in enumerate(facts.audit.comparison):
        if figure.table == table.name and figure.metric in ("accuracy", "macro_f1", "micro_f1"):
            path = f"audit.comparison.{index}"
            if figure.reproduced_on_train is None:
                return ""
            return (
                f" Trained here, {name(facts, figure.model)} reaches "
                f"{mark(f'{path}.reproduced.mean', 'score')} on the test images and "
                f"{mark(f'{path}.reproduced_on_train.mean', 'score')} on the training images in "
                f"{METRIC_NAMES[figure.metric]}, where the paper prints "
                f"{mark(f'{path}.value', 'score')}."
            )
    return ""


def _comparison(facts: Facts, figures: Sequence[PublishedFigure]) -> str:
    """Set the published accuracy of each model beside ours."""
    sentences = []
    for index, figure in enumerate(figures):
        if figure.metric == "accuracy":
            path = f"audit.comparison.{index}"
            sentences.append(
                f"{name(facts, figure.model)}: {mark(f'{path}.value', 'percent')} published, "
                f"{mark(f'{path}.reproduced.mean', 'percent')} measured here "
                f"({mark(f'{path}.difference', 'points')} points)"
            )
    if not sentences:
        return (
            "The published figures are set beside what was measured here, class by class; the "
            "paper prints no accuracy."
        )
    return f"Accuracy, published and reproduced. {'; '.join(sentences)}."
