"""The classes of imported predictions: given, or inferred from columns of scores or from labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reportgen.data.columns import Table
from reportgen.data.labels import check_class_count, sort_names
from reportgen.data.layouts import Output, count_scores, is_numbering
from reportgen.errors import DataDamaged
from reportgen.wording import list_some

Classes = NDArray[np.int32]
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
NAME_ALL = "; if there are more, name all classes (--classes, or [data] classes)"


@dataclass(frozen=True)
class Reference:
    """The true labels that all tables are joined with."""

    table: Table
    column: str
    ids: NDArray[np.object_] | None
    texts: NDArray[np.object_]

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self.texts)


def check_names(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes as text; raises DataDamaged where one occurs twice."""
    names = tuple(str(name).strip() for name in classes)
    counts = Counter(names)
    for name in names:
        if not name or counts[name] > 1:
            raise DataDamaged(f"classes: {name!r} is empty or occurs twice; name each class once")
    check_class_count(names, "classes", NAME_ALL)
    return names


def infer_classes(
    reference: Reference, outputs: Iterable[tuple[Table, Output]]
) -> tuple[tuple[str, ...], Path | None]:
    """Return the classes, and the file whose columns of scores name or count them.

    Without such a file they are the values of the labels.
    """
    found: tuple[Table, tuple[str, ...]] | None = None
    for table, output in outputs:
        names = _named_classes(table, output, reference)
        if names is None:
            continue
        if found is not None and set(names) != set(found[1]):
            raise DataDamaged(
                f"{table.path} has scores for {list_names(names)}, but {found[0].path} has them "
                f"for {list_names(found[1])}; all models need the same classes"
            )
        found = found or (table, names)
    names = found[1] if found else tuple(set(reference.texts))
    names = sort_names(names)
    check_class_count(names, str(reference.table.path), NAME_ALL)
    return names, found[0].path if found else None


def _named_classes(table: Table, output: Output, reference: Reference) -> tuple[str, ...] | None:
    scores = output.scores
    if scores is None or count_scores(table, scores) == 1:
        return None
    values = set(reference.texts)
    if scores.names is not None and (values <= set(scores.names) or not is_numbering(scores.names)):
        return scores.names
    count = count_scores(table, scores)
    numbered = tuple(str(place) for place in range(count))
    if values <= set(numbered):
        return numbered
    odd = next(index for index, text in enumerate(reference.texts) if text not in numbered)
    raise DataDamaged(
        f"{table.path} has {count} columns of scores without class names, but "
        f"{reference.table.place(odd)} has the class {reference.texts[odd]!r}, not a number from 0 "
        f"to {count - 1}; name the classes in the order of the columns (--classes, or [data] "
        "classes; scikit-learn has them as model.classes_)"
    )


def decode_labels(
    table: Table, column: str, classes: Sequence[str], named_in: Path | None = None
) -> Classes:
    """Return a column of class names, or of positions among named classes, as positions, `[n]`.

    `named_in` is the file whose columns name the classes; None where they were not read from one.
    """
    texts = table.texts(
        column,
        "; where a model gave no answer, write a word, such as none, and name it as a class too",
    )
    places = {name: place for place, name in enumerate(classes)}
    decoded = [places.get(text, -1) for text in texts]
    if -1 not in decoded:
        return np.array(decoded, dtype=np.int32)
    positions = {str(place): place for place in range(len(classes))}
    # Among classes that are numbers, another number is an error and not a position.
    if not any(_NUMBER.fullmatch(name) for name in classes):
        by_position = [positions.get(text, -1) for text in texts]
        if -1 not in by_position:
            return np.array(by_position, dtype=np.int32)
    odd = decoded.index(-1)
    if len(classes) == 2 and re.fullmatch(r"0?\.\d+(e-?\d+)?", texts[odd]):
        remedy = 'these are probabilities, set kind = "probabilities" or --kind probabilities'
    else:
        remedy = "it is one, name all classes (--classes, or [data] classes)"
    origin = f", which the columns of {named_in} name; correct them" if named_in else ""
    raise table.fault(
        odd,
        column,
        f"{texts[odd]!r} is none of the {len(classes)} classes {list_names(classes)}{origin}; if "
        f"{remedy}",
    )


def list_names(names: Iterable[str]) -> str:
    """Return names for a message, the first ten of many."""
    return list_some([repr(name) for name in names])
