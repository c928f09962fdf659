"""Scores of imported predictions as probabilities, in the order of the classes, and checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reportgen.data.class_names import list_names
from reportgen.data.columns import Table
from reportgen.data.labels import sort_names
from reportgen.data.layouts import Scores, is_matrix, is_numbering
from reportgen.errors import DataDamaged

SUM_TOLERANCE = 1e-3
"""Largest deviation of the sum of a row's probabilities from 1, which rounding can cause."""
LOGITS_HINT = 'if these are logits, set kind = "logits" for the model, or --kind logits'


def read_scores(table: Table, scores: Scores, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the probabilities of a table in its own order, `[n, classes]`."""
    columns = _columns_by_class(table, scores, classes)
    values = (
        table.numbers(columns[0])
        if is_matrix(table, scores)
        else np.column_stack([table.numbers(name) for name in columns])
    )
    if values.shape[1] == 1 and len(classes) == 2:
        values = _complete(values, scores, classes)
    if values.shape[1] != len(classes):
        raise DataDamaged(
            f"{table.path} has {values.shape[1]} columns of scores, but there are {len(classes)} "
            f"classes: {list_names(classes)}"
        )
    if scores.kind == "logits":
        return _softmax(values)
    _check_probabilities(table, values, classes)
    return values


def _columns_by_class(table: Table, scores: Scores, classes: tuple[str, ...]) -> tuple[str, ...]:
    names = scores.names
    if names is None or (len(names) == 1 and len(classes) == 2):
        return scores.columns
    by_name = dict(zip(names, scores.columns, strict=True))
    if set(names) == set(classes):
        return tuple(by_name[name] for name in classes)
    by_number = sort_names(names)
    if is_numbering(by_number) and not set(names) & set(classes):
        return tuple(by_name[name] for name in by_number)
    missing = [name for name in classes if name not in by_name]
    extra = [name for name in names if name not in classes]
    if missing:
        raise DataDamaged(
            f"{table.path} has no column of scores for the class {missing[0]!r}; it has those of "
            f"{list_names(names)}"
        )
    raise DataDamaged(
        f"{table.path}: the column {by_name[extra[0]]!r} belongs to none of the classes "
        f"{list_names(classes)}"
    )


def _complete(
    values: NDArray[np.float64], scores: Scores, classes: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return the scores of both classes from one column with those of one of them.

    The logit of one class is the logarithm of its odds, which softmax takes as 0 for the other.
    """
    other = np.zeros_like(values) if scores.kind == "logits" else 1 - values
    is_first = scores.names is not None and scores.names[0] == classes[0]
    pair = (values, other) if is_first else (other, values)
    return np.hstack(pair)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _check_probabilities(
    table: Table, values: NDArray[np.float64], classes: tuple[str, ...]
) -> None:
    beyond = (values < 0) | (values > 1 + SUM_TOLERANCE)
    sums = values.sum(axis=1)
    wrong = beyond.any(axis=1) | (np.abs(sums - 1) > SUM_TOLERANCE)
    if not wrong.any():
        return
    index = int(np.flatnonzero(wrong)[0])
    if beyond[index].any():
        place = int(np.flatnonzero(beyond[index])[0])
        fault = (
            f"the probability of {classes[place]!r} is {values[index, place]:g}; it must be from 0 "
            "to 1"
        )
    else:
        fault = (
            f"the probabilities sum to {sums[index]:.6g}; they must sum to 1, to within "
            f"{SUM_TOLERANCE:g}"
        )
    raise table.fault(index, None, f"{fault}; {LOGITS_HINT}")
