"""Figures about the data set: samples of each class, and how many examples there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures.plan.images import ShownImages, encode_strip, shown_size
from reportgen.figures.plan.words import (
    MOST_CLASSES,
    SIMILAR,
    describe,
    number_label,
    pick_ends,
)
from reportgen.figures.spec import FigureSpec, FigureTable
from reportgen.results.records import Dataset
from reportgen.wording import join

SAMPLES = 20
"""Samples of each class where one block of rows fills the width."""
ROWS = 13
"""Rows that fit below each other; further classes are shown in blocks beside them."""
MOST_ROWS = 4 * ROWS
"""Classes of which samples are shown; of more, some are chosen evenly."""


def plan_samples(
    facts: Facts, dataset: Dataset | None, images: ShownImages | None
) -> Iterator[FigureSpec]:
    """Plan a grid of test images, one row for each class; none where the examples are no images."""
    if dataset is None or images is None:
        return
    classes = facts.dataset.classes
    rows_shown = min(len(classes), MOST_ROWS)
    shown = [place * len(classes) // rows_shown for place in range(rows_shown)]
    blocks = -(-len(shown) // ROWS)
    columns = max(4, SAMPLES // blocks)
    rows = [
        _sample_row(images, dataset.test_labels, index, classes[index], columns) for index in shown
    ]
    all_shown = len(shown) == len(classes)
    some = "" if all_shown else f" ({len(shown)} of {len(classes)} classes are shown)"
    ink = ", on the background of the page" if images.inverted else ""
    yield FigureSpec(
        slug="samples",
        kind="samples",
        title=f"Samples of {facts.dataset.title}",
        caption=f"Test images of {literal(facts.dataset.title)}: the first {columns} of each "
        f"class{ink}{some}.",
        alt=describe(
            facts,
            "A grid of test images with one row for each of the",
            f"{mark('dataset.classes.#', 'integer')} classes: "
            if all_shown
            else f"{len(shown)} of {mark('dataset.classes.#', 'integer')} classes: ",
            f"{join([literal(classes[index]) for index in shown])}.",
            f"Each row shows the first {columns} test images of its class.",
        ),
        data={
            "blocks": blocks,
            "columns": columns,
            "size": shown_size(facts.dataset.input_shape),
            "rows": rows,
            "inverted": images.inverted,
        },
        width=122 if blocks == 1 else 170,
    )


def _sample_row(
    images: ShownImages, labels: NDArray[np.int32], index: int, name: str, columns: int
) -> dict[str, Any]:
    indices = [int(i) for i in np.flatnonzero(labels == index)[:columns]]
    png = encode_strip(images, indices) if indices else None
    return {"class": name, "indices": indices, "png": png}


def plan_class_balance(facts: Facts) -> Iterator[FigureSpec]:
    """Plan the bar chart of how many examples each class has, of each set that is known.

    None for many classes that are all of one size, which the text states.
    """
    example = facts.dataset.example
    sets = {f"Test {example}s": "test_counts"}
    if facts.dataset.train:
        sets = {f"Training {example}s": "train_counts", **sets}
    sizes = [getattr(facts, field) for field in sets.values()]
    largest_first = sorted(range(len(sizes[0])), key=lambda i: [-counts[i] for counts in sizes])
    groups = pick_ends(largest_first, MOST_CLASSES // 2)
    if len(groups) == 1:
        groups = (sorted(largest_first),)
    elif all(len(set(counts)) == 1 for counts in sizes):
        return
    shown = [index for group in groups for index in group]
    trained = f"{mark('dataset.train', 'integer')} for training and "
    yield FigureSpec(
        slug="class-balance",
        kind="class-balance",
        title=_balance_title(facts, list(sets.values())),
        caption=f"{example.capitalize()}s of each class in {literal(facts.dataset.title)}, "
        f"as used: {trained if facts.dataset.train else ''}"
        f"{mark('dataset.test', 'integer')} for testing."
        + (" The two panels have separate scales." if len(sets) > 1 else "")
        + (_shown_sentence(groups) if len(groups) > 1 else ""),
        alt=describe(
            facts,
            "Two bar charts." if len(sets) > 1 else "A bar chart.",
            *(f"{name}: {_count_list(facts, field, shown)}." for name, field in sets.items()),
        ),
        data={"panels": [_count_panel(facts, name, field, groups) for name, field in sets.items()]},
        table=FigureTable(
            head=("Class", *sets),
            rows=tuple(
                (literal(name), *(mark(f"{field}.{i}", "integer") for field in sets.values()))
                for i, name in enumerate(facts.dataset.classes)
            ),
        ),
        width=170 if len(groups) > 1 else 122,
    )


def _shown_sentence(groups: Sequence[Sequence[int]]) -> str:
    largest, smallest = map(len, groups)
    return (
        f" Shown are the {largest} largest classes and the {smallest} smallest; the HTML report "
        "lists all of them below the figure."
    )


def _balance_title(facts: Facts, fields: Sequence[str]) -> str:
    """State how even the classes are, where that is the same of all sets."""
    sets = [getattr(facts, field) for field in fields]
    if all(map(all, sets)):
        ratios = [max(counts) / min(counts) for counts in sets]
        if max(ratios) < SIMILAR:
            return "All classes are of similar size"
        for factor, times in ((100, "a hundred times"), (10, "ten times"), (2, "twice")):
            if min(ratios) >= factor:
                return f"The largest class is at least {times} as large as the smallest"
    return f"{facts.dataset.example.capitalize()}s of each class"


def _count_panel(
    facts: Facts, name: str, field: str, groups: Sequence[Sequence[int]]
) -> dict[str, Any]:
    """Return a panel of bars for `drawing.dots`."""
    rows = [
        {
            "name": facts.dataset.classes[i],
            "points": [{"model": None, "span": [value, value, value]}],
            "label": number_label(facts, f"{field}.{i}", "integer"),
        }
        for i, value in enumerate(getattr(facts, field))
    ]
    shown = [[rows[i] for i in group] for group in groups]
    return {"axis": name, "ticks": "count", "heading": "", "from_zero": True, "groups": shown}


def _count_list(facts: Facts, field: str, shown: Sequence[int]) -> str:
    names = facts.dataset.classes
    return join([f"{literal(names[i])}: {mark(f'{field}.{i}', 'integer')}" for i in shown])
