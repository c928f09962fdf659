"""Claims about published figures: what the audit found, and how they compare with our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.analysis.facts import AuditFacts, Claim, Facts, PublishedFigure
from reportgen.analysis.numbers import literal, mark
from reportgen.analysis.phrases import name
from reportgen.audit.records import AuditTable
from reportgen.audit.scores import metric_name
from reportgen.audit.sentences import contradictions, finding, headline, table_text
from reportgen.audit.words import examples_of
from reportgen.config.settings import Split, slugify
from reportgen.formatting import FORMATS

_RESTS_ON = "whole-number counts tried against every printed value, in exact arithmetic"


def audit_claims(facts: Facts) -> Iterator[Claim]:
    """Yield `audit`, `audit.<table>` for every table, and `comparison`, where figures exist.

    `impossible` and `contradictions` repeat in the conclusion which tables cannot be what they are
    said to be, and which cannot all be right.
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
    if audit.comparison:
        yield Claim(
            id="comparison",
            text=_comparison(facts, audit.comparison),
            rests_on="published values beside the mean over seeds",
        )


def marked(text: str, audit: AuditFacts) -> str:
    """Return a sentence of the audit as a claim, with its numbers of examples as marks."""
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
            "The published values are set beside what was measured here, class by class; the "
            "paper prints no accuracy."
        )
    return f"Accuracy, published and reproduced. {'; '.join(sentences)}."
