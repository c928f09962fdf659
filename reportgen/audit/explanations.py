"""Figures that cannot be what a paper claims: what else they may be, each possibility tried.

The order is that of the list in `explain_misfit`; what fits comes before what is only not ruled
out, and what was ruled out is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.audit.assumptions import AssumedTable, decide_tables
from reportgen.audit.records import AuditExplanation, AuditJudgement
from reportgen.audit.words import OTHER, examples_of, figure_name
from reportgen.config.settings import Split
from reportgen.wording import count_word

TRIED_RUNS = (2, 3, 5, 10)
TRIED_FACTORS = (2, 3, 5, 6, 10)
MOST_SLIPS = 12
"""How many figures are tried as the one that is misprinted."""


def explain_misfit(
    table: AssumedTable,
    supports: Sequence[int],
    split: Split,
    other: tuple[AuditJudgement, int],
    classes: Sequence[str],
    contradicting: Sequence[int],
) -> tuple[AuditExplanation, ...]:
    """Return what figures may be that are impossible under the assumptions.

    `other`: the judgement on the other split and its number of examples.
    """
    elsewhere = examples_of(table.unit, OTHER[split], f"{other[1]:,}")
    tried = [
        ("other split", other[0], f"an evaluation on {elsewhere}"),
        *_average(table, supports, split),
        *_rounding(table, supports),
        *_outside(table, supports),
        *_other_support(table, supports, other[0]),
        *_slip(table, supports, classes, contradicting),
    ]
    return tuple(
        AuditExplanation.model_validate({"kind": kind, "text": text, "fits": fits == "possible"})
        for fits in ("possible", "undecided")
        for kind, judgement, text in tried
        if judgement == fits
    )


Tried = Iterator[tuple[str, AuditJudgement, str]]
"""Kind of an explanation, whether it fits, and its text."""


def _assuming(table: AssumedTable, supports: Sequence[int], **changed: object) -> AuditJudgement:
    assumptions = table.assumptions.model_copy(update=changed)
    return decide_tables([table._replace(assumptions=assumptions)], supports).judgement


def _average(table: AssumedTable, supports: Sequence[int], split: Split) -> Tried:
    if table.assumptions.runs != 1 or table.assumptions.fold_count is not None:
        return
    examples = examples_of(table.unit, split)
    best: tuple[AuditJudgement, int] = ("impossible", 0)
    for runs in TRIED_RUNS:
        judgement = _assuming(table, supports, runs=runs)
        if judgement == "possible":
            best = (judgement, runs)
            break
        if judgement == "undecided" and best[0] == "impossible":
            best = (judgement, runs)
    such = f", such as {count_word(best[1])}," if best[0] == "possible" else ""
    text = f"an average of several evaluations{such} on {examples}"
    yield "average", best[0], text


def _rounding(table: AssumedTable, supports: Sequence[int]) -> Tried:
    if table.assumptions.rounding not in ("nearest", "half-even"):
        return
    truncated = _assuming(table, supports, rounding="truncated")
    yield "truncated", truncated, "values cut off instead of rounded"
    if truncated == "impossible":
        either = _assuming(table, supports, rounding="any")
        yield "any rounding", either, "values some of which were rounded wrongly"


def _outside(table: AssumedTable, supports: Sequence[int]) -> Tried:
    if not table.assumptions.outside_predictions:
        judgement = _assuming(table, supports, outside_predictions=True)
        text = "a model that also predicts classes that are not listed"
        yield "outside", judgement, text


def _other_support(table: AssumedTable, supports: Sequence[int], other: AuditJudgement) -> Tried:
    """Try larger sets of the same balance; pointless where the other split is one that fits."""
    if other == "possible" or table.assumptions.fold_count is not None:
        return
    for factor in TRIED_FACTORS:
        larger = [factor * support for support in supports]
        if decide_tables([table], larger).judgement == "possible":
            text = f"another set, such as one {count_word(factor)} times as large"
            yield "other support", "possible", text
            return


def _slip(
    table: AssumedTable,
    supports: Sequence[int],
    classes: Sequence[str],
    contradicting: Sequence[int],
) -> Tried:
    """Leave one figure out: where the others fit, that one may be misprinted."""
    if len(contradicting) > 1 or len(table.figures) < 2:
        return
    suspects = [
        figure
        for figure in table.figures
        if (figure.class_index in contradicting if contradicting else figure.class_index is None)
    ]
    for figure in suspects[:MOST_SLIPS]:
        others = table._replace(figures=tuple(each for each in table.figures if each is not figure))
        if decide_tables([others], supports).judgement == "possible":
            printed = figure.printed(table.decimals)
            text = f"a slip in {figure_name(figure.metric, printed, figure.class_index, classes)}"
            yield "slip", "possible", text
            return
