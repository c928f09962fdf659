"""Groups: which test examples the models serve worse, and whether the best model does so too."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reportgen.results.evidence import GroupedExamples, Grouping
from reportgen.studies.groups.claims import groups_claims
from reportgen.studies.groups.figures import groups_figures
from reportgen.studies.groups.records import GroupsFacts
from reportgen.studies.study import Deferred, Study, StudySettings

FEWEST = 20
"""Test examples of a group; of fewer, an accuracy says little."""
LARGEST = 96
"""Pixels of the longer side of images that are shown."""


class GroupsSettings(StudySettings):
    """The table `[studies.groups]`."""

    count: Annotated[int, Field(ge=2, le=10)] = 4
    """How many groups of equal size images are divided into by a measured quantity."""


def _divide(
    settings: GroupsSettings,
    inputs: NDArray[Any] | None,
    labels: NDArray[np.int32],
    groups: NDArray[np.str_] | None,
) -> tuple[tuple[Grouping, ...], GroupedExamples] | None:
    """Return the groups of grey images by what is measured, and those that the data name."""
    from reportgen.studies.groups.strokes import choose_shown, cut, measure

    described: list[Grouping] = []
    index: list[NDArray[np.uint16]] = []
    shown: list[NDArray[np.uint8]] = []
    if inputs is not None and inputs.shape[1] == 1:
        for name, values in measure(inputs[:, 0]).items():
            of = cut(values, labels, settings.count)
            sizes = np.bincount(of, minlength=settings.count)
            if sizes.min() < FEWEST:
                continue
            means = np.round(np.bincount(of, weights=values) / sizes, 4)
            described.append(Grouping(name=name, means=tuple(means.tolist())))
            index.append(of)
            if inputs.dtype == np.uint8 and max(inputs.shape[2:]) <= LARGEST:
                shown.append(inputs[choose_shown(values, of, labels, settings.count), 0])
    if groups is not None:
        names, of = _name_groups(groups)
        if len(names) > 1:
            described.append(Grouping(name="data", names=names))
            index.append(of)
    if not described:
        return None
    size = inputs.shape[2:] if inputs is not None else (1, 1)
    pixels = np.concatenate(shown) if shown else np.empty((0, *size), dtype=np.uint8)
    return tuple(described), GroupedExamples(np.stack(index), pixels)


def _name_groups(groups: NDArray[np.str_]) -> tuple[tuple[str, ...], NDArray[np.uint16]]:
    """Return the names of groups, sorted, and the group of each example; small ones are one."""
    names, of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    small = sizes < FEWEST
    if not small.any():
        return tuple(map(str, names)), of.astype(np.uint16)
    kept = [str(name) for name, few in zip(names, small, strict=True) if not few]
    places = np.where(small, len(kept), np.cumsum(~small) - 1)
    return (*kept, "all smaller groups"), places[of].astype(np.uint16)


study = Study(
    name="groups",
    title="Groups of test images",
    analyse=Deferred("reportgen.studies.groups.measures:measure_groups"),
    settings=GroupsSettings,
    result=GroupsFacts,
    claims=groups_claims,
    figures=groups_figures,
    divide=_divide,
)
