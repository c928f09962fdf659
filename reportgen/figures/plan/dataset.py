"""Figures about the data set: samples of each class, and how many examples there are."""

from __future__ import annotations

from typing import Any

import numpy as np

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import mark
from reportgen.figures.plan.images import encode_strip
from reportgen.figures.plan.words import describe, listing, number_label
from reportgen.figures.spec import FigureSpec
from reportgen.results.records import Dataset

SAMPLES = 16
"""Samples of each class where one block of rows fills the width."""
ROWS = 13
"""Rows that fit below each other; more classes stand in further blocks beside them."""


def plan_samples(facts: Facts, dataset: Dataset | None) -> tuple[FigureSpec, ...]:
    """Plan a grid of test images, one row for each class."""
    if dataset is None:
        return ()
    classes = facts.dataset.classes
    blocks = -(-len(classes) // ROWS)
    columns = max(4, SAMPLES // blocks)
    rows = [_sample_row(dataset, index, name, columns) for index, name in enumerate(classes)]
    spec = FigureSpec(
        slug="samples",
        kind="samples",
        title=f"Samples of {facts.dataset.title}",
        caption=f"Test images of {facts.dataset.title}: the first {columns} of each class, "
        "drawn dark on white.",
        alt=describe(
            facts,
            "A grid of test images with one row for each of the",
            f"{mark('dataset.classes.#', 'integer')} classes: {listing(classes)}.",
            f"Each row shows the first {columns} test images of its class.",
        ),
        data={"blocks": blocks, "columns": columns, "rows": rows},
    )
    return (spec,)


def _sample_row(dataset: Dataset, index: int, name: str, columns: int) -> dict[str, Any]:
    indices = [int(i) for i in np.flatnonzero(dataset.test_labels == index)[:columns]]
    png = encode_strip(dataset.test_images, indices) if indices else None
    return {"class": name, "indices": indices, "png": png}


def plan_class_balance(facts: Facts) -> tuple[FigureSpec, ...]:
    """Plan the bar chart of how many examples each class has."""
    panels = [
        _count_panel(facts, "Training images", "train_counts"),
        _count_panel(facts, "Test images", "test_counts"),
    ]
    spec = FigureSpec(
        slug="class-balance",
        kind="class-balance",
        title="Class balance",
        caption=f"Images of each class in {facts.dataset.title}, as used: "
        f"{mark('dataset.train', 'integer')} for training and {mark('dataset.test', 'integer')} "
        "for testing. The two panels have scales of their own.",
        alt=describe(
            facts,
            f"Two bar charts. Training images: {_count_list(facts, 'train_counts')}.",
            f"Test images: {_count_list(facts, 'test_counts')}.",
        ),
        data={"classes": list(facts.dataset.classes), "panels": panels},
    )
    return (spec,)


def _count_panel(facts: Facts, name: str, field: str) -> dict[str, Any]:
    values = list(getattr(facts, field))
    labels = [number_label(facts, f"{field}.{i}", "integer") for i in range(len(values))]
    return {"name": name, "values": values, "labels": labels}


def _count_list(facts: Facts, field: str) -> str:
    names = facts.dataset.classes
    return listing(
        [f"{name}: {mark(f'{field}.{index}', 'integer')}" for index, name in enumerate(names)]
    )
