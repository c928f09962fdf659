"""Why published figures cannot have come from a split, in a sentence, and the names it uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reportgen.audit.decision import Decision
from reportgen.audit.ranges import printed_range
from reportgen.audit.records import AuditAssumptions, AuditFigure
from reportgen.audit.scores import CLASS_SCORES, Range, metric_name
from reportgen.config.settings import Split
from reportgen.wording import capitalise, count_word, join, plural

if TYPE_CHECKING:
    from reportgen.config.published import PublishedTable

SPLITS: tuple[Split, Split] = ("test", "train")
OTHER: dict[Split, Split] = {"test": "train", "train": "test"}
SPLIT_NAMES: dict[Split, str] = {"test": "test", "train": "training"}
ROUNDING_NAMES = {
    "nearest": "rounded to nearest",
    "half-even": "rounded to nearest",
    "truncated": "cut off after the last printed decimal",
    "any": "rounded in any way",
}
MOST_LISTED = 12


def examples_of(unit: str, split: Split, total: str = "") -> str:
    """Return `the 10,000 test images`; without `total`, `the test images`."""
    number = f"{total} " if total else ""
    return f"the {number}{SPLIT_NAMES[split]} {unit}s"


def evaluation(assumptions: AuditAssumptions, examples: str) -> str:
    """Return how the figures are assumed to have been made, as `one evaluation on …, rounded …`."""
    runs = assumptions.runs
    if assumptions.fold_count is not None:
        what = f"an average over {count_word(assumptions.fold_count)} folds of {examples}"
    elif runs == 1:
        what = f"one evaluation on {examples}"
    elif runs == 0:
        what = f"an average of any number of evaluations on {examples}"
    else:
        what = f"an average of {count_word(runs)} evaluations on {examples}"
    outside = " and predictions outside the listed classes allowed"
    return f"{what}, {ROUNDING_NAMES[assumptions.rounding]}" + (
        outside if assumptions.outside_predictions else ""
    )


def explain(
    found: Decision | None,
    split: Split,
    figures: Sequence[AuditFigure],
    classes: Sequence[str],
    unit: str,
) -> str:
    """Return why a table is impossible or undecided on a split; empty where it is neither."""
    if found is None or found.judgement == "possible":
        return ""
    if found.judgement == "undecided":
        return capitalise(f"{found.reason}.")
    alone = [figure for figure in figures if figure.possible_on(split) is False]
    if not alone:
        where = f"{class_names(found.classes, classes)}: " if found.classes else ""
        return capitalise(f"{where}{found.reason}.")
    listed = [
        figure_name(figure.metric, figure.printed, figure.class_index, classes)
        for figure in alone[:MOST_LISTED]
    ]
    rest = len(alone) - len(listed)
    if rest:
        listed.append(f"{count_word(rest)} more")
    return (
        f"No whole-number counts of {examples_of(unit, split)} give {join(listed, 'or')}, "
        f"whatever the model predicted."
    )


def figure_name(metric: str, printed: str, index: int | None, classes: Sequence[str]) -> str:
    """Return a figure with its value: `the accuracy 0.91`, `recall 0.98 for class ‘3’`."""
    if index is None:
        return f"the {metric_name(metric)} {printed}"
    return f"{metric_name(metric)} {printed} for class ‘{classes[index]}’"


def class_names(indexes: Sequence[int], classes: Sequence[str]) -> str:
    """Return `class ‘3’`, `classes ‘0’, ‘3’ and ‘7’`; many are counted."""
    named = [f"‘{classes[index]}’" for index in indexes[:MOST_LISTED]]
    rest = len(indexes) - len(named)
    if rest:
        named.append(f"{count_word(rest)} more")
    return f"{plural(len(indexes), 'class', 'classes')} {join(named)}"


def explain_disagreement(
    found: Decision | None,
    tables: Sequence[PublishedTable],
    classes: Sequence[str],
) -> str:
    """Return why tables about the same model cannot both be right; empty where they can."""
    if found is None or found.judgement == "possible":
        return ""
    if not found.classes or found.judgement == "undecided":
        return capitalise(f"{found.reason}.")
    parts = []
    rest = list(found.classes)
    for metric in CLASS_SCORES:
        apart = [index for index in rest if _print_apart(tables, metric, index)]
        rest = [index for index in rest if index not in apart]
        if apart:
            values = "; ".join(_printed(tables, metric, index) for index in apart)
            parts.append(
                f"the {metric_name(metric)} values of {class_names(apart, classes)} are not "
                f"roundings of one another ({values})"
            )
    if rest:
        # Where each figure agrees, they may still not go together.
        parts.append(f"for {class_names(rest, classes)} {found.reason}")
    every = "both" if len(tables) == 2 else "all"
    return f"The tables cannot {every} describe the same evaluation: {', and '.join(parts)}."


def _print_apart(tables: Sequence[PublishedTable], metric: str, index: int) -> bool:
    """Whether the ranges of one figure in several tables have nothing in common."""
    values = [(getattr(table, metric), table.decimals) for table in tables]
    met: Range | None = None
    for printed, decimals in values:
        if printed is not None:
            met = printed_range(printed[index], decimals).meet(met)
    return met is not None and met.is_empty


def _printed(tables: Sequence[PublishedTable], metric: str, index: int) -> str:
    return join(
        [
            f"{getattr(table, metric)[index]:.{table.decimals}f}"
            for table in tables
            if getattr(table, metric) is not None
        ]
    )
