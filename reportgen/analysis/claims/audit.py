"""Claims about published figures: what the audit found, and how they compare with our own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from reportgen.analysis.facts import AuditFacts, Claim, Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import capitalise, count_word, join, name, pair_of
from reportgen.audit.records import AuditTable
from reportgen.audit.scores import metric_name
from reportgen.audit.sentences import contradictions, finding, headline, table_text
from reportgen.audit.words import examples_of
from reportgen.config.settings import Split, slugify
from reportgen.formatting import FORMATS

_RESTS_ON = "whole-number counts tried against every printed value, in exact arithmetic"
_MISFITS = ("impossible", "consistent with the other split")
"""Conclusions about tables that cannot have been measured as stated."""


def audit_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `audit`, `audit.<table>` for every table, and `published`, where figures exist.

    `published` is for the page at a glance. `impossible` and `contradictions` repeat in the
    conclusion which tables cannot be what they are said to be, and which cannot all be right.
    """
    audit = facts.audit
    if audit is None:
        return
    called = {slug: model.name for slug, model in facts.models.items()}
    yield Claim(id="audit", text=marked(finding(audit, called), audit), rests_on=_RESTS_ON)
    if impossible := " ".join(headline(audit)):
        text = marked(impossible, audit)
        yield Claim(id="impossible", text=text, rests_on=_RESTS_ON, concluding=True)
    if contradictory := " ".join(contradictions(audit, called)):
        text = marked(contradictory, audit)
        yield Claim(id="contradictions", text=text, rests_on=_RESTS_ON, concluding=True)
    for index, slug in enumerate(table_slugs(audit)):
        table = audit.tables[index]
        text = marked(table_text(audit, table), audit) + _own_figures(facts, table)
        yield Claim(id=f"audit.{slug}", text=text, rests_on=_RESTS_ON)
    if text := _published(facts, audit):
        yield Claim(id="published", text=text, rests_on=_RESTS_ON)


def marked(text: str, audit: AuditFacts) -> str:
    """Return a sentence of the audit as a claim, with its numbers of examples as marks."""
    # The sentences are plain text with the numbers printed, as `reportgen audit` shows them.
    totals: list[tuple[str, int | None, Split]] = [
        ("test_total", audit.test_total, "test"),
        ("train_total", audit.train_total, "train"),
        *(
            (f"tables.{index}.total", table.total, table.claimed_split)
            for index, table in enumerate(audit.tables)
        ),
    ]
    claim = literal(text)
    for path, total, split in totals:
        if total is not None:
            printed = examples_of(audit.unit, split, FORMATS["integer"](total))
            number = mark(f"audit.{path}", "integer")
            claim = claim.replace(printed, examples_of(audit.unit, split, number))
    return claim


def table_slugs(audit: AuditFacts) -> list[str]:
    """Return a slug for each table, no two the same."""
    slugs: list[str] = []
    for index, table in enumerate(audit.tables):
        slug = slugify(table.name) or f"table-{index + 1}"
        slugs.append(f"{slug}-{index + 1}" if slug in slugs else slug)
    return slugs


def _own_figures(facts: Facts, table: AuditTable) -> str:
    """Set our own accuracy on both splits beside a table that points to the training images."""
    assert facts.audit is not None
    for index, figure in enumerate(facts.audit.comparison):
        if figure.table == table.name and figure.metric in ("accuracy", "macro_f1", "micro_f1"):
            path = f"audit.comparison.{index}"
            if figure.reproduced_on_train is None:
                return ""
            nearer = min(
                ("the test set", figure.reproduced),
                ("the training set", figure.reproduced_on_train),
                key=lambda place: abs(place[1].mean - figure.value),
            )[0]
            return (
                f" The {metric_name(figure.metric)} of {name(facts, figure.model)} as trained here "
                f"is {mark(f'{path}.reproduced.mean', 'score')} on the test set and "
                f"{mark(f'{path}.reproduced_on_train.mean', 'score')} on the training set; the "
                f"paper prints {mark(f'{path}.value', 'score')}, nearer to that on {nearer}."
            )
    return ""


def _published(facts: Facts, audit: AuditFacts) -> str:
    """Set the highest published accuracy and the lowest beside ours; name the tables in doubt."""
    accuracies = _accuracies(facts, audit)
    source = "" if accuracies else f" of {literal(audit.source)}"
    impossible = _impossible(audit, source)
    contradictory = _contradictory(audit, "" if impossible else source)
    return " ".join(filter(None, (accuracies, impossible, contradictory)))


def _accuracies(facts: Facts, audit: AuditFacts) -> str:
    first: dict[str, int] = {}
    for index, figure in enumerate(audit.comparison):
        if figure.metric == "accuracy":
            first.setdefault(figure.model, index)
    if not first:
        return ""
    ends = sorted(first, key=lambda slug: -audit.comparison[first[slug]].value)
    paths = {slug: f"audit.comparison.{index}" for slug, index in first.items()}
    printed, found = (
        [mark(f"{paths[slug]}.{end}", "percent") for slug in (ends[0], ends[-1])]
        for end in ("value", "reproduced.mean")
    )
    source, best, worst = literal(audit.source), name(facts, ends[0]), name(facts, ends[-1])
    if len(ends) == 1:
        text = f"{source} prints an accuracy of {printed[0]} for {best}; here it is {found[0]}."
        return capitalise(text)
    tables = {audit.comparison[first[slug]].table for slug in (ends[0], ends[-1])}
    order = _order(facts, ends[0], ends[-1], bool(tables & _doubtful(audit)))
    text = (
        f"{source} prints an accuracy of {printed[0]} for {best} and of {printed[1]} for {worst}; "
        f"here they are {found[0]} and {found[1]}{order}."
    )
    return capitalise(text)


def _order(facts: Facts, best: str, worst: str, is_doubtful: bool) -> str:
    """Return whether the published order is that found here, where that can be said."""
    # Pairs are compared in the primary metric: no other says which model is more accurate.
    if facts.primary != "accuracy":
        return ""
    winner = pair_of(facts, best, worst)[1].winner
    if winner is None:
        return ", and their order is not settled"
    if is_doubtful:
        # Values that were measured otherwise are neither confirmed nor refuted.
        return ""
    return f", which {'confirms' if winner == best else 'reverses'} the order"


def _doubtful(audit: AuditFacts) -> set[str]:
    """Return the tables that cannot be what they are said to be, or not all of them."""
    contradictory = [each.tables for each in audit.agreements if each.agree is False]
    misfits = (table.name for table in audit.tables if table.conclusion in _MISFITS)
    return {*misfits, *chain.from_iterable(contradictory)}


def _contradictory(audit: AuditFacts, source: str) -> str:
    """Name the published tables that are about one model and cannot all be right."""
    found = [each.tables for each in audit.agreements if each.agree is False]
    if not found:
        return ""
    if len(found) > 2:
        return (
            f"Tables{source} about {count_word(len(found))} models cannot describe the same "
            "evaluation."
        )
    listed = [join([f"“{literal(table)}”" for table in tables]) for tables in found]
    return " ".join(
        f"The tables {tables}{source} cannot describe the same evaluation." for tables in listed
    )


def _impossible(audit: AuditFacts, source: str) -> str:
    found = [table for table in audit.tables if table.conclusion in _MISFITS]
    if not found:
        return ""
    wrong = [f"“{literal(table.name)}”" for table in found]
    if len(wrong) > 2:
        number = count_word(len(wrong))
        return f"Published values: {number} tables{source} cannot have been measured as stated."
    other = all(
        table.conclusion == "consistent with the other split" and table.claimed_split == "test"
        for table in found
    )
    averages = all(
        any(each.fits and each.kind == "average" for each in table.explanations) for table in found
    )
    tables, their = ("tables", "their") if len(wrong) > 1 else ("table", "its")
    which = f"The published {tables} {' and '.join(wrong)}{source}"
    if not other:
        return f"{which} cannot have been measured as stated."
    return (
        f"{which} cannot come from one evaluation on the test set; {their} values fit the "
        f"training set{', or averages of several evaluations' if averages else ''}."
    )
