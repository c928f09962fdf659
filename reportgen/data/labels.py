"""Labels of a source as indices into the names of the classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.characters import describe, find_forbidden, one_line
from reportgen.data.arrays import Labels
from reportgen.errors import DataDamaged
from reportgen.wording import list_some, plural

FEWEST, MOST = 2, 1000
"""Classes that a data set may have."""

Texts = NDArray[np.str_]
"""Labels as text, `[n]`; a whole number is written in digits."""
Place = Callable[[int], str]
"""Returns where example `index` is: its file and row."""


def natural_key(name: str) -> list[tuple[int, int | str]]:
    """Return a sort key that puts `10` after `9` and ignores the case of letters."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdecimal() else (1, part.casefold()) for part in parts if part]


def sort_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in natural order."""
    # Names with one key, as `a` and `A`, would keep the order in which they came.
    return tuple(sorted(names, key=lambda name: (natural_key(name), name)))


def labels_as_text(labels: NDArray[Any], place: Place, what: str) -> Texts:
    """Return the labels of an array, `[n]` or `[n, 1]`, as text; `what` names the array.

    Raises DataDamaged where they are neither whole numbers nor text.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        hint = (
            "; if there is one column per class, use y.argmax(axis=1)" if labels.ndim == 2 else ""
        )
        raise DataDamaged(
            f"{what}: one label for each example is needed, not an array of shape "
            f"{list(labels.shape)}{hint}"
        )
    if labels.dtype.kind == "f":
        fractions = np.flatnonzero(labels != np.rint(labels))
        index = int(fractions[0]) if len(fractions) else 0
        raise DataDamaged(
            f"{place(index)}: the label {labels[index]} is a floating-point number, but labels "
            "must be whole numbers or text; convert them, for example with y.astype(int)"
        )
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype.kind not in "biuU":
        raise DataDamaged(f"{what}: labels must be whole numbers or text, not {labels.dtype}")
    return labels.astype(np.str_)


def name_classes(train: Texts, named: Sequence[str], place: Place) -> tuple[str, ...]:
    """Return the labels that occur, one for each class, in the order of the classes.

    Where the user gives no names, they are the labels of the training set, sorted. Names that the
    user gives are the labels themselves, in another order, or belong to the labels 0, 1, 2, …
    Raises DataDamaged where labels and names do not match.
    """
    found, first = np.unique(train, return_index=True)
    if not named:
        return sort_names(found.tolist())
    labels = tuple(named)
    if not set(found.tolist()) <= set(named) and all(label.isdecimal() for label in found):
        labels = tuple(str(index) for index in range(len(named)))
    for label, index in zip(found.tolist(), first.tolist(), strict=True):
        if label not in labels:
            raise DataDamaged(
                f"{place(index)}: the label {label!r} is not among data.classes, which lists "
                f"{len(named)} classes ({list_some(named)}); list every class"
            )
    for name, label in zip(named, labels, strict=True):
        if label not in found:
            raise DataDamaged(
                f"the class {name!r} of data.classes has no training example; list only classes "
                "that occur, or add examples"
            )
    return labels


def encode(labels: Texts, known: Sequence[str], place: Place) -> Labels:
    """Return the index of each label among the known ones.

    Raises DataDamaged for the first one that does not occur in the training set.
    """
    index = {label: number for number, label in enumerate(known)}
    unique, inverse = np.unique(labels, return_inverse=True)
    for number, label in enumerate(unique.tolist()):
        if label not in index:
            example = int(np.flatnonzero(inverse == number)[0])
            raise DataDamaged(
                f"{place(example)}: no training example has the label {label!r}, which a test "
                "example has, so no model can learn it; correct the label, or add training "
                "examples"
            )
    return np.array([index[label] for label in unique.tolist()], dtype=np.int32)[inverse]


def check_class_count(classes: Sequence[str], where: str, advice: str = "") -> None:
    """Raise DataDamaged where there are too few or too many classes to compare models on.

    `advice` is given where there are too few.
    """
    if len(classes) < FEWEST:
        only = f", {classes[0]!r}" if classes else ""
        raise DataDamaged(
            f"{where}: {len(classes)} {plural(len(classes), 'class', 'classes')}{only}; "
            f"a classification needs {FEWEST} to {MOST:,} classes{advice}"
        )
    if len(classes) > MOST:
        raise DataDamaged(
            f"{where}: there are {len(classes):,} different labels, but only {FEWEST} to {MOST:,} "
            "classes are allowed; make sure that this is the column or array of the classes"
        )
    long = next((name for name in classes if len(name) > 100), None)
    if long is not None:
        raise DataDamaged(f"{where}: the class name {long[:40]!r}… is longer than 100 characters")
    check_characters(classes, where)


def check_group_count(groups: NDArray[Any], where: str) -> None:
    """Raise DataDamaged where the variance between dependent groups cannot be estimated."""
    if len(np.unique(groups)) < 2:
        raise DataDamaged(
            f"{where}: all test examples are in one group ({groups[0]}), so the variance between "
            "groups is unknown and models cannot be compared; test on two groups or more, or name "
            "no groups"
        )


def check_characters(names: Iterable[str], where: object) -> None:
    """Raise DataDamaged where a name from outside contains what no document can print."""
    for name in names:
        forbidden = find_forbidden(name, multiline=False)
        if forbidden is not None:
            shown = one_line(name)
            raise DataDamaged(
                f"{where}: the name {shown} contains {describe(forbidden)}; rename it"
            )
