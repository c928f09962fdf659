"""Figures of groups: what the groups look like, and the accuracy in each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.generic import dots
from reportgen.figures.plan.images import ShownImages, encode_strip, show_images
from reportgen.figures.plan.words import columns_by_model, intervals_over, mean_over_seeds
from reportgen.studies.comparing import in_percent
from reportgen.studies.groups.claims import accuracy_path
from reportgen.studies.groups.records import Division, GroupsFacts
from reportgen.wording import in_sentence

MOST = 24
"""A figure shows up to so many groups of a division; of more, the hardest and the easiest."""


def groups_figures(facts: Facts, found: GroupsFacts) -> Iterator[FigureSpec]:
    """Yield an image of each group that is measured, and the accuracy in all groups."""
    if found.shown:
        yield _images(found)
    yield _accuracies(facts, found)


def _images(found: GroupsFacts) -> FigureSpec:
    every = np.array([each for row in found.shown.values() for each in row], dtype=np.uint8)
    images = show_images(every[:, None])
    assert isinstance(images, ShownImages)
    rows, start = [], 0
    for name, row in found.shown.items():
        places = list(range(start, start + len(row)))
        rows.append({"class": found.divisions[name].title, "png": encode_strip(images, places)})
        start += len(row)
    columns = max(len(row) for row in found.shown.values())
    ends = "; ".join(
        f"{in_sentence(found.divisions[name].title)}, from {found.divisions[name].labels[0]} to "
        f"{found.divisions[name].labels[-1]}"
        for name in found.shown
    )
    height, width = every.shape[1:]
    return FigureSpec(
        slug="group-images",
        kind="images",
        title="A test image of each group",
        caption=f"A typical test image of each group; {ends}. Each row shows the class that varies "
        "most in it.",
        alt=f"Rows of test images, one of each group: {ends}.",
        data={
            "size": [height, width],
            "rows": rows,
            "blocks": 1,
            "columns": max(columns, 6),
            "inverted": images.inverted,
        },
        width=122,
    )


def _accuracies(facts: Facts, found: GroupsFacts) -> FigureSpec:
    places = [
        (name, group) for name, division in found.divisions.items() for group in _drawn(division)
    ]
    labels = [
        f"{found.divisions[name].title}: {found.divisions[name].labels[group]}"
        for name, group in places
    ]
    estimates = {
        slug: [found.divisions[name].models[slug].accuracies[group] for name, group in places]
        for slug in facts.models
    }
    marks = (
        [mark(f"{accuracy_path(*place, slug)}.value", "percent") for slug in facts.models]
        for place in places
    )
    rows = zip(map(literal, labels), marks, strict=True)
    return dots(
        facts,
        "group-accuracies",
        "Accuracy in each group",
        labels,
        *in_percent(estimates),
        caption=f"Accuracy in each group of test {facts.dataset.example}s{mean_over_seeds(facts)}. "
        f"{intervals_over(f'test {facts.dataset.example}s and seeds')}",
        y_axis="Accuracy, %",
        table=columns_by_model(facts, "Group", facts.models, rows),
    )


def _drawn(division: Division) -> list[int]:
    """Return the groups that are drawn: all, or of many the hardest and the easiest."""
    count = len(division.labels)
    if count <= MOST:
        return list(range(count))
    means = np.mean(
        [[each.value for each in model.accuracies] for model in division.models.values()], axis=0
    )
    order = np.argsort(means, kind="stable")
    return [*order[: MOST // 2].tolist(), *order[-MOST // 2 :].tolist()]
