"""Which columns of a table of predictions are identifiers, labels, scores and predicted classes.

The conventions, in the order in which they are tried (`docs/compare.md` has examples):

- identifiers: `id`, `ids` or `index`; true labels: `label`, `labels`, `y_true`, `target`, `y`;
- scores as one 2-D array: `probabilities`, `probs`, `proba`, `y_prob`, `logits`, or the only one;
- scores as one column a class: `prob_<class>`, `p_<class>`, `logit_<class>`, or the bare name of
  the class; numbered from 0 or 1 where the numbers are no class names (`p0`, `p1`, …);
- one column of scores where there are two classes: that of the second class;
- predicted classes: `prediction`, `predictions`, `predicted`, `pred`, `y_pred`, with a number at
  the end where there is one column a seed; or the only column that is left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from reportgen.config.schema import PredictionKind
from reportgen.data.columns import Table
from reportgen.errors import DataDamaged
from reportgen.wording import list_some

ScoreKind = Literal["probabilities", "logits"]

IDS = ("id", "ids", "index")
TRUTH = ("label", "labels", "y_true", "target", "targets", "true_label", "y")
PREDICTED = ("prediction", "predictions", "predicted", "pred", "y_pred", "predicted_label")
PROBABILITIES = (
    "probabilities",
    "probability",
    "probs",
    "prob",
    "proba",
    "y_prob",
    "y_proba",
    "score",
    "y_score",
)
LOGITS = ("logits", "logit")
_FAMILY = re.compile(
    r"(?P<kind>p|prob|probs|proba|probability|probabilities|logit|logits)"
    r"(?:[_ .:-](?P<name>.+)|(?P<number>\d+))"
)
_SEED = re.compile(rf"(?:{'|'.join(PREDICTED)})[_-]?(?:seed)?[_-]?(\d+)")


@dataclass(frozen=True)
class Scores:
    """The columns of the scores of all classes."""

    kind: ScoreKind
    columns: tuple[str, ...]
    """One column for each class, or one 2-D column, or one column for the second of two classes."""
    names: tuple[str, ...] | None
    """What each column calls its class; None where classes are known by position."""


@dataclass(frozen=True)
class Output:
    """What one run predicted: scores, predicted classes, or both."""

    scores: Scores | None
    predicted: str | None
    """Column of the predicted classes; None takes the class with the highest score."""
    seed: int | None = None
    """The number at the end of the column's name."""


@dataclass(frozen=True)
class Layout:
    """The meaning of the columns of one table."""

    ids: str | None
    truth: str | None
    """Column of the true labels."""
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Hints:
    """What is known before a table is read."""

    selection: str | None = None
    """Pattern of the columns to use, such as `svm_*`."""
    kind: PredictionKind | None = None
    id_column: str | None = None
    group_column: str | None = None
    names: Collection[str] = ()
    """The names of the classes, or the known values of the labels."""


def find_labels(table: Table, selection: str | None, others: Collection[str | None]) -> str:
    """Return the column of the labels in a file of labels; raises DataDamaged where it is unclear.

    `others` are the columns of identifiers and groups.
    """
    names = [name for name in table.columns if name not in others]
    if selection is not None:
        names = _select(table, names, selection)
    known = [name for name in names if name.lower() in TRUTH]
    candidates = known if len(known) == 1 else names
    if len(candidates) != 1:
        raise DataDamaged(
            f"{table.path} has the columns {list_columns(names)}; call that of the labels `label`, "
            f"name it after the file ({table.path.name}#COLUMN), or give a file of labels "
            "(--labels, or [data] labels)"
        )
    return candidates[0]


def _find_truth(table: Table, selection: str | None, ids: str | None) -> str | None:
    """Return the column of the true labels in a table of predictions, or None."""
    names = [name for name in table.columns if name != ids and table.named]
    known = [name for name in names if name.lower() in TRUTH]
    return next(
        (name for name in known if selection is None or not fnmatchcase(name, selection)), None
    )


def find_ids(table: Table, id_column: str | None) -> str | None:
    """Return the column of the identifiers, or None; raises DataDamaged where it must be there."""
    if id_column is not None:
        if id_column not in table.columns:
            raise DataDamaged(
                f"{table.path} has no column {id_column!r} to join rows by; it has "
                f"{list_columns(table.columns)}"
            )
        return id_column
    if not table.named:
        return None
    return next((name for name in table.columns if name.lower() in IDS), None)


def find_layout(table: Table, hints: Hints) -> Layout:
    """Return the meaning of the columns of a table of predictions; raises DataDamaged."""
    ids = find_ids(table, hints.id_column)
    names = [name for name in table.columns if name not in (ids, hints.group_column)]
    chosen = names if hints.selection is None else _select(table, names, hints.selection)
    truth = _find_truth(table, hints.selection, ids)
    rest = [name for name in chosen if name != truth]
    if not rest:
        # Submissions to competitions also call the predicted class `label`.
        rest, truth = chosen, None
    outputs = _find_outputs(table, rest, hints)
    if outputs is None:
        raise _unclear(table, rest, hints)
    return Layout(ids, truth, outputs)


def _find_outputs(table: Table, names: list[str], hints: Hints) -> tuple[Output, ...] | None:
    flat = [name for name in names if table.columns[name].ndim == 1]
    predicted = next((name for name in flat if name.lower() in PREDICTED), None)
    if hints.kind != "labels":
        scores = _find_scores(table, names, flat, hints)
        if scores is not None:
            return (Output(scores, predicted),)
        if hints.kind is not None:
            return None
    return _find_predicted(flat, predicted, hints)


def _find_predicted(
    flat: list[str], predicted: str | None, hints: Hints
) -> tuple[Output, ...] | None:
    if predicted is not None:
        return (Output(None, predicted),)
    numbered = [(name, match) for name in flat if (match := _SEED.fullmatch(name.lower()))]
    if numbered:
        return tuple(Output(None, name, int(match[1])) for name, match in numbered)
    if len(flat) == 1:
        return (Output(None, flat[0]),)
    if hints.selection is not None and flat:
        ends = {name: re.search(r"\d+$", name) for name in flat}
        return tuple(Output(None, name, int(end[0]) if end else None) for name, end in ends.items())
    return None


def _find_scores(table: Table, names: list[str], flat: list[str], hints: Hints) -> Scores | None:
    matrices = [name for name in names if table.columns[name].ndim == 2]
    if matrices:
        return _matrix(table, matrices, hints)
    kind: ScoreKind = "logits" if hints.kind == "logits" else "probabilities"
    kinds: tuple[ScoreKind, ...] = (kind,) if hints.kind else ("probabilities", "logits")
    for wanted in kinds:
        family = _family(flat, wanted)
        if family:
            return Scores(wanted, tuple(family.values()), tuple(family))
    names_of_classes = _names_of_classes(table, flat, hints)
    if names_of_classes is not None:
        return Scores(kind, tuple(flat), names_of_classes if table.named else None)
    single = next((name for name in flat if name.lower() in PROBABILITIES), None)
    if single is None and hints.kind == "probabilities" and len(flat) == 1:
        single = flat[0]
    return None if single is None else Scores(kind, (single,), None)


def _matrix(table: Table, names: list[str], hints: Hints) -> Scores:
    wanted = LOGITS if hints.kind == "logits" else (*PROBABILITIES, *LOGITS)
    known = [name for name in names if name.lower() in wanted]
    chosen = known[0] if known else names[0]
    if len(names) > 1 and not known:
        raise DataDamaged(
            f"{table.path} contains the arrays {list_columns(names)}; call the one to use "
            f"`probabilities` or `logits`, or name it after the file: {table.path.name}#{names[0]}"
        )
    is_logits = hints.kind == "logits" or (hints.kind is None and chosen.lower() in LOGITS)
    return Scores("logits" if is_logits else "probabilities", (chosen,), None)


def _family(names: Iterable[str], kind: str) -> dict[str, str]:
    """Return class → column of the columns that are called `prob_<class>` or `logit_<class>`."""
    family = {}
    for name in names:
        match = _FAMILY.fullmatch(name)
        # `p` and `prob` mean probabilities too, so the first letter decides.
        if match and match["kind"].startswith(kind[0]):
            family[match["name"] or match["number"]] = name
    return family


def _names_of_classes(table: Table, names: Sequence[str], hints: Hints) -> tuple[str, ...] | None:
    """Return what columns call their classes, where they are one for each class; else None."""
    columns = [table.columns[name] for name in names]
    if len(names) < 2 or any(column.dtype == object for column in columns):
        return None
    # The common prefix of a selection such as `out_*` is not part of the class names.
    prefix = re.split(r"[*?\[]", hints.selection or "")[0]
    named = tuple(name.removeprefix(prefix) for name in names)
    # Whole numbers are predicted classes, one column a seed.
    if hints.selection and hints.kind is None and all(c.dtype.kind == "i" for c in columns):
        return None
    is_known = bool(hints.names) and set(hints.names) <= set(named)
    return named if not table.named or is_numbering(named) or is_known else None


def is_numbering(names: Iterable[str]) -> bool:
    """Whether names are 0, 1, 2, … or 1, 2, 3, … in this order."""
    listed = list(names)
    return any(listed == [str(first + place) for place in range(len(listed))] for first in (0, 1))


def _select(table: Table, names: list[str], pattern: str) -> list[str]:
    chosen = [name for name in names if fnmatchcase(name, pattern)]
    if not chosen:
        raise DataDamaged(
            f"{table.path}: no column matches {pattern!r}; the columns are {list_columns(names)}"
        )
    return chosen


def _unclear(table: Table, names: Sequence[str], hints: Hints) -> DataDamaged:
    if not names:
        return DataDamaged(
            f"{table.path} has no predictions besides {list_columns(table.columns)}; add a column "
            "`prediction`, or one `prob_<class>` for each class"
        )
    if hints.kind is not None:
        return DataDamaged(
            f"{table.path} has no {hints.kind} in the columns {list_columns(names)}, as "
            f'kind = "{hints.kind}" asks for'
        )
    return DataDamaged(
        f"{table.path}: it is not clear which of the columns {list_columns(names)} contains the "
        "predictions; call it `prediction`, call columns of probabilities `prob_<class>`, or name "
        f"a column after the file: {table.path.name}#{names[0]}"
    )


def list_columns(names: Iterable[str]) -> str:
    """Return the names of columns as a list, of which a long one is cut."""
    return list_some([f"`{name}`" for name in names], 8)


def is_matrix(table: Table, scores: Scores) -> bool:
    """Whether the scores are one 2-D column."""
    return table.columns[scores.columns[0]].ndim == 2


def count_scores(table: Table, scores: Scores) -> int:
    """Return for how many classes there are scores."""
    first = table.columns[scores.columns[0]]
    return int(first.shape[1]) if first.ndim == 2 else len(scores.columns)
