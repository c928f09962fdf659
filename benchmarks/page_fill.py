"""How full the pages of a report's PDF are, and how small its type is.

    python -m benchmarks page_fill output/paper/report.pdf [more.pdf …]

Without a file it measures reports of synthetic runs, each on A4 and on Letter: four models on
stand-in data, two models, nine models, 26 classes.

For each page: how far down the last line, image or rule of its text reaches, as a share of what is
between the margins; the smallest type on it; the section in its running head. The cover, the
page at a glance, which is one by design, the last page of the body and the last of the appendix may
be short. Exits with 1 where another page is under
75 % full, or where type is under 8 pt. Needs pypdf and the program `pdftotext` (poppler-utils).
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from math import hypot
from pathlib import Path
from typing import Any

import click
from pypdf import PageObject, PdfReader

from benchmarks.report_side import fake_models
from reportgen import __version__
from reportgen.figures.drawing import draw_svg
from reportgen.report.pdf import render_pdf
from reportgen.results.evidence import collect_evidence
from tests.report.samples import view_of
from tests.support.factories import (
    PAPER_MODELS,
    FakeModel,
    make_dataset,
    make_experiment,
    make_result,
)

MILLIMETRE = 72 / 25.4
TOP, BOTTOM = 22 * MILLIMETRE, 20 * MILLIMETRE
"""The margins of `templates/paper/css/pages.css`."""
LEAST_FILL, LEAST_SIZE = 0.75, 8.0

_PAGE = re.compile(r'<page width="([0-9.]+)" height="([0-9.]+)">(.*?)</page>', re.DOTALL)
_WORD = re.compile(
    r'<word xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="[0-9.]+" yMax="([0-9.]+)">(.*?)<'
)


@dataclass(frozen=True)
class Page:
    """What was measured on one page."""

    fill: float
    """From 0 to 1."""
    size: float
    """Points; of the smallest type."""
    head: str
    may_be_short: bool
    """Whether it is the cover, the page at a glance, or the last of the body or the appendix."""

    @property
    def is_short(self) -> bool:
        """Whether the page should be fuller."""
        return self.fill < LEAST_FILL and not self.may_be_short


def measure(path: Path) -> list[Page]:
    """Return the pages of a PDF report."""
    reader = PdfReader(path)
    text = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout
    pages = [_words(*match.groups()) for match in _PAGE.finditer(text)]
    heads = [_head(words) for _, words in pages]
    return [
        Page(
            _fill(height, words, _drawn(page, height)),
            min(_sizes(page), default=LEAST_SIZE),
            heads[number],
            number < 2 or _ends(heads, number),
        )
        for number, (page, (height, words)) in enumerate(zip(reader.pages, pages, strict=True))
    ]


def _ends(heads: list[str], number: int) -> bool:
    following = heads[number + 1] if number + 1 < len(heads) else None
    return following is None or (following == "Appendix" and heads[number] != "Appendix")


def _words(
    _width: str, height: str, body: str
) -> tuple[float, list[tuple[float, float, float, str]]]:
    found = [
        (float(x), float(top), float(bottom), unescape(word))
        for x, top, bottom, word in _WORD.findall(body)
    ]
    return float(height), found


def _head(words: list[tuple[float, float, float, str]]) -> str:
    """Return the section in the running head: what is right of the gap in its line."""
    line = [word for word in words if word[2] < TOP]
    return " ".join(word for x, _, _, word in line if x > 124 * MILLIMETRE + 20 * MILLIMETRE - 72)


def _fill(height: float, words: list[tuple[float, float, float, str]], drawn: float) -> float:
    lines = [
        bottom for _, top, bottom, _ in words if top >= TOP - 6 and bottom <= height - BOTTOM + 6
    ]
    lowest = max([*lines, drawn], default=TOP)
    return (lowest - TOP) / (height - TOP - BOTTOM)


def _drawn(page: PageObject, height: float) -> float:
    """Return how far down from the top figures reach: forms and images, by their matrices."""
    lowest = 0.0

    def look(operator: bytes, operands: Any, matrix: Any, _text: Any) -> None:
        nonlocal lowest
        if operator == b"Do" or (operator == b"re" and len(operands) == 4):
            y = matrix[5] + (float(operands[1]) * matrix[3] if operator == b"re" else 0.0)
            bottom = height - y
            if TOP < bottom <= height - BOTTOM + 6:
                lowest = max(lowest, bottom)

    page.extract_text(visitor_operand_before=look)
    return lowest


def _sizes(page: PageObject) -> Iterator[float]:
    """Yield the size of each piece of text, in points on paper."""
    found: list[float] = []

    def look(text: str, matrix: Any, text_matrix: Any, _font: Any, size: float) -> None:
        if text.strip():
            across = hypot(text_matrix[0], text_matrix[1]) * hypot(matrix[0], matrix[1])
            found.append(round(size * across, 1))

    page.extract_text(visitor_text=look)
    return iter(found)


@dataclass(frozen=True)
class Shape:
    """What a synthetic report compares."""

    models: tuple[FakeModel, ...]
    classes: int = 10
    stands_in: bool = False


SHAPES = {
    "stand-in": Shape(PAPER_MODELS, stands_in=True),
    "two-models": Shape(PAPER_MODELS[::2]),
    "nine-models": Shape(fake_models(9)),
    "26-classes": Shape(PAPER_MODELS, classes=26),
}


def write_pdf(shape: Shape, paper: str, seeds: int = 3) -> bytes:
    """Return the PDF report of synthetic runs."""
    experiment = make_experiment(shape.models, seeds)
    experiment = experiment.model_copy(
        update={"report": experiment.report.model_copy(update={"paper": paper})}
    )
    dataset = make_dataset(2000, classes=shape.classes)
    if shape.stands_in:
        stand_in = {"stand_in_for": "fashion-mnist", "stand_in_reason": "It was not found."}
        dataset = replace(dataset, record=dataset.record.model_copy(update=stand_in))
    runs = {
        (model.slug, seed): make_result(model, seed, dataset)
        for model in shape.models
        for seed in range(seeds)
    }
    evidence = collect_evidence(__version__, experiment.model_dump(mode="json"), dataset, runs)
    return render_pdf(view_of(dataset, evidence, draw_svg))


def make_reports(folder: Path) -> list[Path]:
    """Write the PDF of every shape on every paper, and return their paths."""
    paths = []
    for name, shape in SHAPES.items():
        for paper in ("A4", "Letter"):
            paths.append(folder / f"{name}-{paper}.pdf")
            paths[-1].write_bytes(write_pdf(shape, paper))
    return paths


@click.command()
@click.argument("pdfs", metavar="[PDF]…", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for the synthetic reports.")
def command(pdfs: tuple[Path, ...], keep: Path | None) -> None:
    """Print how full the pages of PDF reports are; fails where one is short or type too small."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        for path in pdfs or make_reports(keep or Path(folder)):
            pages = measure(path)
            click.echo(f"{path}: {len(pages)} pages")
            for number, page in enumerate(pages, 1):
                marks = ["short"] * page.is_short + ["small type"] * (page.size < LEAST_SIZE)
                line = f"{number:4} {page.fill:6.0%} {page.size:5.1f} pt  {page.head:30}"
                click.echo(" ".join([line, *marks]).rstrip())
                failed = failed or bool(marks)
    if failed:
        raise click.exceptions.Exit(1)
