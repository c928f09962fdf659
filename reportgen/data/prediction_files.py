"""The files of predictions that an experiment names: found by pattern, read once each."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportgen.config.schema import PredictionKind
from reportgen.data.columns import Table
from reportgen.data.labels import sort_names
from reportgen.data.predictions import PredictionSet, Selection, assemble
from reportgen.data.tables import read_table
from reportgen.errors import DataUnavailable


@dataclass(frozen=True)
class PredictionFiles:
    """What one model's predictions are read from."""

    pattern: str
    """`svm.csv`, `forest-*.npz` or `all.csv#svm_*`: a path or pattern, and columns where needed."""
    kind: PredictionKind | None = None


def read_predictions(
    folder: Path,
    labels: str | Table,
    models: Mapping[str, PredictionFiles],
    classes: Sequence[str] | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
) -> PredictionSet:
    """Read the predictions of each model; relative paths start at `folder`.

    `labels` is their file, or a table of a single column; `group_column` is one of that file.
    Raises DataUnavailable or DataDamaged, naming file and row.
    """
    read = cache(read_table)
    if isinstance(labels, Table):
        label_selection = Selection(labels)
    else:
        ((path, columns),) = _find_files(folder, labels, single=True)
        label_selection = Selection(read(path), columns)
    selections = {
        model: _select(_find_files(folder, files.pattern), files.kind, read)
        for model, files in models.items()
    }
    return assemble(label_selection, selections, classes, id_column, group_column)


def _select(
    files: list[tuple[Path, str | None]], kind: PredictionKind | None, read: Callable[[Path], Table]
) -> list[Selection]:
    numbers = [re.findall(r"\d+", path.stem) if len(files) > 1 else [] for path, _ in files]
    return [
        Selection(read(path), columns, kind, int(found[-1]) if found else None)
        for (path, columns), found in zip(files, numbers, strict=True)
    ]


def _find_files(folder: Path, pattern: str, single: bool = False) -> list[tuple[Path, str | None]]:
    """Return the files of a pattern, in natural order, and the columns to use of each."""
    text, _, columns = pattern.partition("#")
    if columns and (folder / pattern).is_file():
        text, columns = pattern, ""
    if (folder / text).is_file() or not glob.has_magic(text):
        return [(folder / text, columns or None)]
    names = glob.glob(text, root_dir=folder, recursive=True)  # noqa: PTH207 - may be absolute
    found = sort_names(name for name in names if (folder / name).is_file())
    if not found:
        raise DataUnavailable(f"{folder / text}: no file matches this pattern")
    if single and len(found) > 1:
        raise DataUnavailable(
            f"{folder / text}: {len(found)} files match, but labels must be in one file"
        )
    return [(folder / name, columns or None) for name in found]
