"""Why published figures cannot have come from a split, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from reportgen.audit.figures import PER_CLASS, Split
from reportgen.audit.judge import Answer
from reportgen.audit.records import AuditFigure
from reportgen.config.schema import PublishedTable
from reportgen.wording import capitalise, count_word, join, plural

METRIC_NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "weighted_f1": "weighted F1",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
}
SPLIT_NAMES: dict[Split, str] = {"test": "test", "train": "training"}
MOST_LISTED = 3


def explain(
    found: Answer | None, split: Split, figures: Sequence[AuditFigure], classes: Sequence[str]
) -> str:
    """Return why a table is impossible or undecided on a split; empty where it is neither."""
    if found is None or found.judgement == "possible":
        return ""
    if found.judgement == "undecided":
        return capitalise(f"{found.reason}.")
    alone = [figure for figure in figures if possible_on(figure, split) is False]
    if not alone:
        return capitalise(f"{_where(found, classes)}{found.reason}.")
    listed = [_figure_name(figure, classes) for figure in alone[:MOST_LISTED]]
    rest = len(alone) - len(listed)
    if rest:
        listed.append(f"{count_word(rest)} more")
    return (
        f"No whole-number counts of the {SPLIT_NAMES[split]} images give {join(listed, 'or')}, "
        f"whatever the model predicted."
    )


def possible_on(figure: AuditFigure, split: Split) -> bool | None:
    """Whether a figure alone could have come from a split."""
    return figure.possible_on_test if split == "test" else figure.possible_on_train


def _figure_name(figure: AuditFigure, classes: Sequence[str]) -> str:
    metric = METRIC_NAMES[figure.metric]
    if figure.class_index is None:
        return f"the {metric} {figure.printed}"
    return f"{metric} {figure.printed} for class ‘{classes[figure.class_index]}’"


def _where(found: Answer, classes: Sequence[str]) -> str:
    if found.class_index is None:
        return ""
    return f"class ‘{classes[found.class_index]}’: "


def explain_disagreement(
    found: Answer | None, tables: Sequence[PublishedTable], classes: Sequence[str]
) -> str:
    """Return why tables about the same model cannot both be right; empty where they can."""
    if found is None or found.judgement == "possible":
        return ""
    if found.class_index is None:
        return capitalise(f"{found.reason}.")
    index = found.class_index
    shared = next((metric for metric in PER_CLASS if _all_print(tables, metric)), None)
    if shared is None:
        return capitalise(f"{_where(found, classes)}{found.reason}.")
    printed = [f"{getattr(table, shared)[index]:.{table.decimals}f}" for table in tables]
    count = plural(len(tables), "table", "tables")
    return (
        f"The {count} cannot all describe one evaluation: for class ‘{classes[index]}’ "
        f"they print {METRIC_NAMES[shared]} {join(printed)}, and {found.reason}."
    )


def _all_print(tables: Sequence[PublishedTable], metric: str) -> bool:
    return all(getattr(table, metric) is not None for table in tables)
