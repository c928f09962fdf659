"""Figures of sequences: examples, shares that are read right by length, and failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from reportgen.analysis.facts import Facts
from reportgen.analysis.numbers import literal, mark
from reportgen.figures import FigureSpec
from reportgen.figures.generic import lines
from reportgen.figures.plan.images import ShownImages, name_images, show_images
from reportgen.figures.plan.words import intervals_over
from reportgen.figures.spec import FigureTable
from reportgen.studies.comparing import in_percent
from reportgen.studies.sequences.claims import path_of
from reportgen.studies.sequences.records import SequencesFacts


def sequences_figures(facts: Facts, found: SequencesFacts) -> Iterator[FigureSpec]:
    """Yield examples, the shares by length, and failures where there are any."""
    styles = list(found.cut)
    if found.shown:
        yield _strips(
            found,
            "sequence-examples",
            f"{found.examples[0]} composed on one line",
            f"The sequence {found.examples[0]} in each style.",
            [style.capitalize() for style in styles],
            0,
            len(styles),
        )
    if len(found.lengths) > 1:
        yield _by_length(facts, found)
    if found.shown and found.failures:
        names = [
            f"{each.truth} as {each.read or 'nothing'}, {each.style}" for each in found.failures
        ]
        yield _strips(
            found,
            "sequence-failures",
            "Misread sequences",
            "Sequences that most networks misread, each with its digits, the most frequent wrong "
            "reading and its style: of each style, two that were cut correctly and one that was "
            "not, where there are any.",
            names,
            len(styles),
            2,
        )


def _strips(
    found: SequencesFacts,
    slug: str,
    title: str,
    caption: str,
    names: Sequence[str],
    start: int,
    blocks: int,
) -> FigureSpec:
    lines = np.array(found.shown[start : start + len(names)], dtype=np.uint8)
    # All figures of lines have their size; blank columns at the end are left out.
    lines = lines[:, :, : int(np.flatnonzero(lines.any(axis=(0, 1)))[-1]) + 2]
    images = show_images(lines[:, None])
    assert isinstance(images, ShownImages)
    return FigureSpec(
        slug=slug,
        kind="images",
        title=title,
        caption=caption,
        alt=f"Images of lines. {'; '.join(names)}.",
        data=name_images(images, names, blocks),
        width=170 if blocks > 1 else 122,
    )


def _by_length(facts: Facts, found: SequencesFacts) -> FigureSpec:
    rows = []
    for slug in found.models:
        model = literal(facts.models[slug].name)
        kinds = (model, "by_length", ("value",)), (f"{model}, if independent", "independent", ())
        for name, what, end in kinds:
            paths = (path_of(slug, what, str(at), *end) for at in range(len(found.lengths)))
            rows.append((name, *(mark(path, "percent_short") for path in paths)))
    return lines(
        facts,
        "sequence-lengths",
        "Sequences read without error, by length",
        found.lengths,
        *in_percent({slug: model.by_length for slug, model in found.models.items()}),
        caption="Share of the sequences of each length that are read without error, all styles "
        f"together. {intervals_over('sequences and seeds')} "
        "The HTML report also lists the shares expected if errors were independent.",
        x_axis="Length",
        y_axis="Read right, %",
        table=FigureTable(head=("Model", *map(str, found.lengths)), rows=tuple(rows)),
    )
