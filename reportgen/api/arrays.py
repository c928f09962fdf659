"""Labels and predictions in memory, as the tables that files are read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import PredictionKind
from reportgen.data.columns import Column, Table, column_of
from reportgen.data.predictions import PredictionSet, Selection, assemble
from reportgen.errors import DataDamaged

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def join_arrays(
    y_true: ArrayLike,
    models: Mapping[str, ArrayLike | Sequence[ArrayLike]],
    slugs: Sequence[str],
    classes: Sequence[str] | None,
    kind: PredictionKind | None,
    groups: ArrayLike | None = None,
) -> PredictionSet:
    """Join predictions in memory with their labels; the result has the models' slugs.

    Raises DataDamaged, naming the argument and the index.
    """
    columns = {"label": _column("y_true", y_true)}
    if groups is not None:
        columns["groups"] = _column("groups", groups)
    selections = {
        slug: [
            Selection(_table(argument, run, kind), kind=kind)
            for argument, run in _seeds(f"models[{name!r}]", runs)
        ]
        for slug, (name, runs) in zip(slugs, models.items(), strict=True)
    }
    named = None if groups is None else "groups"
    labels = Selection(_make_table("y_true", columns))
    return assemble(labels, selections, classes, group_column=named)


def _seeds(argument: str, runs: Any) -> list[tuple[str, Any]]:
    """Return the runs of one model: a list or tuple of arrays has one for each seed."""
    if isinstance(runs, list | tuple) and runs and all(map(_is_array, runs)):
        return [(f"{argument}[{seed}]", run) for seed, run in enumerate(runs)]
    return [(argument, runs)]


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and np.ndim(value) > 0


def _table(name: str, run: Any, kind: PredictionKind | None) -> Table:
    if hasattr(run, "columns") and hasattr(run, "to_numpy"):
        return _make_table(name, {str(key): _column(name, run[key]) for key in run.columns})
    values = _array(name, run)
    if values.ndim == 2:
        if values.dtype.kind not in "fiu":
            raise DataDamaged(f"{name}: scores must be numbers, not {values.dtype}")
        called = "logits" if kind == "logits" else "probabilities"
        return _make_table(name, {called: values.astype(np.float64)})
    column = _column(name, values)
    scores = column.dtype == np.float64 and not (column == np.rint(column)).all()
    return _make_table(name, {"y_score" if scores else "prediction": column})


def _array(name: str, values: Any) -> NDArray[Any]:
    if np.ma.is_masked(values):
        raise DataDamaged(f"{name} has masked values; every example needs one")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataDamaged(f"{name}: its rows differ in length, so it is no array") from error
    except (TypeError, RuntimeError) as error:
        # As for a tensor on a GPU, or one that requires a gradient.
        raise DataDamaged(f"{name} cannot be converted to a numpy array: {error}") from error


def _column(name: str, values: Any) -> Column:
    array = _array(name, values)
    if array.ndim != 1:
        raise DataDamaged(
            f"{name} has the shape {array.shape}; one value for each example is needed, or for "
            "predictions an array [examples, classes]"
        )
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    return column_of([None if value is None else value for value in array.tolist()])


def _make_table(name: str, columns: Mapping[str, Column]) -> Table:
    empty = [called for called, column in columns.items() if len(column) == 0]
    if not columns or empty:
        raise DataDamaged(f"{'groups' if 'groups' in empty else name} is empty")
    return Table(Path(name), 0, _content_digest(columns), columns, first=0)


def _content_digest(columns: Mapping[str, Column]) -> str:
    """Return the SHA-256 of names and values, which takes the place of that of a file."""
    hashed = sha256()
    for name, column in columns.items():
        text = column.dtype == object
        hashed.update(repr((name, column.dtype.str, column.shape)).encode())
        hashed.update(repr(column.tolist()).encode() if text else column.tobytes())
    return hashed.hexdigest()
